"""Functions over dates (JavaRosa 5.1, measured). Text that is no date stops the evaluation (112c)."""

import math
from collections.abc import Callable
from datetime import datetime, tzinfo

from schemas.expressions.errors import EvaluationError
from schemas.expressions.moments import (
    DAY_MS,
    LOCAL_LETTERS,
    format_moment,
    from_days,
    from_milliseconds,
    midnight,
    milliseconds,
    read_moment,
)
from schemas.expressions.nodes import unpack
from schemas.expressions.operand import Kind, Operand, Place, text
from schemas.expressions.scope import Scope
from schemas.expressions.values import INT_MAX, INT_MIN, Value, as_text, whole


def _now(scope: Scope) -> datetime:
    now = scope.form.now
    return now.replace(tzinfo=None, microsecond=now.microsecond // 1000 * 1000)


def today(arguments: list[Operand], place: Place) -> Operand:
    return Operand(lambda scope: midnight(_now(scope)), Kind.MOMENT)


def now(arguments: list[Operand], place: Place) -> Operand:
    return Operand(_now, Kind.MOMENT)


def to_moment(value: Value, keep_time: bool, zone: tzinfo | None) -> Value:
    """A value as a date; "" and NaN stay what they are. A number is days since 1970: whole ones in local time, or with
    their fraction in UTC. Raises EvaluationError."""
    try:
        if isinstance(value, datetime):
            return value if keep_time else midnight(value)
        if isinstance(value, str):
            if value == "":
                return value
            moment = read_moment(value, zone)
            if moment is None:
                raise EvaluationError("a text that is no date. Write it as 2024-06-15.")
            return moment
        if isinstance(value, bool):
            raise EvaluationError("true or false is no date.")
        if value != value:
            return value
        _refuse_far(value)
        return from_milliseconds(int(value * DAY_MS), zone) if keep_time else from_days(int(whole(value)))
    except OverflowError as fault:
        raise EvaluationError("a date outside of the years 1 to 9999.") from fault


def _refuse_far(number: float) -> None:
    if not INT_MIN <= number <= INT_MAX:
        raise EvaluationError("a number that is too large for a date.")


def date(arguments: list[Operand], place: Place) -> Operand:
    """Cuts a number (towards zero) or a date to its day; text keeps its time (112b)."""
    return _as_moment(arguments[0], keep_time=False)


def date_time(arguments: list[Operand], place: Place) -> Operand:
    return _as_moment(arguments[0], keep_time=True)


def _as_moment(operand: Operand, keep_time: bool) -> Operand:
    run = operand.run
    return Operand(lambda scope: to_moment(run(scope), keep_time, scope.form.now.tzinfo), Kind.ANY)


def decimal_date_time(arguments: list[Operand], place: Place) -> Operand:
    """Days with their fraction, in UTC (112d)."""
    return _decimal(arguments[0], lambda moment, scope: milliseconds(moment, scope.form.now.tzinfo) / DAY_MS, float)


def decimal_time(arguments: list[Operand], place: Place) -> Operand:
    """The fraction of the day, with the distance from UTC that holds now (and not at that time)."""

    def fraction(moment: datetime, scope: Scope) -> float:
        now = scope.form.now
        offset = now.utcoffset()
        local = milliseconds(moment, now.tzinfo) + (int(offset.total_seconds() * 1000) if offset is not None else 0)
        days = local / DAY_MS
        return days - math.floor(days)

    return _decimal(arguments[0], fraction, lambda value: value - math.floor(value))


def _decimal(
    operand: Operand, of_moment: Callable[[datetime, Scope], float], of_number: Callable[[float], float]
) -> Operand:
    run = operand.run

    def read(scope: Scope) -> Value:
        value = run(scope)
        if isinstance(value, float) and not isinstance(value, bool):
            if value != value:
                return value
            _refuse_far(value)
            return of_number(value)
        moment = to_moment(value, True, scope.form.now.tzinfo)
        return of_moment(moment, scope) if isinstance(moment, datetime) else moment

    return Operand(read, Kind.ANY)


def format_date(arguments: list[Operand], place: Place) -> Operand:
    """Of what is no date "". Names of months and days are English here and follow the phone there."""
    run, pattern = arguments[0].run, arguments[1].nodes()
    literal = arguments[1].constant
    if not isinstance(literal, str) or any(f"%{letter}" in literal for letter in LOCAL_LETTERS):
        place.facts.unstable = True

    def read(scope: Scope) -> str:
        moment, written = to_moment(run(scope), True, scope.form.now.tzinfo), pattern(scope)
        if not isinstance(moment, datetime):
            return ""
        try:
            return format_moment(moment, as_text(unpack(written)))
        except ValueError as fault:
            raise EvaluationError(str(fault)) from fault

    return text(read)
