"""What becomes of the result of a calculate: the value that others read, and its text as a phone stores it (JavaRosa
5.1, measured, 66 to 77). The type of the node matters less than one thinks: a text stays a text in an int or a date."""

from collections.abc import Callable
from datetime import datetime

from schemas.expressions import EvaluationError, Value, as_text
from schemas.survey.definition import FieldType
from services.validate.moments import Unopenable, date_text, datetime_text, time_text
from services.validate.numbers import stored_int, stored_number
from services.validate.readers import READERS, TIMED, read_codes, read_point, read_trace

Stored = tuple[Value, str]
"""The value and its text, ("", "") where nothing is left (67)."""
Store = Callable[[Value, datetime], Stored]
"""A result and the present (for its zone) -> what is stored. Raises EvaluationError where JavaRosa stops."""

NOTHING: Stored = ("", "")


def store(value: Value, now: datetime) -> Stored:
    """In a text node, and in all that have no rule of their own."""
    kind = value.__class__
    if kind is str:
        return value, value  # type: ignore[return-value]
    if kind is float:
        return stored_number(value) if value == value else NOTHING  # type: ignore[arg-type]
    if kind is bool:
        return value, "1" if value else "0"
    if isinstance(value, datetime):
        return value, datetime_text(value, now.tzinfo)
    text = as_text(value)
    return text, text


def _int(value: Value, now: datetime) -> Stored:
    if value.__class__ is float:
        return stored_int(value) if value == value else NOTHING
    return store(value, now)


def _date(value: Value, now: datetime) -> Stored:
    if isinstance(value, datetime):
        day = value.replace(hour=0, minute=0, second=0, microsecond=0)
        return day, date_text(day)
    return store(value, now)


def _time(value: Value, now: datetime) -> Stored:
    if isinstance(value, datetime):
        return value, time_text(value, now.tzinfo)
    return store(value, now)


def _place(read: Callable[[str], str | None]) -> Store:
    def place(value: Value, now: datetime) -> Stored:
        if value.__class__ is float or value.__class__ is bool or value == "":
            return store(value, now)
        text = read(value) if isinstance(value, str) else None
        if text is None:
            raise EvaluationError("the result is no position, and the node holds one.")
        return text, text

    return place


def _codes(value: Value, now: datetime) -> Stored:
    if isinstance(value, str):
        text = read_codes(value) or ""
        return text, text
    return store(value, now)


def _boolean(value: Value, now: datetime) -> Stored:
    """Any text is true (76)."""
    if isinstance(value, datetime):
        raise EvaluationError("the result is a date, and the node holds yes or no.")
    if isinstance(value, str) and value:
        return True, "1"
    return store(value, now)


STORES: dict[FieldType, Store] = {
    FieldType.BOOLEAN: _boolean,
    FieldType.INT: _int,
    FieldType.DATE: _date,
    FieldType.TIME: _time,
    FieldType.GEOPOINT: _place(read_point),
    FieldType.GEOTRACE: _place(read_trace),
    FieldType.GEOSHAPE: _place(read_trace),
    FieldType.SELECT_MULTIPLE: _codes,
    FieldType.RANK: _codes,
}
"""By type of the node; all others take `store`."""


def written(value: Value, kind: FieldType, now: datetime) -> Value | None:
    """What an action of the form leaves in a node: the stored text, read again by the type of the node. None for
    nothing; "" is something that reads as empty. Raises EvaluationError where that cannot be read."""
    text = STORES.get(kind, store)(value, now)[1]
    if not text:
        return None
    try:
        timed, reader = TIMED.get(kind), READERS.get(kind)
        found = timed(text, now) if timed is not None else reader(text) if reader is not None else text
    except Unopenable:
        found = None
    if found is None:
        raise EvaluationError("what the action writes is not of the type of its node.")
    return found
