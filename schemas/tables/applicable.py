"""Which tables of a newer version can be computed exactly on the responses of an older one. Pure.

A table can if the older version has every field that the table reads, and each with the same meaning: type, privacy
class, concept, calculation, and choices whose codes still say the same. Then the table has the same id on both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.survey.definition import Choice, FieldDefinition, Role, SurveyDefinition, TableDefinition
from schemas.survey.wording import labels_compared, say_same, without_blanks
from schemas.tables.layout import REGISTRY, Layout, layouts
from schemas.tables.measures import Compiler


@dataclass(frozen=True)
class Applicable:
    """`layouts` are those of the newer version's tables (and the histograms beside them) that can be computed;
    `refused` says why not, by the name of the table, in words. `definition` is the older version with the newer one's
    tables: what a response of it is computed by."""

    definition: SurveyDefinition
    layouts: Sequence[Layout]
    refused: Mapping[str, str] = field(default_factory=dict)


def applicable(older: SurveyDefinition, newer: SurveyDefinition, agreed: bool = False) -> Applicable:
    """With `agreed` it was found before that they count, and may have been revised since: a revision mends
    calculations, and leaves all else that is compared here (schemas.survey.revision)."""
    taken = {"indicators": newer.indicators, "currency": newer.currency, "rates": newer.rates}
    refused: dict[str, str] = {}
    tables: list[TableDefinition] = []
    compiler = Compiler(newer)
    for table in newer.tables:
        if why := _difference(older, newer, table, compiler, agreed):
            refused[table.name] = why
        else:
            tables.append(table)
    # Compiled by the fields of the older version, which may refuse an expression that the newer one takes.
    definition = older.model_copy(update={**taken, "tables": tables})
    wanted = {layout.id for layout in layouts(newer)}
    found: list[Layout] = []
    for layout in layouts(definition):
        if layout.id in wanted:
            if layout.name != REGISTRY:
                found.append(layout)
        elif not layout.indicator:
            refused[layout.name] = "weights, strata, PSUs or the scale of weights are others"
    return Applicable(definition, found, refused)


def _difference(
    older: SurveyDefinition, newer: SurveyDefinition, table: TableDefinition, compiler: Compiler, agreed: bool
) -> str:
    """What is not the same of the fields that a table reads; "" if nothing is."""
    if older.root != newer.root:
        return "the root of the form has another name"
    repeats = {group.path for group in older.groups if group.repeat}
    if table.unit and table.unit not in repeats:
        return f"there is no repeat {table.unit}"
    for path in sorted(_reads(newer, table, compiler)):
        before, after = older.field(path), newer.field(path)
        if after is None:
            if path not in repeats and any(group.path == path and group.repeat for group in newer.groups):
                return f"there is no repeat {path}"
            continue
        if before is None:
            return f"there is no field {path}"
        if why := _field_difference(before, after, older, newer, agreed):
            return f"field {path} has {why}"
    return ""


def _reads(survey: SurveyDefinition, table: TableDefinition, compiler: Compiler) -> set[str]:
    found = set(table.dimensions)
    found.update(one.path for role in (Role.WEIGHT, Role.STRATUM, Role.PSU) if (one := survey.with_role(role)))
    for indicator in survey.indicators:
        if indicator.name in table.indicators:
            for text in (indicator.numerator, indicator.denominator, indicator.universe):
                if text is not None:
                    found.update(compiler.paths(text, table.unit))
            found.update(compiler.converted_by(indicator))
    return found


def _field_difference(
    before: FieldDefinition, after: FieldDefinition, older: SurveyDefinition, newer: SurveyDefinition, agreed: bool
) -> str:
    if before.type is not after.type:
        return "another type"
    if before.privacy != after.privacy:
        return "another privacy class"
    if before.concept != after.concept:
        return "another concept"
    if not agreed and without_blanks(before.calculate) != without_blanks(after.calculate):
        return "another calculation"
    if before.concept is None:
        choices = _choices(older, before), _choices(newer, after)
        for code in _together(*choices):
            if not say_same(*labels_compared(choices[0][code].labels, choices[1][code].labels, older, newer)):
                return f"another label for the choice {code}"
    return ""


def _choices(survey: SurveyDefinition, field: FieldDefinition) -> dict[str, Choice]:
    return {choice.name: choice for choice in survey.choice_lists.get(field.choices or "", ())}


def _together(one: Iterable[str], other: Iterable[str]) -> list[str]:
    known = set(other)
    return [code for code in one if code in known]
