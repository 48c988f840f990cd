"""Drift of indicators and tables. `old` has followed the moves of fields (schemas.survey.moves)."""

from schemas.survey.definition import IndicatorDefinition, IndicatorKind, SurveyDefinition, TableDefinition
from schemas.survey.figure_definitions import CONVERSION_FIELDS
from schemas.survey.finding import Finding, error, note, warning
from schemas.survey.wording import shown, version_of, without_blanks

_FORMULAS = (("numerator", "SUR-122"), ("denominator", "SUR-122"), ("universe", "SUR-123"))
_SCALES = (("scale", "decimal places"), ("largest", "as the largest value that counts"))


def drift_of_indicators(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    """Of indicators that a table shows; one that is gone is missed by its tables."""
    after = {indicator.name: indicator for indicator in new.indicators}
    shown = {name for table in old.tables for name in table.indicators}
    findings = []
    for indicator in old.indicators:
        if indicator.name in shown and indicator.name in after:
            findings.extend(_indicator(indicator, after[indicator.name], old))
    return findings


def _indicator(one: IndicatorDefinition, two: IndicatorDefinition, old: SurveyDefinition) -> list[Finding]:
    place, then = f"indicator {one.name}", f"in {version_of(old)}"
    remedy = "Put it back, or give the new figure another name."
    findings = []
    if one.kind is not two.kind:
        findings.append(error("SUR-121", f"{place}: was a {one.kind.value} {then} and is a {two.kind.value}. {remedy}"))
    for column, code in _FORMULAS:
        empty = "everyone" if column == "universe" else "empty"
        before, after = (getattr(each, column) for each in (one, two))
        if without_blanks(before) != without_blanks(after):
            findings.append(
                error(
                    code,
                    f"{place}: its {column} was {shown(before, empty)} {then} and is {shown(after, empty)}. {remedy}",
                )
            )
    if one.unit.strip() != two.unit.strip():
        findings.append(
            error("SUR-124", f"{place}: its unit was {one.unit or 'none'} {then} and is {two.unit or 'none'}. {remedy}")
        )
    for column, words in _SCALES:
        before, after = getattr(one, column), getattr(two, column)
        if before != after:
            findings.append(
                error(
                    "SUR-125",
                    f"{place}: its {column} was {before} {then} and is {after} ({words}); its tables would start "
                    "anew. Put it back.",
                )
            )
    findings.extend(_conversion(one, two, old))
    if one.probabilities and set(one.probabilities) - set(two.probabilities) and two.probabilities:
        gone = ", ".join(sorted(set(one.probabilities) - set(two.probabilities)))
        findings.append(
            warning("SUR-129", f"{place}: its quantiles {gone} of {version_of(old)} are no longer published. {remedy}")
        )
    if one.series != two.series:
        findings.append(
            warning(
                "SUR-126",
                f"{place}: its series was {one.series or 'none'} {then} and is {two.series or 'none'}. Only a figure "
                "whose method is that of the series may carry its name.",
            )
        )
    return findings


def _conversion(one: IndicatorDefinition, two: IndicatorDefinition, old: SurveyDefinition) -> list[Finding]:
    findings = []
    for name in CONVERSION_FIELDS:
        before, after = getattr(one, name), getattr(two, name)
        if before != after:
            findings.append(
                error(
                    "SUR-127",
                    f"indicator {one.name}: its {name} was {before or 'none'} in {version_of(old)} and is "
                    f"{after or 'none'}: amounts are converted otherwise. Put it back, or give the new figure another "
                    "name.",
                )
            )
    return findings


def drift_of_rates(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    """Where a table shows amounts that are converted."""
    shown = {name for table in old.tables for name in table.indicators}
    if not any(indicator.is_converted for indicator in old.indicators if indicator.name in shown):
        return []
    if old.currency != new.currency:
        said = f"amounts were converted into {old.currency or 'nothing'} in {version_of(old)} and are into "
        return [error("SUR-127", f"Form: {said}{new.currency or 'nothing'}. Put it back, or start a new series.")]
    before = {(rate.currency, rate.since): rate.rate for rate in old.rates}
    after = {(rate.currency, rate.since): rate.rate for rate in new.rates}
    changed = [f"{code} from {since} on" for code, since in before if after.get((code, since)) != before[code, since]]
    if changed:
        many = f"{', '.join(changed[:4])}{' and more' if len(changed) > 4 else ''}"
        said = f"Rates: those of {version_of(old)} changed or went: {many}; its tables start anew. Put them back."
        return [error("SUR-128", said)]
    if len(after) > len(before):
        said = (
            f"Rates: {len(after) - len(before)} came to those of {version_of(old)}; tables with converted amounts are "
        )
        return [warning("SUR-128", f"{said}kept anew, and filled from the ledger.")]
    return []


def drift_of_tables(old: SurveyDefinition, new: SurveyDefinition) -> list[Finding]:
    after = {table.name: table for table in new.tables}
    each = [*old.indicators, *new.indicators]
    quantiles = {one.name for one in each if one.kind is IndicatorKind.QUANTILE}
    findings = []
    for table in old.tables:
        other = after.get(table.name)
        if other is None:
            findings.append(
                error(
                    "SUR-131",
                    f"table {table.name}: is gone; it ends with {version_of(old)}. Put it back, or start a new series.",
                )
            )
        else:
            findings.extend(_table(table, other, old, quantiles))
    return findings


def _table(one: TableDefinition, two: TableDefinition, old: SurveyDefinition, quantiles: set[str]) -> list[Finding]:
    place = f"table {one.name}"
    findings = []
    for path in one.dimensions:
        if path not in two.dimensions:
            findings.append(
                error(
                    "SUR-132",
                    f"{place}: the dimension {path} of {version_of(old)} was removed. Put it back, and make a "
                    "table without it under another name.",
                )
            )
    for path in two.dimensions:
        if path not in one.dimensions:
            findings.append(
                error(
                    "SUR-133",
                    f"{place}: the dimension {path} was added since {version_of(old)}; the table would start "
                    "anew. Take it away, and make a table with it under another name.",
                )
            )
    if one.unit != two.unit:
        findings.append(
            error(
                "SUR-134",
                f"{place}: counted {_unit(one)} in {version_of(old)} and counts {_unit(two)}. Put it back, or "
                "give the new table another name.",
            )
        )
    for name in one.indicators:
        if name not in two.indicators:
            findings.append(
                error("SUR-135", f"{place}: the indicator {name} of {version_of(old)} was removed. Put it back.")
            )
    findings.extend(_kept_anew(one, two, old, quantiles))
    if (one.mode, one.threshold, one.rounding) != (two.mode, two.threshold, two.rounding):
        findings.append(
            note(
                "SUR-137",
                f"{place}: its protection was {_protection(one)} in {version_of(old)} and is {_protection(two)}; "
                "other cells will be hidden or rounded.",
            )
        )
    return findings


def _kept_anew(one: TableDefinition, two: TableDefinition, old: SurveyDefinition, quantiles: set[str]) -> list[Finding]:
    """A table is identified by the hash of its definition, in which the order counts. Quantiles are kept beside it."""
    changes, findings = [], []
    added = [name for name in two.indicators if name not in one.indicators]
    if beside := [name for name in added if name in quantiles]:
        findings.append(
            warning(
                "SUR-136",
                f"table {one.name}: {', '.join(beside)} added. The quantiles are kept from this version on; the other "
                f"figures go on as in {version_of(old)}.",
            )
        )
    if plain := [name for name in added if name not in quantiles]:
        changes.append(f"{', '.join(plain)} added")
    for what in ("indicators", "dimensions"):
        before, after = ([name for name in getattr(table, what) if name not in quantiles] for table in (one, two))
        if [name for name in before if name in after] != [name for name in after if name in before]:
            changes.append(f"{what} in another order")
    if not changes:
        return findings
    return [
        *findings,
        warning(
            "SUR-136",
            f"table {one.name}: {' and '.join(changes)}. It is kept anew from this version on, beside that of "
            f"{version_of(old)}; both can be compared, but not in one row. A table of another name "
            "leaves this one whole.",
        ),
    ]


def _unit(table: TableDefinition) -> str:
    return table.unit or "submissions"


def _protection(table: TableDefinition) -> str:
    return f"{table.mode} (threshold {table.threshold}, rounding {table.rounding})"
