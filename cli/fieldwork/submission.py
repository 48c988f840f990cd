"""A respondent as a submission: the answers once, then as ODK XML the way Collect writes it, and as v1 JSON."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from cli.fieldwork.faults import Fault, spoil
from cli.fieldwork.questionnaire import Tree, questionnaire
from cli.fieldwork.respondents import Respondent

SURVEY = "household-migration"
VERSION = "3"


@dataclass(frozen=True)
class Instance:
    """What a phone holds: an interview under an id, perhaps in place of another, perhaps spoilt by a fault."""

    id: str
    respondent: Respondent
    replaces: str | None = None
    fault: Fault | None = None

    def as_xml(self) -> bytes:
        return as_xml(self)

    def as_json(self) -> bytes:
        return as_json(self)


def answers(instance: Instance) -> Tree:
    """All answers by group and question, in the order of the form, the fault included."""
    tree = questionnaire(instance.respondent)
    if instance.fault is not None:
        spoil(tree, instance.fault)
    return tree


def as_xml(instance: Instance) -> bytes:
    """The instance as Collect uploads it."""
    meta = f"<orx:instanceID>{escape(instance.id)}</orx:instanceID>"
    if instance.replaces is not None:
        meta += f"<orx:deprecatedID>{escape(instance.replaces)}</orx:deprecatedID>"
    parts: list[str] = []
    _elements(answers(instance), parts)
    return (
        f'<?xml version="1.0" ?><data xmlns:orx="http://openrosa.org/xforms" id={quoteattr(SURVEY)}'
        f" version={quoteattr(VERSION)}>{''.join(parts)}<orx:meta>{meta}</orx:meta></data>"
    ).encode()


def _elements(tree: Tree, parts: list[str]) -> None:
    for name, value in tree.items():
        if isinstance(value, str):
            parts.append(f"<{name}>{escape(value)}</{name}>" if value else f"<{name}/>")
        elif value is None:
            parts.append(f"<{name}/>")
        elif isinstance(value, dict):
            parts.append(f"<{name}>")
            _elements(value, parts)
            parts.append(f"</{name}>")
        elif isinstance(value, tuple):
            for row in value:
                parts.append(f"<{name}>")
                _elements(row, parts)
                parts.append(f"</{name}>")
        else:
            parts.append(f"<{name}>{' '.join(value) if isinstance(value, list) else value}</{name}>")


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
        # A few decimals and digits before them: a double writes them back as they were.
        return float(value)
    raise TypeError(type(value).__name__)


def again(instance: Instance, new_id: str, respondent: Respondent, fault: Fault | None = None) -> Instance:
    """An edit of the instance as Collect makes it: a new id, and the old one as what it replaces."""
    return replace(instance, id=new_id, replaces=instance.id, respondent=respondent, fault=fault)
