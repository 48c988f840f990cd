"""The expressions of indicators over what left the validator, compiled to functions of one unit.

A unit is a mapping of field paths to answers: the submission's, or those of a row of a repeat above the
submission's. A path by itself is looked up without the engine; what reads nothing but a unit's own answers is
remembered by these (schemas/tables/remembered.py).

Missing answers (absent, `_N`, `_U`) are "" to the engine, as unanswered questions are in the form. A measure all of
whose fields are missing is missing itself: whoever was not asked whether they borrowed did not answer no.
"""

import math
import re
from collections.abc import Callable, Collection

from schemas.expressions import (
    EvaluationError,
    Expression,
    ExpressionError,
    NotSupported,
    Shape,
    Value,
    as_bool,
    as_number,
    compile_expression,
)
from schemas.survey.definition import FieldType, IndicatorDefinition, PrivacyKind, Role, SurveyDefinition
from schemas.tables.conversion import AMOUNT_SCALE, LARGEST_AMOUNT, Number, Rates, converted
from schemas.tables.numbers import scaled
from schemas.tables.remembered import remembered
from schemas.tables.unit_scope import MISSING, Unit, is_missing, scope_of

_EQUALS = re.compile(r"""\s*(/[\w./-]+)\s*=\s*(?:'([^'"]*)'|"([^'"]*)")\s*""")
_PLAIN = re.compile(r"\s*(/[\w./-]+)\s*")

_OF_ARGUMENTS = frozenset(
    {"boolean", "coalesce", "count-selected", "false", "if", "int", "not", "number", "round", "selected", "true"}
)
"""Functions whose value follows from their arguments: neither from the moment nor from the place in the form."""

Condition = Callable[[Unit], bool | None]
"""A condition, or None if everything that it asks about is missing."""


class Compiler:
    """Compiles the expressions of one version of a survey. Raises as schemas.expressions.compile_expression.

    `unit` is the repeat whose instances are counted, or "". In an instance, a path into this repeat means the instance
    itself, as it does in the form."""

    def __init__(self, survey: SurveyDefinition) -> None:
        self._root = f"/{survey.root.strip('/')}/"
        period = survey.with_role(Role.PERIOD)
        self._period = period.path if period else ""
        self._rates = Rates(survey.currency, survey.rates)
        self._shape = Shape(
            root=survey.root.strip("/"),
            types={field.path: field.type.value for field in survey.fields},
            repeats=frozenset(group.path for group in survey.groups if group.repeat),
            groups=frozenset(group.path for group in survey.groups if not group.repeat),
        )
        self._repeat = {path: max(self._shape.repeats_above(path), key=len, default="") for path in self._shape.types}
        self._numbers = frozenset(
            field.path
            for field in survey.fields
            if field.type in (FieldType.INT, FieldType.DECIMAL)
            and field.privacy.kind in (PrivacyKind.KEEP, PrivacyKind.ROUND)
        )
        self._lists = frozenset(
            field.path for field in survey.fields if field.type in (FieldType.SELECT_MULTIPLE, FieldType.RANK)
        )

    def reads(self, text: str, unit: str = "") -> tuple[str, ...] | None:
        """The fields from whose answers in the unit the value follows; None if it depends on anything else."""
        plain = _PLAIN.fullmatch(text)
        if plain and plain.group(1).startswith(self._root):
            return (plain.group(1).removeprefix(self._root),)
        return self._own(self._compile(text, unit), unit)

    def has_numbers(self, paths: Collection[str]) -> bool:
        """Whether one of these fields holds numbers, of which there are many different ones."""
        return not self._numbers.isdisjoint(paths)

    def number(self, text: str, scale: int, largest: int, unit: str = "") -> Number:
        plain = _PLAIN.fullmatch(text)
        if plain and plain.group(1).startswith(self._root):
            path, factor = plain.group(1).removeprefix(self._root), 10**scale

            def look_up(each: Unit) -> int | None:
                answer = each.answers.get(path)
                if type(answer) is int:
                    return answer * factor if -largest <= answer <= largest else None
                return None if answer is None else scaled(answer, scale, largest)

            return look_up
        expression = self._compile(text, unit)

        def evaluate(each: Unit) -> int | None:
            if self._is_missing(expression, each, unit):
                return None
            return scaled(as_number(self._value(expression, each, unit)), scale, largest)

        own = self._own(expression, unit)
        return evaluate if own is None else remembered(evaluate, own, absent=not unit)

    def measure(self, indicator: IndicatorDefinition, text: str, currency: str, unit: str = "") -> Number:
        """The numerator or denominator of an indicator. `currency` is the field that says its currency, "" for an
        amount that stays as it is."""
        if not currency:
            return self.number(text, indicator.scale, indicator.largest, unit)
        amount = self.number(text, AMOUNT_SCALE, LARGEST_AMOUNT, unit)
        date = indicator.date or self._period
        return converted(amount, self._rates, currency, date, indicator.scale, indicator.largest)

    def paths(self, text: str, unit: str = "") -> frozenset[str]:
        """All fields and repeats that an expression names, wherever they stand; none of one that cannot be compiled,
        whose indicator is not kept."""
        try:
            return self._compile(text, unit).paths
        except ExpressionError:
            return frozenset()

    def converted_by(self, indicator: IndicatorDefinition) -> tuple[str, ...]:
        """The fields that a conversion reads beside the amount."""
        if not indicator.is_converted:
            return ()
        paths = (indicator.currency, indicator.denominator_currency, indicator.date or self._period)
        return tuple(path for path in paths if path)

    def condition(self, text: str, unit: str = "") -> Condition:
        equals = _EQUALS.fullmatch(text)
        if equals and equals.group(1).startswith(self._root):
            path, code = equals.group(1).removeprefix(self._root), equals.group(2) or equals.group(3) or ""
            if code and path not in self._lists and path not in self._numbers:

                def is_code(each: Unit) -> bool | None:
                    answer = each.answers.get(path)
                    return None if answer in MISSING else str(answer) == code

                return remembered(is_code, (path,), absent=True)
        expression = self._compile(text, unit)

        def evaluate(each: Unit) -> bool | None:
            if self._is_missing(expression, each, unit):
                return None
            return as_bool(self._value(expression, each, unit))

        own = self._own(expression, unit)
        return evaluate if own is None else remembered(evaluate, own, absent=not unit)

    def _is_missing(self, expression: Expression, each: Unit, unit: str) -> bool:
        paths = expression.paths
        return bool(paths) and all(is_missing(each, path, self._repeat.get(path) in ("", unit)) for path in paths)

    def _own(self, expression: Expression, unit: str) -> tuple[str, ...] | None:
        """The fields that an expression reads, if it depends on nothing but their answers in the unit itself."""
        is_own = (
            not expression.unstable
            and not expression.instances
            and expression.functions <= _OF_ARGUMENTS
            and all(self._repeat.get(path) in ("", unit) for path in expression.paths)
        )
        return tuple(sorted(expression.paths)) if is_own else None

    def _compile(self, text: str, unit: str) -> Expression:
        """Refuses as well what could only fail."""
        expression = compile_expression(text, unit, self._shape)
        if expression.faults:
            raise NotSupported(expression.faults[0])
        return expression

    def _value(self, expression: Expression, each: Unit, unit: str) -> Value:
        try:
            return expression(scope_of(each, bool(unit), self._numbers))
        except EvaluationError:
            return math.nan
