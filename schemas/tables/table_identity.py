"""The id of a table, and of the histograms beside it: the hash of everything that gives their sums a meaning. Pure.

Versions of a survey that keep a table's definition so share its cells. Labels, protection and release rules are not
part of it, nor are blanks in formulas. What an indicator does not use is not part of it either: rates are, where
amounts are converted.
"""

import hashlib
import json

from schemas.survey.definition import IndicatorDefinition, Role, SurveyDefinition, TableDefinition
from schemas.survey.wording import without_blanks

ID_CHARACTERS = 16
"""64 bits of the hash: enough among the tables of one survey, and short in documents."""


def table_id(survey: SurveyDefinition, table: TableDefinition, indicators: list[IndicatorDefinition]) -> str:
    """`indicators` are those whose sums lie in the table's own vectors."""
    return _hashed(_table(survey, table, indicators))


def histogram_id(survey: SurveyDefinition, table: TableDefinition, indicator: IndicatorDefinition) -> str:
    """Which quantiles are read from a histogram is not part of it, nor are the other indicators of its table."""
    return _hashed({**_table(survey, table, [indicator]), "histogram": True})


def _table(
    survey: SurveyDefinition, table: TableDefinition, indicators: list[IndicatorDefinition]
) -> dict[str, object]:
    roles = {role: survey.with_role(role) for role in (Role.WEIGHT, Role.STRATUM, Role.PSU)}
    dimensions = [(path, survey.field(path)) for path in table.dimensions]
    meaning: dict[str, object] = {
        "name": table.name,
        "unit": table.unit,
        "root": survey.root,
        "weight_scale": survey.weight_scale,
        "roles": {role.value: field.path for role, field in roles.items() if field},
        "dimensions": [
            [path, field.type.value, field.privacy.kind.value, field.privacy.argument, field.concept] if field else path
            for path, field in dimensions
        ],
        "indicators": [
            [i.name, i.kind.value, *map(without_blanks, (i.numerator, i.denominator, i.universe)), i.scale, i.largest]
            for i in indicators
        ],
    }
    converted = [i for i in indicators if i.is_converted]
    if converted:
        period = survey.with_role(Role.PERIOD)
        meaning["conversions"] = [[i.name, i.currency, i.denominator_currency, i.date] for i in converted]
        meaning["period"] = period.path if period else ""
        meaning["currency"] = survey.currency
        meaning["rates"] = sorted([rate.currency, rate.since.isoformat(), rate.rate] for rate in survey.rates)
    return meaning


def _hashed(meaning: dict[str, object]) -> str:
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:ID_CHARACTERS]
