"""Which departure explains a difference on one submission."""

import re
from functools import cached_property

from services.validate import reasons as codes
from services.validate.counts import MAX_MADE
from services.validate.numbers import MAX_NUMBER_LENGTH
from tests.conformance.departures import Departure
from tests.conformance.facts import Facts
from tests.conformance.sent import Sent
from tests.conformance.told import Place, Told

STRUCTURE = frozenset({codes.UNKNOWN_NODE.code, codes.DOUBLED_NODE.code, codes.WRONG_SHAPE.code})
LOST = frozenset({codes.WRONG_TYPE.code, codes.NOT_IN_LIST.code})

_ODD_ZONE = re.compile(r"[+-]\d{3,}$")
_ZONE = re.compile(r":.*?(?:Z|([+-])(\d\d):(\d\d))$")
_SEASONS_APART = 60
"""Minutes."""
_FAR_YEAR = re.compile(r"[+-]?\d{5,}-|0000")


class Explanation:
    """`proven` are Rihla's reasons that JavaRosa has not by their nature, each with its departure, None without proof;
    `lost` the places of those of them that are about an answer. There, nothing more is compared."""

    def __init__(self, sent: Sent, javarosa: Told, rihla: Told, facts: Facts) -> None:
        self._sent = sent
        self._javarosa = javarosa
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
            return Departure.UNKNOWN_NODE if place in self._sent.unknown or self._sent.unknown else None
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
            return Departure.NOT_IN_LIST if len(kept.split(" ")) < len(sent.split(" ")) or not kept else None
        if _is_beyond(sent):
            return Departure.LIMITS
        return Departure.UNREADABLE if not kept else None

    def _late_proof(self, place: Place) -> Departure | None:
        """JavaRosa took another choice away first, and so asked for this one with another list, or not at all."""
        if place[0] in self._after_filters:
            return Departure.STALE
        return Departure.LONG if place[0] in self._facts.longs else None

    def of_consequence(self, place: Place) -> Departure | None:
        """Of what follows, at this place, from something that is itself a departure."""
        facts, path = self._facts, place[0]
        if path in self._odd_zones:
            return Departure.ZONE
        if path in self._other_seasons:
            return Departure.SEASON
        if path in self._after_filters:
            return Departure.STALE
        if path in self._beyond_limits:
            return Departure.LIMITS
        if path in facts.longs:
            return Departure.LONG
        if path in facts.unsupported:
            return Departure.NOT_EVALUATED
        if path in facts.phone:
            return Departure.PHONE
        if path in facts.present and not any(self._sent.texts.get((each, ())) for each in facts.made_at):
            return Departure.PRESENT
        if path in facts.maximum:
            return Departure.MAXIMUM
        if self._made > MAX_MADE:
            return Departure.LIMITS
        return None

    @cached_property
    def _odd_zones(self) -> frozenset[str]:
        texts = self._sent.texts.items()
        odd = {path for (path, _), text in texts if path in self._facts.timed and _ODD_ZONE.search(text)}
        return self._facts.dependents(odd)

    @cached_property
    def _other_seasons(self) -> frozenset[str]:
        """What reads a time with another distance from UTC than that of the submission's end, of an hour at most."""
        sent, facts = self._sent.texts, self._facts
        ends = [sent.get((path, ()), "") for path in sorted(facts.made_at)]
        ahead = [(path, _minutes(text)) for (path, _), text in sent.items() if path in facts.timed]
        said = [*map(_minutes, ends), *(minutes for _, minutes in ahead)]
        zone = next((minutes for minutes in said if minutes is not None), 0)
        return facts.dependents(
            {path for path, minutes in ahead if minutes is not None and 0 < abs(minutes - zone) <= _SEASONS_APART}
        )

    @cached_property
    def _beyond_limits(self) -> frozenset[str]:
        far = {path for (path, _), text in self._sent.texts.items() if _is_beyond(text)}
        return self._facts.dependents(far & {path for path, _ in self.lost})

    @cached_property
    def _after_filters(self) -> frozenset[str]:
        """What reads a choice that its filter has taken away. Asked after `lost` is known."""
        return self._facts.dependents({path for path, _ in self.lost if path in self._facts.itemsets})

    @cached_property
    def _made(self) -> int:
        """Rows that JavaRosa has made while it validated."""
        return len({rows for _, rows in self._javarosa.final} - {rows for _, rows in self._javarosa.nodes})


def _minutes(text: str) -> int | None:
    """How far ahead of UTC a time is; None if it does not say that."""
    found = _ZONE.search(text)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    return 0 if sign is None else int(f"{sign}{int(hours) * 60 + int(minutes)}")


def _is_beyond(text: str) -> bool:
    return len(text) > MAX_NUMBER_LENGTH or _FAR_YEAR.match(text) is not None
