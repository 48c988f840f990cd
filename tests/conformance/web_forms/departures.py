"""Where ODK Web Forms and Collect part: the classes WF-xx of docs/departures.md, each as a condition on a difference.

A class looks at the expression that decides, at what it reads and at both results. It is as narrow as it can be
without computing the result itself.
"""

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from tests.conformance.web_forms.rules import Bound


@dataclass(frozen=True)
class Read:
    """A leaf that an expression reads, in one row: its texts in Web Forms and with us, "" where irrelevant, and whether
    it is relevant in Web Forms."""

    node: Bound
    web: str
    ours: str
    relevant: bool


@dataclass(frozen=True)
class Doubt:
    """A difference and what it may come from: one of the expressions that decide it, "" where there is none. `web` and
    `ours` are "yes" or "no" for a relevance, the reason or "" for a verdict, the text for a value. `own` is the node
    itself; it is in `reads` too if the expression names it. `root` is the name of the form's root element."""

    what: str
    own: Read
    expression: str
    reads: Sequence[Read]
    web: str
    ours: str
    root: str = "data"

    @property
    def node(self) -> Bound:
        return self.own.node


class Departure(Enum):
    AGGREGATES = "WF-01"
    TRUTHS = "WF-02"
    TEXTS = "WF-03"
    MOMENTS = "WF-04"
    REGEX = "WF-05"
    NOT_ASKED = "WF-06"
    INDEX = "WF-07"
    NUMBERED = "WF-08"
    OTHER_ROOT = "WF-09"
    OWN_ROW = "WF-10"
    BASE64 = "WF-11"
    COMPUTED_CHOICE = "WF-12"
    SPACE = "WF-13"
    AREA = "WF-14"
    STOPPED = "WF-15"
    UNREAD = "WF-16"
    HIDDEN_ROWS = "WF-17"
    HALVES = "WF-18"
    PRESENT = "DEP-07"
    PHONE = "DEP-08"


