"""Where Rihla and JavaRosa differ on one submission, and which differences a departure explains.

An explanation is never taken from Rihla's word alone: a value that Rihla calls unreadable must be gone from JavaRosa's
state, an element that it does not know must be missing from the form.
"""

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from services.validate import reasons as codes
from tests.conformance.departures import MAY_REFUSE, Departure
from tests.conformance.explanation import LOST, STRUCTURE, Explanation
from tests.conformance.facts import Facts
from tests.conformance.sent import Sent, read_sent
from tests.conformance.sketch import Node as Sketched
from tests.conformance.sketch import Sketch
from tests.conformance.stored_texts import is_same
from tests.conformance.told import FAULT, Place, Told

SAME = {"required": codes.REQUIRED.code, "constraint": codes.CONSTRAINT.code}

CANNOT_REOPEN = "sanity check failed"
"""What JavaRosa says of every submission of a form that declares an element twice."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is "verdict", "reasons", "relevance" or "value". `departure` is None for a defect."""

    what: str
    place: Place
    javarosa: str
    rihla: str
    departure: Departure | None = None


@dataclass
class Compared:
    """`items` are what was compared: the verdict, and each field's reasons, relevance and computed value. `accepted` is
    Rihla's verdict."""

    items: int = 0
    accepted: bool = False
    differences: list[Difference] = field(default_factory=list)
    false_rejection: bool = False

    @property
    def defects(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.departure is None]

    def explained_by(self, departure: Departure) -> "Compared":
        """The same, with one more difference, which this departure explains."""
        difference = Difference("verdict", ("", ()), "", "", departure)
        return Compared(self.items, self.accepted, [*self.differences, difference], self.false_rejection)

    @property
    def by_departure(self) -> Counter[str]:
        return Counter(one.departure.value for one in self.differences if one.departure is not None)


class Comparison:
    """Of one form."""

    def __init__(self, form: Sketch, facts: Facts) -> None:
        self._root: Sketched = form.root
        self._facts = facts

    def __call__(self, xml: str, javarosa: Told, rihla: Told, by_phone: bool = False) -> Compared:
        """`by_phone`: JavaRosa has written this XML itself, after it was accepted."""
        compared = Compared(1, rihla.accepted)
        try:
            sent = read_sent(xml, self._root)
        except etree.XMLSyntaxError:
            sent = Sent()
        if javarosa.refused or rihla.refused:
            if javarosa.accepted or rihla.accepted or (rihla.refused or "").startswith(FAULT):
                self._whole(compared, javarosa, rihla)
            compared.false_rejection = javarosa.accepted
            return compared
        trial = _Trial(compared, sent, javarosa, rihla, self._facts)
        trial.reasons()
        trial.relevance()
        trial.values()
        compared.false_rejection = javarosa.accepted and (
            not trial.refusals <= MAY_REFUSE or (by_phone and not rihla.accepted)
        )
        return compared

    def _whole(self, compared: Compared, javarosa: Told, rihla: Told) -> None:
        said = javarosa.refused or ("accepted" if javarosa.accepted else "reasons")
        ours = rihla.refused or ("accepted" if rihla.accepted else "reasons")
        departure = Departure.REOPENING if CANNOT_REOPEN in said else None
        compared.differences.append(Difference("verdict", ("", ()), said, ours, departure))


class _Trial:
    """One submission that both engines could open. `refusals` are what explains the reasons that JavaRosa has
    not, None for nothing."""

    def __init__(self, compared: Compared, sent: Sent, javarosa: Told, rihla: Told, facts: Facts) -> None:
        self.compared = compared
        self.javarosa = javarosa
        self.rihla = rihla
        self.facts = facts
        self.explanation = Explanation(sent, javarosa, rihla, facts)
        self.refusals: set[Departure | None] = set()

    def reasons(self) -> None:
        self.compared.items += len(self.javarosa.final)
        for (place, code), departure in self.explanation.proven.items():
            self.refusals.add(departure)
            self._add("reasons", place, "", code, departure)
        for place in sorted({*self.rihla.reasons, *self.javarosa.reasons} - self.explanation.lost):
            said = {SAME[code] for code in self.javarosa.reasons.get(place, ())}
            rest = self.rihla.reasons.get(place, set()) - STRUCTURE - LOST
            if said != rest:
                departure = self.explanation.of_consequence(place, refused=bool(rest - said))
                if rest - said:
                    self.refusals.add(departure)
                self._add("reasons", place, " ".join(sorted(said)), " ".join(sorted(rest)), departure)

    def relevance(self) -> None:
        for place, node in self.javarosa.final.items():
            ours = self.rihla.nodes.get(place)
            if ours is None and (place not in self.javarosa.nodes or place[0] not in self.facts.nodes):
                continue  # in a row that was not sent, but made by validation; or a group that no rule speaks of
            self.compared.items += 1
            relevant = ours is not None and ours.relevant
            before = self.javarosa.nodes.get(place, node)
            if relevant not in (node.relevant, before.relevant):
                self._add("relevance", place, str(node.relevant), str(relevant), self.explanation.of_consequence(place))

    def values(self) -> None:
        for place, ours in self.rihla.nodes.items():
            if not ours.computed:
                continue
            node = self.javarosa.final.get(place)
            self.compared.items += 1
            if node is None:
                self._add("value", place, "no node", ours.text or "", self.explanation.of_consequence(place))
                continue
            before = self.javarosa.nodes.get(place, node)
            clock = place[0] in self.facts.present
            if not any(is_same(each.text or "", ours.text or "", clock) for each in (node, before)):
                self._add("value", place, node.text or "", ours.text or "", self.explanation.of_consequence(place))

    def _add(self, what: str, place: Place, said: str, ours: str, departure: Departure | None) -> None:
        self.compared.differences.append(Difference(what, place, said, ours, departure))
