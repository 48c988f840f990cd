"""What a phone writes into a form by itself before anybody answers."""

from datetime import datetime
from random import Random
from uuid import UUID

from schemas.survey.definition import FieldDefinition


def given(field: FieldDefinition, begun: datetime, ended: datetime, random: Random) -> str:
    """`begun` and `ended` are aware. What the form computes is empty, unless only the phone can know it."""
    if field.calculate:
        return _chance(field.calculate, random)
    kind, _, what = (field.preload or "").partition(":")
    match kind, what:
        case "timestamp", "start":
            return begun.isoformat(timespec="milliseconds")
        case "timestamp", _:
            return ended.isoformat(timespec="milliseconds")
        case "date", _:
            return begun.date().isoformat()
        case "property", "deviceid" | "uri:deviceid":
            return f"collect:{random.getrandbits(64):016x}"
        case "property", "username" | "uri:username":
            return "enumerator"
        case "uid", _:
            return _uuid(random)
    return field.default


def _chance(calculate: str, random: Random) -> str:
    """Stands in where the result is another each time; the form's own rules replace it where they can."""
    if "uuid(" in calculate:
        return _uuid(random)
    return repr(random.random()) if "random(" in calculate else ""


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
