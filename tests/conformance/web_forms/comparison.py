"""Where Rihla and ODK Web Forms differ on one submission, and which differences a class WF-xx explains.

A difference is explained by a class of its own expression, or because that expression reads a node that differs and
is explained already: what follows from a difference is no new one.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.validate import reasons as codes
from tests.conformance.told import Place, Told
from tests.conformance.web_forms.departures import Departure, Doubt, Read, explain
from tests.conformance.web_forms.oracle import Leaf, Leaves
from tests.conformance.web_forms.rules import Bound, Rules

VERDICTS = {codes.REQUIRED.code: "required", codes.CONSTRAINT.code: "constraint"}
"""Also "required" and "constraint" themselves, as JavaRosa tells them."""

OWN = re.compile(r"(?<![\w./'\"-])\.(?![\w./])")
"""The path that is the node itself."""

CHANCE = re.compile(r"\b(?:random|uuid|randomize)\(")


@dataclass(frozen=True)
class Difference:
    """`what` is "relevance", "verdict" or "value". `departure` is None for a defect."""

    what: str
    place: Place
    web: str
    ours: str
    departure: Departure | None = None


@dataclass
class Compared:
    """`items` are the relevances, verdicts and computed values that were compared."""

    items: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def defects(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.departure is None]

    @property
    def by_departure(self) -> Counter[str]:
        return Counter(one.departure.value for one in self.differences if one.departure is not None)


def compare(rules: Rules, web: Leaves, told: Told) -> Compared:
    """`told` is what Rihla says of the same submission; it has not refused it as a whole. Where an expression stops, as
    it does in JavaRosa, nothing else is compared."""
    trial = _Trial(rules, web, told)
    stopped = next((place for place in told.reasons if trial.said(place) == codes.NOT_EVALUABLE.code), None)
    if stopped is not None:
        return Compared(1, [Difference("verdict", stopped, "", trial.said(stopped), Departure.STOPPED)])
    found = [each for place in web if place[0] in rules.nodes for each in trial.at(place)]
    found += [Difference("verdict", place, "", trial.said(place)) for place in told.reasons if place not in web]
    return Compared(trial.items, trial.explained(found))


class _Trial:
    def __init__(self, rules: Rules, web: Leaves, told: Told) -> None:
        self.items = 0
        self._rules = rules
        self._web = web
        self._reasons = told.reasons
        self._computed = {place for place, node in told.nodes.items() if node.computed}
        self._ours = {
            place: Leaf(node.relevant, (node.text or "") if node.relevant else "", self.said(place))
            for place, node in told.nodes.items()
        }

    def said(self, place: Place) -> str:
        """Our reason against a node, "" for none."""
        return next((VERDICTS.get(reason, reason) for reason in sorted(self._reasons.get(place, ()))), "")

    def at(self, place: Place) -> list[Difference]:
        """At most one: of two that differ in relevance, nothing else can be compared."""
        web, ours = self._web[place], self._ours.get(place, _NOT_THERE)
        node = self._rules.nodes[place[0]]
        self.items += 1
        if web.relevant != ours.relevant:
            return [Difference("relevance", place, _yes(web.relevant), _yes(ours.relevant))]
        if not web.relevant:
            return []
        self.items += 1
        found = []
        if web.violation != ours.violation:
            found.append(Difference("verdict", place, web.violation, ours.violation))
        calculate = node.texts.get("calculate", "")
        if calculate and place in self._computed and not CHANCE.search(calculate):
            self.items += 1
            if not same(web.value, ours.value):
                found.append(Difference("value", place, web.value, ours.value))
        return found

    def explained(self, found: list[Difference]) -> list[Difference]:
        doubts = {one: self._doubts(one) for one in found}
        known = {one: departure for one in found if (departure := explain(doubts[one])) is not None}
        while True:
            by_path: dict[str, Departure] = {one.place[0]: departure for one, departure in known.items()}
            more = {
                one: by_path[read.node.path]
                for one in found
                if one not in known
                for doubt in doubts[one]
                for read in doubt.reads
                if read.node.path in by_path
            }
            if not more:
                break
            known |= more
        return [Difference(one.what, one.place, one.web, one.ours, known.get(one)) for one in found]

    def _doubts(self, one: Difference) -> list[Doubt]:
        own = self._read(one.place)
        decided = {one.web, one.ours} - {""} if one.what == "verdict" else {one.what}
        texts = [text for what in sorted(decided) for text in self._rules.deciding(one.place[0], what)]
        return [
            Doubt(one.what, own, text, self._reads(text, own), one.web, one.ours, self._rules.root)
            for text in texts or [""]
        ]

    def _reads(self, text: str, own: Read) -> list[Read]:
        """The leaves that it may read; one without a text for a path that is not there."""
        paths = {path for path in self._rules.read_by(text) if path in self._rules.leaves}
        reads = [self._read(place) for place in self._web if place[0] in paths]
        gone = paths - {read.node.path for read in reads}
        if OWN.search(text):
            reads.append(own)
        return [*reads, *(Read(self._rules.nodes.get(path, _NO_NODE), "", "", False) for path in gone)]

    def _read(self, place: Place) -> Read:
        node = self._rules.nodes.get(place[0], _NO_NODE)
        web, ours = self._web.get(place, _NOT_THERE), self._ours.get(place, _NOT_THERE)
        return Read(node, web.value, ours.value, web.relevant)


_NO_NODE = Bound("", "", "", {})
_NOT_THERE = Leaf(relevant=False, value="", violation="")


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


_TRUTHS = {"true": "1", "false": "0", "NaN": ""}
_WHOLE = re.compile(r"(?<=\d)\.0+(?![\d])")


def same(one: str, other: str) -> bool:
    """Whether two texts are the same result: engines write numbers, truths, days and moments differently."""
    one, other = (_TRUTHS.get(text, text) for text in (one, other))
    if one == other or _WHOLE.sub("", one) == _WHOLE.sub("", other):
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9)
    except ValueError:
        pass
    try:
        return _moment(one) == _moment(other)
    except ValueError:
        return False


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
