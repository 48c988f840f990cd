"""What `rihla survey check` prints."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.survey_words import formula, leaves
from schemas.survey.check_tables import cells_of
from schemas.survey.compile import Compiled
from schemas.survey.definition import PrivacyKind, SurveyDefinition
from schemas.survey.finding import Severity
from services.validate.privacy import leaving as validator_rules

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def show_report(console: Console, definition: SurveyDefinition) -> None:
    languages = ", ".join(definition.languages) or "one language"
    console.print(f"{definition.title} ({definition.key}), {languages}", style="bold", markup=False, highlight=False)
    _fields(console, definition)
    _tables(console, definition)
    _indicators(console, definition)


def _fields(console: Console, definition: SurveyDefinition) -> None:
    table = named_table("field", "type", "privacy", "what leaves", "role, concept")
    # The validator's own rules, so that this table cannot promise what it would drop.
    leaving = {each.path for each in validator_rules(definition)}
    for field in definition.fields:
        kind = field.privacy.kind
        privacy = f"{kind.value}:{field.privacy.argument}" if field.privacy.argument else kind.value
        if kind is not PrivacyKind.DROP and field.path not in leaving:
            what = "nothing: it reads text or dates, or is one"
        else:
            what = leaves(field)
        more = ", ".join(part for part in (field.role.value if field.role else "", field.concept or "") if part)
        kind_of = field.type.value if field.calculate is None else f"{field.type.value}, calculated"
        table.add_row(
            *map(escape, (field.path, kind_of, privacy, what, more)),
            style="" if field.path in leaving else "dim",
        )
    _show(console, _many(len(definition.fields), "field"), table)


def _tables(console: Console, definition: SurveyDefinition) -> None:
    table = named_table("table", "dimensions", "counts", "cells", "indicators")
    for each in definition.tables:
        cells = cells_of(each, definition)
        dimensions = " x ".join(each.dimensions) or "none"
        unit = each.unit or "submissions"
        size = "?" if cells is None else str(cells)
        table.add_row(*map(escape, (each.name, dimensions, unit, size, " ".join(each.indicators))))
    _show(console, f"{_many(len(definition.tables), 'table')} (cells without those for missing answers)", table)


def _indicators(console: Console, definition: SurveyDefinition) -> None:
    table = named_table("indicator", "is")
    for each in definition.indicators:
        table.add_row(escape(each.name), escape(formula(each, definition)))
    _show(console, _many(len(definition.indicators), "indicator"), table)


def named_table(first: str, *others: str) -> Table:
    """A table whose first column is never cut: it holds the names."""
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True, overflow="ignore", min_width=8)
    for other in others:
        table.add_column(other, overflow="fold")
    return table


def _show(console: Console, title: str, table: Table) -> None:
    console.print(f"\n{title}", style="bold", markup=False, highlight=False)
    console.print(table)


def show_findings(console: Console, compiled: Compiled) -> None:
    counts = {severity: 0 for severity in Severity}
    console.print()
    for finding in sorted(compiled.findings, key=lambda finding: list(Severity).index(finding.severity)):
        counts[finding.severity] += 1
        line = f"{finding.severity.value}: {finding}"
        console.print(line, style=_STYLES[finding.severity], markup=False, highlight=False, soft_wrap=True)
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    verdict = "cannot be published" if compiled.publishable is None else "can be published"
    console.print(f"{_many(errors, 'error')}, {_many(warnings, 'warning')}: {verdict}.", markup=False, highlight=False)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
