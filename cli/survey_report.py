"""What `rihla survey check` prints."""

from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.survey_words import formula, leaves, short
from schemas.survey.attached import is_data
from schemas.survey.check_sample import USUAL_SAMPLE
from schemas.survey.check_tables import cells_of
from schemas.survey.compile import Compiled
from schemas.survey.definition import IndicatorKind, PrivacyKind, SurveyDefinition
from schemas.survey.finding import Severity
from schemas.survey.processing import COLUMNS
from services.validate.privacy import leaving as validator_rules

QUANTILES = (
    "Quantiles are counted in classes of 2 % and published once the survey is closed, each as the middle of a class of "
    "amounts in which at least the threshold of the table have theirs; else it is suppressed."
)
_NUMBERS = ("cells", "per cell", "size")
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def show_report(console: Console, definition: SurveyDefinition, sample: int = USUAL_SAMPLE) -> None:
    """`sample` is the number of interviews that the cells of tables are measured against."""
    # pyxform names a language "default" where the form has one without a name.
    languages = ", ".join(name for name in definition.languages if name != "default") or "one language"
    _say(console, f"{definition.title} ({definition.key}), {languages}", "bold")
    _fields(console, definition)
    _files(console, definition)
    _tables(console, definition, sample)
    _indicators(console, definition)
    _processing(console, definition)


def _fields(console: Console, definition: SurveyDefinition) -> None:
    table = named_table("field", "type", "privacy", "what leaves", "role, concept")
    # The validator's own rules, so that this table cannot promise what it would drop.
    leaving = {each.path for each in validator_rules(definition)}
    repeats = {group.path for group in definition.groups if group.repeat}
    around = ""
    for field in definition.fields:
        group, _, name = field.path.rpartition("/")
        if group != around:
            around = group
            inside = next((f"in the repeat {path}" for path in repeats if f"{group}/".startswith(f"{path}/")), "")
            table.add_row(escape(f"{group}/"), "", "", escape(inside), "", style="bold")
        kind = field.privacy.kind
        privacy = f"{kind.value}:{field.privacy.argument}" if field.privacy.argument else kind.value
        if kind is not PrivacyKind.DROP and field.path not in leaving:
            what = "nothing: it reads text or dates, or is one"
        else:
            what = leaves(field)
        more = ", ".join(part for part in (field.role.value if field.role else "", field.concept or "") if part)
        kind_of = field.type.value if field.calculate is None else f"{field.type.value}, calculated"
        table.add_row(
            *map(escape, (f"  {name}" if group else name, kind_of, privacy, what, more)),
            style="" if field.path in leaving else "dim",
        )
    _show(console, _many(len(definition.fields), "field"), table)
    dropped = [field.path for field in definition.fields if field.path not in leaving]
    if dropped:
        _say(console, f"Dropped, {_many(len(dropped), 'field')}: {', '.join(dropped)}.")
    elif definition.fields:
        _say(console, "No field is dropped.")


def _files(console: Console, definition: SurveyDefinition) -> None:
    if not definition.media:
        return
    table = named_table("file", "size", "is for")
    for media in definition.media:
        use = "choices and rules, and phones" if is_data(media.name) else "phones"
        table.add_row(escape(media.name), f"{max(1, media.size // 1024):,} kB", use)
    _show(console, _many(len(definition.media), "file"), table)


def _tables(console: Console, definition: SurveyDefinition, sample: int) -> None:
    table = named_table("table", "dimensions", "counts", "cells", "per cell", "indicators")
    for each in definition.tables:
        cells = cells_of(each, definition)
        dimensions = " x ".join(short(path, definition) for path in each.dimensions) or "none"
        unit = each.unit or "submissions"
        size = "?" if cells is None else f"{cells:,}"
        share = "?" if cells is None else f"{sample / max(cells, 1):,.0f}"
        table.add_row(*map(escape, (each.name, dimensions, unit, size, share, " ".join(each.indicators))))
    title = f"{_many(len(definition.tables), 'table')} (cells without those for missing answers)"
    _show(console, title, table if definition.tables else None)
    if definition.tables:
        _say(console, f"per cell: {sample:,} expected interviews over the number of cells.")


def _indicators(console: Console, definition: SurveyDefinition) -> None:
    table = named_table("indicator", "is")
    for each in definition.indicators:
        table.add_row(escape(each.name), escape(formula(each, definition)))
    _show(console, _many(len(definition.indicators), "indicator"), table if definition.indicators else None)
    if any(each.kind is IndicatorKind.QUANTILE for each in definition.indicators):
        _say(console, QUANTILES)
    if definition.rates:
        _say(console, _rates(definition))


def _rates(definition: SurveyDefinition) -> str:
    """Of each currency how many rates there are, and from when on: before the first an amount is missing."""
    first: dict[str, list[date]] = {}
    for rate in definition.rates:
        first.setdefault(rate.currency, []).append(rate.since)
    parts = [f"{currency} {_many(len(days), 'rate')} from {min(days)} on" for currency, days in sorted(first.items())]
    return f"Rates into {definition.currency}: {'; '.join(parts)}. What has no rate on its day is missing."


def _processing(console: Console, definition: SurveyDefinition) -> None:
    _say(console, f"\nKept for {_many(definition.retention_days, 'day')} after the survey is closed.", "bold")
    said = definition.processing.model_dump()
    for name, text in said.items():
        if text:
            _say(console, f"{name.replace('_', ' ')}: {text}")
    missing = ", ".join(COLUMNS[name] for name, text in said.items() if not text)
    if missing:
        _say(console, f"Not stated, for the record of processing: {missing}.", "dim")


def named_table(first: str, *others: str) -> Table:
    """A table whose first column is never cut: it holds the names."""
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True, overflow="ignore", min_width=8)
    for other in others:
        table.add_column(other, overflow="fold", justify="right" if other in _NUMBERS else "left")
    return table


def _show(console: Console, title: str, table: Table | None) -> None:
    _say(console, f"\n{title}", "bold")
    if table is not None and table.row_count:
        console.print(table)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False)


def show_findings(console: Console, compiled: Compiled) -> None:
    counts = {severity: 0 for severity in Severity}
    console.print()
    for finding in sorted(compiled.findings, key=lambda finding: list(Severity).index(finding.severity)):
        counts[finding.severity] += 1
        console.print(
            f"{finding.severity.value}: {finding}", style=_STYLES[finding.severity], markup=False, highlight=False
        )
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    verdict = "cannot be published" if compiled.publishable is None else "can be published"
    console.print(f"{_many(errors, 'error')}, {_many(warnings, 'warning')}: {verdict}.", markup=False, highlight=False)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
