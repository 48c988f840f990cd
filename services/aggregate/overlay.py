"""A batch being decided: the stored slots below, what the batch does to them above, and what that adds up to."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from schemas.outcome_class import OutcomeClass
from schemas.tables.contribution import Contribution
from services.aggregate.erasing import Erasure, Source, Taken
from services.aggregate.slots import PASSED_OVER, Arrival, Quarantined, RejectionEntry, Slot, State

WALK_LIMIT = 64
"""Rejected edits of rejected edits that are passed over in a row. Phones make two or three; a longer chain is made on
purpose, and every step of it costs a read. Beyond it the edit is rejected as a circle."""


LINKS = 64
"""Of one slot. Phones that edit the same interview side by side make two or three."""


class Reader(Protocol):
    """The stored state, as of the transaction's start."""

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        """Those slots that exist."""
        ...

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]:
        """Quarantined records of these instances, and those that wanted to replace them."""
        ...

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        """Quarantined records by source partition and offset."""
        ...

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        """The erasures of respondents that one of these pseudonyms names."""
        ...


@dataclass
class Decision:
    """What a batch changes. Shards are source partitions.

    `moves`: partition whose record caused the move -> partition whose record moved -> class -> difference.
    `outcomes`: how many records arrived by class and code, for the metrics. `erased` are shards in which a withdrawn
    person's contribution had been, by survey: nothing of it may be left there, not even as a sum to be cancelled.
    `unrejected` are rejected records for which another one stands now, by partition and offset. `erasures` were asked
    for in this batch; `taken` is what was taken back for an erasure, by its source. `uncounted` are the slots of what
    is taken back, as they were.
    """

    created: dict[str, Slot] = field(default_factory=dict)
    changed: dict[str, Slot] = field(default_factory=dict)
    added: list[tuple[str, int, Contribution]] = field(default_factory=list)
    uncounted: list[Slot] = field(default_factory=list)
    moves: dict[int, dict[int, Counter[OutcomeClass]]] = field(default_factory=dict)
    outcomes: Counter[tuple[OutcomeClass, str]] = field(default_factory=Counter)
    rejections: list[RejectionEntry] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    purged: set[tuple[int, int]] = field(default_factory=set)
    erased: set[tuple[str, int]] = field(default_factory=set)
    unrejected: set[tuple[int, int]] = field(default_factory=set)
    erasures: list[Erasure] = field(default_factory=list)
    taken: dict[Source, Taken] = field(default_factory=dict)


class Overlay:
    """Slots as they are after what was decided so far. `now` is the record that is being judged."""

    def __init__(self, reader: Reader, taken_for_new: Iterable[str] = ()) -> None:
        self._reader = reader
        self._stored: dict[str, Slot | None] = dict.fromkeys(taken_for_new)
        self._slots: dict[str, Slot] = {}
        self._erasures: dict[str, list[Erasure]] = {}
        self._quarantined: dict[str, list[Quarantined]] = {}
        self._moves: dict[int, dict[int, Counter[OutcomeClass]]] = defaultdict(lambda: defaultdict(Counter))
        self.decision = Decision()
        self.settled: set[Source] = set()
        """Records that were rejected or held, and have got another class in this batch."""
        self.now: Arrival

    def prefetch(self, instances: Iterable[str]) -> None:
        instances = set(instances) - self._stored.keys()
        found = self._reader.slots(instances)
        self._stored.update({instance: found.get(instance) for instance in instances})

    def finish(self) -> Decision:
        decision = self.decision
        for instance, slot in self._slots.items():
            (decision.created if self._stored.get(instance) is None else decision.changed)[instance] = slot
        decision.moves = {
            cause: {affected: classes for affected, classes in by_affected.items() if any(classes.values())}
            for cause, by_affected in self._moves.items()
        }
        return decision

    def get(self, instance: str) -> Slot | None:
        if instance in self._slots:
            return self._slots[instance]
        if instance not in self._stored:
            self.prefetch([instance])
        return self._stored[instance]

    def put(self, slot: Slot) -> None:
        self._slots[slot.instance] = slot

    def touch(self, instance: str, survey: str) -> None:
        """Writes a slot without changing it, so that a transaction beside this one about it conflicts."""
        self.put(self.get(instance) or Slot(instance, survey, State.AWAITED))

    def link(self, one: str, other: str, survey: str) -> None:
        """Both are versions of one interview, though neither replaces the other."""
        for name, linked in ((one, other), (other, one)):
            slot = self.get(name) or Slot(name, survey, State.AWAITED)
            if linked not in slot.linked and len(slot.linked) < LINKS:
                slot = replace(slot, linked=(*slot.linked, linked))
            self.put(slot)

    def prefetch_quarantine(self, instances: Iterable[str]) -> None:
        names = sorted(set(instances) - self._quarantined.keys())
        found = list(self._reader.quarantined(names)) if names else []
        for name in names:
            self._quarantined[name] = [entry for entry in found if name in (entry.instance, entry.replaces)]

    def stored_quarantine(self, instance: str) -> list[Quarantined]:
        self.prefetch_quarantine([instance])
        purged = self.decision.purged
        found = self._quarantined[instance]
        return [entry for entry in found if (entry.partition, entry.offset) not in purged]

    def stored_at(self, source: tuple[int, int]) -> list[Quarantined]:
        return list(self._reader.quarantined_at([source]))

    def prefetch_erasures(self, survey: str, pseudonyms: Collection[str]) -> None:
        """All that `erasures` will be asked for."""
        self._erasures[survey] = list(self._reader.erasures(survey, pseudonyms))

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> list[Erasure]:
        """Also those of this batch."""
        fresh = [one for one in self.decision.erasures if one.survey == survey and one.names(pseudonyms)]
        return [*self._erasures.get(survey, ()), *fresh]

    def note_taken(self, erasure: Source, taken: Taken) -> None:
        self.decision.taken[erasure] = self.decision.taken.get(erasure, Taken()) + taken

    def take_back(self, slot: Slot) -> None:
        """Takes back what a slot contributes, if it does."""
        if slot.state is State.COUNTED:
            assert slot.applied is not None
            self.decision.uncounted.append(slot)

    def class_now(self, outcome: OutcomeClass, code: str = "") -> None:
        """The class of the record that is being judged."""
        self._moves[self.now.partition][self.now.partition][outcome] += 1
        self.decision.outcomes[outcome, code] += 1

    def move(self, affected: int, before: OutcomeClass, after: OutcomeClass) -> None:
        """An earlier record, whose source partition is `affected`, changes its class."""
        classes = self._moves[self.now.partition][affected]
        classes[before] -= 1
        classes[after] += 1

    # -- walks along lineages ----------------------------------------------------------------------------------

    def resolve(self, named: str, edit: str) -> tuple[list[str], str | None]:
        """The instance that an edit of `named` reaches, and those that were passed over on the way; None if the way
        leads back to the edit."""
        passed: list[str] = []
        while True:
            if named == edit or named in passed:
                return passed, None
            slot = self.get(named)
            if slot is None or slot.state not in PASSED_OVER or slot.replaces is None or len(passed) > WALK_LIMIT:
                return passed, named
            passed.append(named)
            named = slot.replaces

    def edits_after(self, instance: str) -> set[str]:
        """The chain of accepted edits of an instance."""
        found: set[str] = set()
        slot = self.get(instance)
        while slot is not None and slot.replaced_by is not None and slot.replaced_by not in found:
            found.add(slot.replaced_by)
            slot = self.get(slot.replaced_by)
        return found
