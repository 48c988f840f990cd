"""A respondent as a submission: the answers once, then as ODK XML the way Collect writes it, and as v1 JSON.

The tree of answers has None for a question that was asked and left empty (an empty element), and leaves out what was
not relevant, as JavaRosa does. Numbers are ints, the weight a Decimal, a multiple choice a list.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from cli.fieldwork.respondents import WEIGHT_UNIT, Journey, Profile, Respondent

SURVEY = "household-migration"
VERSION = "1"

Leaf = int | str | Decimal | list[str] | None
Tree = Mapping[str, "Leaf | Tree"]


class Fault(StrEnum):
    """What is wrong with the answers of an invalid submission."""

    CONSTRAINT = "constraint"
    MISSING = "missing"
    CODE = "code"
    TYPE = "type"


@dataclass(frozen=True)
class Instance:
    """What a phone holds: an interview under an id, perhaps in place of another, perhaps spoilt by a fault."""

    id: str
    respondent: Respondent
    replaces: str | None = None
    fault: Fault | None = None


def answers(instance: Instance) -> Tree:
    """All answers by group and question, in the order of the form, the fault included."""
    respondent = instance.respondent
    start = datetime.fromtimestamp(respondent.when_s, UTC)
    end = datetime.fromtimestamp(respondent.when_s + respondent.took_s, UTC)
    tree: dict[str, Leaf | Tree] = {
        "start": start.isoformat(timespec="milliseconds"),
        "end": end.isoformat(timespec="milliseconds"),
        "today": start.date().isoformat(),
        "interview": {
            "country": respondent.country,
            "area": respondent.area,
            "psu": respondent.psu,
            "stratum": f"{respondent.country}-{respondent.area}",
            "weight": Decimal(respondent.weight) / WEIGHT_UNIT,
            "enumerator": respondent.enumerator,
            "consent": "yes" if respondent.consent else "no",
        },
    }
    if respondent.profile is not None:
        tree |= _modules(respondent.profile, instance.fault)
    return tree


def _modules(person: Profile, fault: Fault | None) -> dict[str, Leaf | Tree]:
    profile: dict[str, Leaf | Tree] = {
        "name": person.name,
        "phone": person.phone,
        "sex": person.sex,
        "age": person.age,
        "education": f"E{person.education}",
        "marital": person.marital,
    }
    match fault:
        case Fault.CONSTRAINT:
            profile["age"] = 12
        case Fault.MISSING:
            profile["sex"] = None
        case Fault.CODE:
            profile["education"] = "E9"
        case Fault.TYPE:
            profile["age"] = "forty"
    migration: dict[str, Leaf | Tree] = {"status": person.status}
    if person.journey is None:
        return {"profile": profile, "migration": migration}
    journey = person.journey
    migration |= {
        "destination": journey.destination,
        "departure_year": journey.year,
        "channel": journey.channel,
        "reason": list(journey.reasons),
    }
    return {"profile": profile, "migration": migration, "cost": _cost(journey)}


def _cost(journey: Journey) -> Tree:
    if (cost := journey.cost) is None:
        return {"paid": "no"}
    return {
        "paid": "yes",
        "agency": cost.agency,
        "visa": cost.visa,
        "travel": cost.travel,
        "medical": cost.medical,
        "documents": cost.documents,
        "total": cost.total,
        "earnings": cost.earnings,
        "borrowed": "yes" if cost.borrowed else "no",
    }


def as_xml(instance: Instance) -> bytes:
    """The instance as Collect uploads it."""
    meta = f"<orx:instanceID>{escape(instance.id)}</orx:instanceID>"
    if instance.replaces is not None:
        meta += f"<orx:deprecatedID>{escape(instance.replaces)}</orx:deprecatedID>"
    return (
        f'<?xml version="1.0" ?><data xmlns:orx="http://openrosa.org/xforms" id={quoteattr(SURVEY)}'
        f" version={quoteattr(VERSION)}>{_elements(answers(instance))}<orx:meta>{meta}</orx:meta></data>"
    ).encode()


def _elements(tree: Tree) -> str:
    parts = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            parts.append(f"<{name}>{_elements(value)}</{name}>")
        else:
            text = "" if value is None else escape(" ".join(value) if isinstance(value, list) else str(value))
            parts.append(f"<{name}>{text}</{name}>" if text else f"<{name}/>")
    return "".join(parts)


def as_json(instance: Instance) -> bytes:
    """The body of POST /v1/surveys/{survey}/submissions."""
    body = {
        "version": VERSION,
        "instance": instance.id,
        "replaces": instance.replaces,
        "answers": answers(instance),
    }
    return json.dumps(body, default=_number, separators=(",", ":")).encode()


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        # Four decimals and at most three digits before them: a double writes them back as they were.
        return float(value)
    raise TypeError(type(value).__name__)


def again(instance: Instance, new_id: str, respondent: Respondent, fault: Fault | None = None) -> Instance:
    """An edit of the instance as Collect makes it: a new id, and the old one as what it replaces."""
    return replace(instance, id=new_id, replaces=instance.id, respondent=respondent, fault=fault)
