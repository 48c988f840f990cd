"""Functions over dates (JavaRosa 5.1, measured). A date that cannot be read gives "" or NaN here; JavaRosa
stops at it, so no phone finalises one."""

import math
from datetime import datetime

from schemas.expressions.errors import NotSupported
from schemas.expressions.moments import can_format, exact_days, format_moment, from_days, read_moment
from schemas.expressions.operand import Kind, Operand, Place, text
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def today(arguments: list[Operand], place: Place) -> Operand:
    return Operand(lambda scope: _midnight(scope.now.replace(tzinfo=None)), Kind.MOMENT)


def now(arguments: list[Operand], place: Place) -> Operand:
    return Operand(lambda scope: scope.now.replace(tzinfo=None), Kind.MOMENT)


def date(arguments: list[Operand], place: Place) -> Operand:
    """Cuts a number (towards zero) or a date to its day; text keeps its time (112b)."""
    run = arguments[0].run

    def read(scope: Scope) -> Value:
        value = run(scope)
        moment = from_days(_whole(value), None) if isinstance(value, float) else _moment(value, scope)
        if moment is None:
            return _no_date(value)
        return moment if isinstance(value, str | list) else _midnight(moment)

    return Operand(read, Kind.MOMENT)


def _whole(number: float) -> float:
    return float(math.trunc(number)) if math.isfinite(number) else math.nan


def date_time(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].run

    def read(scope: Scope) -> Value:
        value = run(scope)
        return _moment(value, scope) or _no_date(value)

    return Operand(read, Kind.MOMENT)


def decimal_date_time(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].run

    def read(scope: Scope) -> Value:
        value = run(scope)
        moment = None if isinstance(value, float) else _moment(value, scope)
        return _no_date(value) if moment is None else exact_days(moment, scope.now.tzinfo)

    return Operand(read, Kind.ANY)


def format_date(arguments: list[Operand], place: Place) -> Operand:
    run, pattern = arguments[0].run, arguments[1].constant
    if not isinstance(pattern, str) or not can_format(pattern):
        raise NotSupported("format-date() with a pattern that is not written out, or with names of months or days.")
    wanted = pattern

    def read(scope: Scope) -> str:
        moment = _moment(run(scope), scope)
        return "" if moment is None else format_moment(moment, wanted)

    return text(read)


def _no_date(value: Value) -> Value:
    """What is left of a value that is no date: a number stays (NaN, or one beyond the calendar), all else is ""."""
    return value if isinstance(value, float) else ""


def _moment(value: Value, scope: Scope) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, float):
        return from_days(value, scope.now.tzinfo)
    if isinstance(value, list):
        value = value[0] if value else ""
    return read_moment(value, scope.now.tzinfo) if isinstance(value, str) else None
