"""Which answers a dimension or an indicator tells of. Pure.

A calculated field tells of what it is calculated from: the age group of a date of birth, the cost of its items, the
UN commissions of a country. So answers are traced back to the questions that were asked.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from schemas.survey.definition import SurveyDefinition, TableDefinition

_RELATIVE = re.compile(r"(?:current\(\)/)?\.\./([\w.-]+)")
"""A path from where the expression stands: `current()/../country`."""


def answers(survey: SurveyDefinition, table: TableDefinition) -> dict[str, tuple[str, ...]]:
    """For `LiveTable.answers`: the paths of questions by dimension and by indicator. An indicator that reads no field
    (a count of everybody) has none."""
    trace = _Trace(survey)
    found = {dimension: trace.back([dimension]) for dimension in table.dimensions}
    for indicator in survey.indicators:
        if indicator.name in table.indicators:
            texts = (indicator.numerator, indicator.denominator, indicator.universe)
            found[indicator.name] = trace.back(path for text in texts if text for path in trace.absolute(text))
    return found


class _Trace:
    def __init__(self, survey: SurveyDefinition) -> None:
        self._absolute = re.compile(rf"/{re.escape(survey.root.strip('/'))}/([\w./-]+)")
        self._calculates = {field.path: field.calculate for field in survey.fields if field.calculate}

    def absolute(self, text: str) -> list[str]:
        return self._absolute.findall(text)

    def back(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The questions behind these fields, sorted. A field that is calculated from no field stands for itself."""
        found: set[str] = set()
        seen: set[str] = set()
        ahead = list(paths)
        while ahead:
            path = ahead.pop()
            if path in seen:
                continue
            seen.add(path)
            text = self._calculates.get(path, "")
            beside = [str(PurePosixPath(path).parent / name) for name in _RELATIVE.findall(text)]
            before = [*self.absolute(text), *beside]
            ahead.extend(before)
            if not before:
                found.add(path)
        return tuple(sorted(found))
