"""What an engine tells of a submission, in one form for JavaRosa and for Rihla."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.survey.definition import SurveyDefinition
from services.validate.instance import Unreadable, root_name, tree_of
from services.validate.judge import Judge
from services.validate.row import Row
from services.validate.xml_instance import read_xml

FAULT = "a fault of Rihla: "

Place = tuple[str, tuple[int, ...]]
"""A node: its path below the root and the numbers, from 1, of the instances of repeats around it, outermost first."""


@dataclass(frozen=True, slots=True)
class Node:
    """`text` is what is stored, None or "" if nothing is. `computed` by a calculate (known of Rihla only)."""

    relevant: bool
    text: str | None
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """`refused` says why nothing else is told. `reasons` are the codes of the reasons against each node. `nodes` are
    fields, groups and instances of repeats after opening, `final` after validation."""

    refused: str | None = None
    reasons: dict[Place, set[str]] = field(default_factory=dict)
    nodes: dict[Place, Node] = field(default_factory=dict)
    final: dict[Place, Node] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.refused is None and not self.reasons


def told_by_javarosa(answer: Mapping[str, Any]) -> Told:
    """Reasons are "required" and "constraint"."""
    if "error" in answer:
        return Told(answer["error"])
    if not answer["opened"]:
        return Told("root")
    reasons: dict[Place, set[str]] = {}
    for path, rows, code in answer["failures"]:
        reasons.setdefault((path, tuple(rows)), set()).add(code)
    return Told(None, reasons, _nodes(answer["state"]), _nodes(answer["final"]))


def _nodes(state: list[Any]) -> dict[Place, Node]:
    return {
        (path, tuple(rows)): Node(relevant, text)
        for path, rows, relevant, text in state
        if path.partition("/")[0] != "meta"
    }


class Rihla:
    """Rihla's judge of one form."""

    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes]) -> None:
        self._definition = definition
        self._root = root_name(definition)
        self._tree = tree_of(definition)
        self._judge = Judge(definition, files)
        repeats = {group.path for group in definition.groups if group.repeat}
        self._paths: dict[str, list[str]] = {}
        groups = {group.path for group in definition.groups if group.path} - repeats
        for path in [*(question.path for question in definition.fields), *groups]:
            if path.partition("/")[0] != "meta":
                self._paths.setdefault(_repeat_around(path, repeats), []).append(path)

    @property
    def unsupported(self) -> list[str]:
        """Paths of the nodes with rules that are not evaluated here."""
        return self._judge.unsupported

    def __call__(self, xml: str, received_ms: int) -> Told:
        """Reasons are Rihla's codes."""
        try:
            instance = read_xml(xml, self._root, self._tree)
            examined = self._judge.examine(instance, received_ms)
        except Unreadable as fault:
            return Told(fault.code.code)
        except Exception as fault:  # of our own code: to be shown with its submission
            return Told(f"{FAULT}{fault!r}")
        reasons: dict[Place, set[str]] = {}
        for reason in examined.reasons:
            reasons.setdefault((reason.path or "", tuple(reason.rows)), set()).add(reason.code)
        nodes = dict(self._nodes(instance.root))
        return Told(None, reasons, nodes, nodes)

    def _nodes(self, row: Row) -> Iterator[tuple[Place, Node]]:
        if row.repeat:
            yield (row.repeat, row.numbers), Node(row.relevant, None)
        for path in self._paths.get(row.repeat, ()):
            relevant = row.relevant and path not in row.absent
            text = row.computed.get(path, row.values.get(path))
            yield (path, row.numbers), Node(relevant, text, path in row.computed)
        for rows in row.repeats.values():
            for below in rows:
                yield from self._nodes(below)


def _repeat_around(path: str, repeats: set[str]) -> str:
    """The innermost repeat that a node stands in, "" for none."""
    while path:
        path = path.rpartition("/")[0]
        if path in repeats:
            return path
    return ""
