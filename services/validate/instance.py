"""A submission's answers as text, in one form for XML and JSON, and the tree of names that a survey expects.

Paths are below the root ("profile/sex"). What is common to both formats is decided here, so that the same answers are
judged identically however they came: leading and trailing XML white space is cut, an empty text is no answer, `meta`
is not the form's.
"""

from dataclasses import dataclass, field
from enum import Enum

from schemas.events import Reason
from schemas.survey.definition import SurveyDefinition
from services.validate.reasons import MAX_REASONS, TOO_LARGE, Code, reason

XML_SPACE = " \t\r\n"
"""What is trimmed from an answer, as JavaRosa 5.1 does: U+00A0 stays."""

CLIENT = frozenset({"meta", "instanceID"})
"""What the client adds at the top: ids, audit, instance name. Whatever it holds passes, and no form asks for it."""

MAX_ROWS = 20_000
"""Rows of all repeats of a submission together. A large household has 40; a bomb has 100,000."""


class Kind(Enum):
    FIELD = "field"
    GROUP = "group"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Node:
    """A name that the form has: `children` by their own names, empty for a field."""

    kind: Kind
    path: str
    children: dict[str, "Node"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Row:
    """The answers outside repeats, or of one instance of a repeat (then with the path of the repeat, and the row
    numbers of it and of those around, from 1, outermost first).

    `values` holds a text for each field that is there, `groups` the groups that are there, `repeats` the instances of
    each repeat that has any. `relevance` belongs to the judge, and so does `confirmed`: the calculates whose text is
    what their expression gives.
    """

    parent: "Row | None" = None
    repeat: str = ""
    numbers: tuple[int, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    repeats: dict[str, list["Row"]] = field(default_factory=dict)
    relevance: dict[str, int] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Instance:
    """What was read. `faults` are reasons to reject it (unknown nodes and the like). `encrypted` by the form itself:
    nothing else is known then."""

    root: Row = field(default_factory=Row)
    faults: list[Reason] = field(default_factory=list)
    encrypted: bool = False
    rows: int = 0

    def fault(self, code: Code, path: str | None, row: Row) -> None:
        if len(self.faults) < MAX_REASONS:
            self.faults.append(reason(code, path, row.numbers))

    def new_row(self, node: Node, parent: Row) -> Row | None:
        """Another instance of a repeat, or None once there are too many."""
        if self.rows >= MAX_ROWS:
            if self.rows == MAX_ROWS:
                self.rows += 1
                self.faults.insert(0, reason(TOO_LARGE, node.path))
            return None
        self.rows += 1
        siblings = parent.repeats.setdefault(node.path, [])
        row = Row(parent, node.path, (*parent.numbers, len(siblings) + 1))
        siblings.append(row)
        return row


class Unreadable(Exception):
    """The body as a whole cannot be read: `code` says why. Caught at once, where it becomes a Rejection."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.code)
        self.code = code


def tree_of(definition: SurveyDefinition) -> Node:
    """The names that the form expects, from the paths of its groups and fields."""
    root = Node(Kind.GROUP, "")
    kinds = {group.path: Kind.REPEAT if group.repeat else Kind.GROUP for group in definition.groups}
    for path in [*kinds, *(question.path for question in definition.fields)]:
        if path.partition("/")[0] in CLIENT:
            continue
        node, walked = root, ""
        *above, name = path.split("/")
        for step in above:
            walked = f"{walked}/{step}" if walked else step
            node = node.children.setdefault(step, Node(kinds.get(walked, Kind.GROUP), walked))
        node.children.setdefault(name, Node(kinds.get(path, Kind.FIELD), path))
    return root


def path_of_unknown(node: Node) -> str | None:
    """Where an element stands that the form does not have: the path of the group around it. Its own name is never
    repeated, because a script can make a key of anything, also of a person's name or number."""
    return node.path or None


def root_name(definition: SurveyDefinition) -> str:
    return definition.root.strip("/")
