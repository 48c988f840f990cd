"""Which answers a dimension or an indicator tells of. Pure.

A calculated field tells of what it is calculated from: the age group of a date of birth, the cost of its items, the
UN commissions of a country. So answers are traced back to the questions that were asked. Where an expression cannot be
read to its end it tells of all answers there are, so that nothing passes for an answer of its own that is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.expressions import ExpressionError, compile_expression
from schemas.survey.definition import IndicatorDefinition, Role, SurveyDefinition, TableDefinition
from schemas.survey.order import shape_of

_COUNTING = frozenset({"count", "count-non-empty", "position"})
"""Of a repeat these tell how many rows it has, and nothing of the answers in them."""


def answers(survey: SurveyDefinition, table: TableDefinition) -> dict[str, tuple[str, ...]]:
    """For `LiveTable.answers`: the paths of questions by dimension and by indicator, and of repeats whose rows are
    counted. An indicator that reads no field (a count of everybody) has none."""
    trace = _Trace(survey)
    found = {dimension: trace.back([dimension]) for dimension in table.dimensions}
    for indicator in survey.indicators:
        if indicator.name in table.indicators:
            texts = (indicator.numerator, indicator.denominator, indicator.universe)
            read = {path for text in texts if text for path in trace.read(text, table.unit)}
            found[indicator.name] = trace.back(read | _conversion(survey, indicator))
    return found


def _conversion(survey: SurveyDefinition, indicator: IndicatorDefinition) -> set[str]:
    """The fields that decide by which rate an amount is converted."""
    if not indicator.is_converted:
        return set()
    period = survey.with_role(Role.PERIOD)
    paths = (indicator.currency, indicator.denominator_currency, indicator.date or (period.path if period else ""))
    return {path for path in paths if path}


class _Trace:
    def __init__(self, survey: SurveyDefinition) -> None:
        self._shape = shape_of(survey)
        self._fields = frozenset(field.path for field in survey.fields)
        self._texts: dict[str, list[str]] = defaultdict(list)
        for path, text in _sources(survey):
            self._texts[path].append(text)

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
            before = {one for text in self._texts.get(path, ()) for one in self.read(text, path)} - {path}
            ahead.extend(before)
            if not before:
                found.add(path)
        return tuple(sorted(found))

    def read(self, text: str, at: str) -> frozenset[str]:
        """What an expression at a node reads, paths in conditions included."""
        try:
            expression = compile_expression(text, at, self._shape)
        except ExpressionError:
            return self._fields
        paths = expression.paths
        if expression.faults or not all(self._shape.has(path) for path in paths):
            return self._fields
        if expression.functions <= _COUNTING:
            return paths
        # A repeat or a group stands for all that is in it, the root for everything.
        return paths | {field for field in self._fields if any(_is_below(field, path) for path in paths)}


def _sources(survey: SurveyDefinition) -> Iterator[tuple[str, str]]:
    """The expressions that nodes get their values from, by path; a node can have several."""
    for field in survey.fields:
        if field.calculate:
            yield field.path, field.calculate
    for group in survey.groups:
        if group.repeat and group.count:
            yield group.path, group.count
    for action in survey.on_load:
        yield action.path, action.value


def _is_below(path: str, above: str) -> bool:
    return not above or path.startswith(f"{above}/")
