"""Which departure explains a difference on one submission."""

import re
from functools import cached_property

from schemas.survey.definition import FieldType
from services.validate import reasons as codes
from services.validate.counts import MAX_MADE
from services.validate.numbers import MAX_NUMBER_LENGTH
from services.validate.readers import MAX_POINT
from tests.conformance.departures import Departure
from tests.conformance.facts import Facts
from tests.conformance.sent import Sent
from tests.conformance.stored_texts import is_same
from tests.conformance.told import Node, Place, Told

STRUCTURE = frozenset({codes.UNKNOWN_NODE.code, codes.DOUBLED_NODE.code, codes.WRONG_SHAPE.code})
LOST = frozenset({codes.WRONG_TYPE.code, codes.NOT_IN_LIST.code})

_ODD_ZONE = re.compile(r"[+-]\d{3,}$")
_PLACES = (FieldType.GEOPOINT, FieldType.GEOTRACE, FieldType.GEOSHAPE)
_FAR_YEAR = re.compile(r"[+-]?\d{5,}-|0000")


class Explanation:
    """`proven` are Rihla's reasons that JavaRosa has not by their nature, each with its departure, None without proof;
    `lost` the places of those of them that are about an answer. There, nothing more is compared."""

    def __init__(self, sent: Sent, javarosa: Told, rihla: Told, facts: Facts) -> None:
        self._sent = sent
        self._javarosa = javarosa
        self._rihla = rihla
        self._facts = facts
        found = [(place, code) for place, ours in sorted(rihla.reasons.items()) for code in sorted(ours)]
        self.proven = {(place, code): self._proof(code, place) for place, code in found if code in STRUCTURE | LOST}
        self.lost = {place for (place, code), departure in self.proven.items() if departure and code in LOST}
        for (place, code), departure in self.proven.items():
            if departure is None and code in LOST:
                self.proven[place, code] = further = self._late_proof(place)
                if further is not None:
                    self.lost.add(place)

    def _proof(self, code: str, place: Place) -> Departure | None:
        """JavaRosa must have dropped something there in silence."""
        if code == codes.UNKNOWN_NODE.code:
            return Departure.UNKNOWN_NODE if place in self._sent.unknown else None
        if code == codes.DOUBLED_NODE.code:
            return Departure.DOUBLED_NODE if place in self._sent.doubled else None
        if code == codes.WRONG_SHAPE.code:
            return Departure.MIXED_CONTENT if place in self._sent.mixed else None
        sent = self._sent.texts.get(place, "")
        node = self._javarosa.final.get(place)
        if node is None or not sent:
            return None
        kept = node.text or ""
        if code == codes.NOT_IN_LIST.code:
            return Departure.NOT_IN_LIST if len(_codes(kept)) < len(_codes(sent)) else None
        if not kept:
            return Departure.UNREADABLE
        return Departure.LIMITS if _is_beyond(sent, self._facts.types.get(place[0])) else None

    def _late_proof(self, place: Place) -> Departure | None:
        """JavaRosa took another choice away first, and so asked for this one with another list, or not at all."""
        if place[0] in self._after_filters:
            return Departure.STALE
        return Departure.LONG if place[0] in self._facts.longs else None

    def of_consequence(self, place: Place, refused: bool = False) -> Departure | None:
        """Of what follows, at this place, from something that is itself a departure. `refused`: Rihla has a reason
        there that JavaRosa has not; a rule that is not enforced is no ground for that."""
        facts, path = self._facts, place[0]
        sent_otherwise = {
            Departure.ZONE: self._odd_zones,
            Departure.STALE: self._after_filters,
            Departure.LIMITS: self._beyond_limits,
            Departure.LONG: self._after_longs,
        }
        if self._is_ended:
            return Departure.LIMITS
        for departure, reached in sent_otherwise.items():
            if path in reached:
                return departure
        for departure, rules in {Departure.NOT_EVALUATED: facts.unsupported, Departure.PHONE: facts.phone}.items():
            reached = facts.dependents(rules, self._differing)
            if path in reached and (not refused or facts.follows(path, reached, self._differing)):
                return departure
        if refused:
            return None
        if path in facts.present and not any(self._sent.texts.get((each, ())) for each in facts.made_at):
            return Departure.PRESENT
        if path in facts.maximum:
            return Departure.MAXIMUM
        return Departure.LIMITS if path in self._after_many_made else None

    @cached_property
    def _is_ended(self) -> bool:
        """Whether Rihla has stopped at a result, seen in JavaRosa, that is a day of no year that Rihla knows."""
        ours, theirs = self._rihla.reasons.items(), self._javarosa.final
        stops = [theirs.get(place) for place, found in ours if codes.NOT_EVALUABLE.code in found]
        return any(node is not None and _FAR_YEAR.match(node.text or "") for node in stops)

    def _after(self, answers: set[str]) -> frozenset[str]:
        """These, and what differs or is judged otherwise because of them."""
        return self._facts.dependents(answers, self._differing | answers)

    @cached_property
    def _differing(self) -> set[str]:
        """Nodes that are relevant to one engine only, or hold another result, in any row."""
        found = set()
        for place, ours in self._rihla.nodes.items():
            final = self._javarosa.final.get(place)
            states = (final, self._javarosa.nodes.get(place, final))
            if any(each is None or self._is_other(place, ours, each) for each in states):
                found.add(place[0])
        return found

    def _is_other(self, place: Place, ours: Node, theirs: Node) -> bool:
        if ours.relevant != theirs.relevant:
            return True
        is_result = ours.computed or place[0] in self._facts.computed
        return is_result and not is_same(theirs.text or "", ours.text or "")

    @cached_property
    def _odd_zones(self) -> frozenset[str]:
        texts = self._sent.texts.items()
        return self._after({path for (path, _), text in texts if path in self._facts.timed and _ODD_ZONE.search(text)})

    @cached_property
    def _beyond_limits(self) -> frozenset[str]:
        far = {path for (path, _), text in self._sent.texts.items() if _is_beyond(text, self._facts.types.get(path))}
        return self._after(far & {path for path, _ in self.lost})

    @cached_property
    def _after_filters(self) -> frozenset[str]:
        """What reads a choice that its filter has taken away. Asked after `lost` is known."""
        return self._after({path for path, _ in self.lost if path in self._facts.itemsets})

    @cached_property
    def _after_longs(self) -> frozenset[str]:
        return self._after({path for path, _ in self._sent.texts if path in self._facts.longs})

    @cached_property
    def _after_many_made(self) -> frozenset[str]:
        """What stands in or reads a repeat of which JavaRosa has made more rows than Rihla does."""
        final, before = self._javarosa.final, self._javarosa.nodes
        made = [path for path, rows in final.keys() - before.keys() if path not in self._facts.types and rows]
        return self._after(set(made) if len(made) > MAX_MADE else set())


def _codes(text: str) -> list[str]:
    return [code for code in text.split(" ") if code]


def _is_beyond(text: str, kind: FieldType | None) -> bool:
    if kind in _PLACES:
        return len(text) > MAX_POINT
    return len(text) > MAX_NUMBER_LENGTH or _FAR_YEAR.match(text) is not None