_PATH = r"(?:\.{1,2}|/?[\w.-]+)(?:/[\w.-]+|/\.\.)*"
_BARE = re.compile(
    rf"(?:^|\band\s|\bor\s|\bnot\(|\bif\(|\bboolean\(|\bchecklist\((?:.*,)?)\s*(?!\d|true\(|false\(){_PATH}\s*"
    r"(?:$|\)|,|\sand\b|\sor\b)"
)
_PATH_ONLY = re.compile(rf"{_PATH}")
_OPPOSED = (("true", "0"), ("false", "1"))
_WITH_TRUTH = re.compile(r"=\s*(?:true|false)\(\)|(?:true|false)\(\)\s*!?=")
_WITH_DIGITS = re.compile(r"=\s*'[\d.]+'|'[\d.]+'\s*!?=")
_EQUALS = re.compile(r"(?<![<>])=")
_WITH_DAY = re.compile(r"[<>]=?\s*'\d{4}-|'\d{4}-[^']*'\s*[<>]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AGGREGATE = re.compile(r"\b(?:sum|min|max)\(")
_FIRST_STEP = re.compile(r"(?<![\w.)\]/*'-])/([\w.-]+)")
_NUMBER_IN_BRACKETS = re.compile(r"\[\s*(?:\d+|number\()")

NUMBERS = frozenset({"int", "integer", "long", "decimal"})

AREAS_APART = 0.005
"""The formulas differ: 0.2 % is the largest difference that was seen."""

UNREAD = re.compile(
    r"Error: Function '[\w:-]+' is not defined\.|Error: Invalid control: missing ref attribute|SyntaxError"
    r"|(?:Select|Upload)ValueTypeError|JRCompatibleGeoValueError|DOMException: .*XML declaration.*"
    r"|ErrorProductionDesignPendingError"
)
"""What Web Forms says of forms that it does not load and submissions that it does not open (WF-16)."""


def _aggregates(doubt: Doubt) -> bool:
    skipped = any(number(read.ours) is None for read in doubt.reads)
    return bool(_AGGREGATE.search(doubt.expression)) and skipped and (doubt.what != "value" or not doubt.web)


def _truths(doubt: Doubt) -> bool:
    if doubt.what == "value" and "(" not in doubt.expression and (doubt.web, doubt.ours) not in _OPPOSED:
        return False
    if _PATH_ONLY.fullmatch(doubt.expression.strip()):
        return (doubt.web, doubt.ours) in (("yes", "no"), ("required", ""), ("", "constraint"))
    stored = any(read.web in ("true", "false") and "calculate" in read.node.texts for read in doubt.reads)
    return stored or bool(_BARE.search(doubt.expression) or _WITH_TRUTH.search(doubt.expression))


def _texts(doubt: Doubt) -> bool:
    texts = {read.web for read in doubt.reads if read.web}
    numbers = {read for text in texts if (read := number(text)) is not None}
    written_twice = len(numbers) < len([text for text in texts if number(text) is not None])
    digits = _WITH_DIGITS.search(doubt.expression) and any(read.node.type in NUMBERS for read in doubt.reads)
    return bool(digits or (written_twice and _EQUALS.search(doubt.expression)))


def _moments(doubt: Doubt) -> bool:
    timed = any(read.node.type in ("dateTime", "time") for read in doubt.reads) or "now()" in doubt.expression
    text = any(_DAY.match(read.web) and read.node.type == "string" for read in doubt.reads)
    return timed or text or bool(_WITH_DAY.search(doubt.expression)) or (doubt.web, doubt.ours) == ("Invalid Date", "")


def _regex(doubt: Doubt) -> bool:
    looser = (doubt.web, doubt.ours) in (("", "constraint"), ("true", "0"), ("yes", "no"))
    return "regex(" in doubt.expression and looser


def _not_asked(doubt: Doubt) -> bool:
    return doubt.what == "verdict" and not doubt.node.control and bool(doubt.web) and not doubt.ours


def _index(doubt: Doubt) -> bool:
    return "indexed-repeat(" in doubt.expression and not doubt.web


def _numbered(doubt: Doubt) -> bool:
    return bool(_NUMBER_IN_BRACKETS.search(doubt.expression))


def _other_root(doubt: Doubt) -> bool:
    return any(step != doubt.root for step in _FIRST_STEP.findall(doubt.expression))


def _own_row(doubt: Doubt) -> bool:
    """Whether it names, by an absolute path, a group around the own node and something in it, or that group itself."""
    around = [f"/{doubt.root}/{read.node.path.rpartition('/')[0]}" for read in doubt.reads if "/" in read.node.path]
    own = f"/{doubt.root}/{doubt.node.path}"
    return any(own.startswith(f"{group}/") and group in doubt.expression for group in around)


def _hidden_rows(doubt: Doubt) -> bool:
    hidden = any("/" in read.node.path and not read.relevant for read in doubt.reads)
    one, other = number(doubt.web), number(doubt.ours)
    more = doubt.what != "value" or (one is not None and other is not None and one > other)
    return hidden and more and "count(" in doubt.expression


def _base64(doubt: Doubt) -> bool:
    return "base64-decode(" in doubt.expression and any(not _is_base64(read.ours) for read in doubt.reads)


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True).decode().isprintable()
    except ValueError:
        return False


def _computed_choice(doubt: Doubt) -> bool:
    choice = doubt.node.control in ("select", "select1", "rank") and "calculate" in doubt.node.texts
    return choice and doubt.web in ("", "required")


def _space(doubt: Doubt) -> bool:
    reads = [*doubt.reads, doubt.own] if doubt.what == "verdict" else doubt.reads
    return any(read.web != read.ours and read.web.strip() == read.ours for read in reads)


def _area(doubt: Doubt) -> bool:
    one, other = number(doubt.web), number(doubt.ours)
    near = one is not None and other is not None and math.isclose(one, other, rel_tol=AREAS_APART)
    return near and bool(re.search(r"\b(?:area|distance)\(", doubt.expression))


def _halves(doubt: Doubt) -> bool:
    one, other = number(doubt.web), number(doubt.ours)
    if "round(" not in doubt.expression or one is None or other is None or not one < other <= 0:
        return False
    return math.isclose(math.log10(other - one) % 1, 0, abs_tol=1e-9)


def _present(doubt: Doubt) -> bool:
    return bool(re.search(r"\b(?:today|now)\(", doubt.expression)) and not doubt.ours


def _phone(doubt: Doubt) -> bool:
    return bool(re.search(r"\bjr:(?:itext|choice-name)\(", doubt.expression)) and not doubt.ours


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


CONDITIONS: dict[Departure, Callable[[Doubt], bool]] = {
    Departure.AGGREGATES: _aggregates,
    Departure.TRUTHS: _truths,
    Departure.TEXTS: _texts,
    Departure.MOMENTS: _moments,
    Departure.REGEX: _regex,
    Departure.NOT_ASKED: _not_asked,
    Departure.INDEX: _index,
    Departure.NUMBERED: _numbered,
    Departure.OTHER_ROOT: _other_root,
    Departure.OWN_ROW: _own_row,
    Departure.HIDDEN_ROWS: _hidden_rows,
    Departure.BASE64: _base64,
    Departure.COMPUTED_CHOICE: _computed_choice,
    Departure.SPACE: _space,
    Departure.AREA: _area,
    Departure.HALVES: _halves,
    Departure.PRESENT: _present,
    Departure.PHONE: _phone,
}


def explain(doubts: Sequence[Doubt]) -> Departure | None:
    """The first class that one of the expressions behind a difference belongs to."""
    return next((each for each, is_it in CONDITIONS.items() for doubt in doubts if is_it(doubt)), None)
