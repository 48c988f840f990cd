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
from services.validate.row import Row

XML_SPACE = " \t\r\n"
"""What is trimmed from an answer, as JavaRosa 5.1 does: U+00A0 stays."""

CLIENT = frozenset({"meta", "instanceID"})
"""What the client adds at the top: ids, audit, instance name. Whatever it holds passes, and no form asks for it."""

MAX_ROWS = 2_000
"""Rows of all repeats of a submission together. A large household has 40; a bomb has 100,000."""
MAX_MARKS = 100_000
"""Characters of a body that make work for a parser: brackets, signs of attributes and entities, commas. 2,000 rows of
20 questions have 80,000; a million empty elements would take half a second."""
MAX_ANSWER = 1_000_000
"""Characters of one answer. A trace of a day has 500,000; expressions go through a text more than once."""


MAX_WORK = 20_000_000
"""Rows times characters of the longest answer: an expression in each row can go through a long text outside of them.
A household of 40 with a trace of 500,000 characters is within it."""
FEW_ROWS = MAX_WORK // MAX_ANSWER
MAX_TAG = 1_000
"""Characters of a tag or a name."""


class Kind(Enum):
    FIELD = "field"
    GROUP = "group"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Node:
    """A name that the form has: `children` by their own names, empty for a field. `fields` are the paths of those of
    them that are fields."""

    kind: Kind
    path: str
    children: dict[str, "Node"] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    """What was read. `faults` are reasons to reject it (unknown nodes and the like). `encrypted` by the form itself:
    nothing else is known then."""

    root: Row = field(default_factory=Row)
    faults: list[Reason] = field(default_factory=list)
    encrypted: bool = False
    rows: int = 0
    too_large: bool = False
    """There is more than Rihla reads: nothing else can be said of it."""

    def weigh(self, body: str) -> None:
        """Looks for answers that are too long in a body that is long enough to hold one."""
        waiting = [self.root] if len(body) > MAX_ANSWER else []
        while waiting:
            row = waiting.pop()
            for path, text in row.values.items():
                if len(text) > MAX_ANSWER:
                    self.too_large = True
                    self.faults.insert(0, reason(TOO_LARGE, path, row.numbers))
            for instances in row.repeats.values():
                waiting += instances

    @property
    def is_heavy(self) -> bool:
        """Whether there are too many rows beside too long an answer."""
        if self.rows <= FEW_ROWS:
            return False
        longest, waiting = 0, [self.root]
        while waiting:
            row = waiting.pop()
            longest = max(longest, max(map(len, row.values.values()), default=0))
            for instances in row.repeats.values():
                waiting += instances
        return self.rows * longest > MAX_WORK

    def release(self) -> None:
        """Parts the rows from each other once they are no longer needed: they know the row around them and that knows
        them, which otherwise waits for the cycle collector and costs a third of a verdict."""
        waiting = [self.root]
        while waiting:
            row = waiting.pop()
            for instances in row.repeats.values():
                waiting += instances
            row.repeats = {}

    def fault(self, code: Code, path: str | None, row: Row) -> None:
        if len(self.faults) < MAX_REASONS:
            self.faults.append(reason(code, path, row.numbers))

    def new_row(self, node: Node, parent: Row) -> Row | None:
        """Another instance of a repeat, or None once there are too many."""
        if self.rows >= MAX_ROWS:
            if self.rows == MAX_ROWS:
                self.rows += 1
                self.too_large = True
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


def bound(body: str, marks: str, edge: str) -> None:
    """Raises `Unreadable` for a body that would take a parser too long. `edge` stands around each text in it."""
    if len(body) > MAX_MARKS and sum(map(body.count, marks)) > MAX_MARKS:
        raise Unreadable(TOO_LARGE)
    if len(body) > MAX_ANSWER and max(map(len, body.split(edge))) > MAX_ANSWER + MAX_TAG:
        raise Unreadable(TOO_LARGE)


def tree_of(definition: SurveyDefinition) -> Node:
    """The names that the form expects, from the paths of its fields and groups, in the order of the form."""
    root = Node(Kind.GROUP, "")
    kinds = {group.path: Kind.REPEAT if group.repeat else Kind.GROUP for group in definition.groups}
    for path in [*(question.path for question in definition.fields), *kinds]:
        if path.partition("/")[0] in CLIENT:
            continue
        node, walked = root, ""
        *above, name = path.split("/")
        for step in above:
            walked = f"{walked}/{step}" if walked else step
            node = node.children.setdefault(step, Node(kinds.get(walked, Kind.GROUP), walked))
        kind = kinds.get(path, Kind.FIELD)
        if kind is Kind.FIELD and name not in node.children:
            node.fields[name] = path
        node.children.setdefault(name, Node(kind, path))
    return root


def path_of_unknown(node: Node) -> str | None:
    """Where an element stands that the form does not have: the path of the group around it. Its own name is never
    repeated, because a script can make a key of anything, also of a person's name or number."""
    return node.path or None


def root_name(definition: SurveyDefinition) -> str:
    return definition.root.strip("/")
