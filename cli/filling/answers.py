"""A filled form: its answers in the order of the form, as ODK XML the way Collect writes it, and as v1 JSON."""

import json
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from cli.filling.blank_form import BlankForm

MANY = " "
"""Between the codes of a multiple choice."""


@dataclass(frozen=True)
class Answer:
    """A node that is relevant: the text of a field ("" if it was left empty), or what is in a group or in one instance
    of a repeat. `several` is for fields with several codes, `whole` for whole numbers."""

    tag: str
    name: str
    path: str
    text: str = ""
    group: bool = False
    repeat: bool = False
    several: bool = False
    whole: bool = False
    below: tuple["Answer", ...] = ()


@dataclass(frozen=True)
class Filled:
    """`version` is that of the form."""

    form: BlankForm
    version: str
    answers: tuple[Answer, ...]

    def with_answers(self, answers: tuple[Answer, ...]) -> "Filled":
        return replace(self, answers=answers)

    def as_xml(self, instance: str, replaces: str | None = None) -> bytes:
        """What Collect uploads."""
        parts = ["<?xml version='1.0' ?>", self.form.start]
        _write(self.answers, parts)
        prefix = self.form.prefix
        meta = f"<{prefix}:instanceID>{escape(instance)}</{prefix}:instanceID>"
        if replaces is not None:
            meta += f"<{prefix}:deprecatedID>{escape(replaces)}</{prefix}:deprecatedID>"
        parts.append(f"<{prefix}:meta>{meta}</{prefix}:meta>{self.form.end}")
        return "".join(parts).encode()

    def as_json(self, instance: str, replaces: str | None = None) -> bytes:
        """The body of POST /v1/surveys/{survey}/submissions."""
        body = {
            "version": self.version,
            "instance": instance,
            "replaces": replaces,
            "answers": _tree(self.answers),
        }
        return json.dumps(body, separators=(",", ":")).encode()


def _write(answers: tuple[Answer, ...], parts: list[str]) -> None:
    for answer in answers:
        tag = answer.tag
        if answer.group or answer.repeat:
            parts.append(f"<{tag}>")
            _write(answer.below, parts)
            parts.append(f"</{tag}>")
        else:
            parts.append(f"<{tag}>{escape(answer.text)}</{tag}>" if answer.text else f"<{tag}/>")


def _tree(answers: tuple[Answer, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for answer in answers:
        if answer.repeat:
            tree.setdefault(answer.name, []).append(_tree(answer.below))
        elif answer.group:
            tree[answer.name] = _tree(answer.below)
        elif answer.several and answer.text:
            tree[answer.name] = answer.text.split(MANY)
        elif answer.whole and answer.text.removeprefix("-").isdecimal():
            tree[answer.name] = int(answer.text)
        else:
            tree[answer.name] = answer.text or None
    return tree
