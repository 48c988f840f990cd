"""ERA: whatever order records and erasures arrive in, the cells are those of a run that never had the erased ones.

ERA1 an instance: the lineage goes as a whole, versions rejected or held included. ERA2 a respondent: what was accepted
before goes, also if it is applied later, by another worker, or replayed from the quarantine; what comes after counts.
ERA3 nothing is left of either but markers. ERA4 the classes add up at every moment.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.erasure import ErasureKind
from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import summed
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import merge
from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure
from services.aggregate.finder import Finder
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.slots import Arrival, Kind, Slot, State
from services.aggregate.watermark import Watermark
from services.release.moved import Mark, Moved, moved

SURVEY = "trial"
PARTITIONS = 3
Marks = Mapping[int, Watermark]


@dataclass(frozen=True)
class Sent:
    """A record. `again`: it is what the quarantine held of the same instance, which now is accepted."""

    kind: Kind
    instance: str
    replaces: str | None = None
    again: bool = False

    @property
    def person(self) -> str:
        """Whose interview it is: all of a lineage are the same person's."""
        return "p1:" + self.instance[0]


@dataclass(frozen=True)
class Asked:
    """An erasure of a person, or where there is an `instance` of that."""

    person: str = ""
    instance: str = ""


Event = Sent | Asked


def partition_of(event: Event) -> int:
    name = event.replaces or event.instance if isinstance(event, Sent) else event.instance or event.person
    return sum(map(ord, name)) % PARTITIONS


class Logs:
    """The partitions of `submissions`: what was accepted, in order. Of an erasure with the ends at that moment."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.records: list[list[Arrival]] = [[] for _ in range(PARTITIONS)]
        self.waiting: dict[str, tuple[int, int]] = {}
        for event in events:
            self._accept(event)

    def _accept(self, event: Event) -> None:
        partition = partition_of(event)
        source = partition, len(self.records[partition])
        if isinstance(event, Sent):
            self.records[partition].append(self._arrival(event, source))
            if event.kind in (Kind.HELD, Kind.REJECTION):
                self.waiting.setdefault(event.instance, source)
        elif event.instance:
            self.records[partition].append(
                Arrival(Kind.WITHDRAWAL, *source, at_ms=0, survey=SURVEY, instance=event.instance)
            )
        else:
            before = {partition: len(records) for partition, records in enumerate(self.records)}
            erasure = Erasure(source, SURVEY, ErasureKind.RESPONDENT, 0, frozenset({event.person}), before)
            self.records[partition].append(Arrival(Kind.ERASURE, *source, at_ms=0, survey=SURVEY, erasure=erasure))

    def _arrival(self, event: Sent, source: tuple[int, int]) -> Arrival:
        accepted = event.kind is Kind.RESPONSE
        sealed = event.kind in (Kind.REJECTION, Kind.HELD)
        contribution = Contribution(
            (("all", "_T", (1, 3)), ("one", event.instance, (1, 10))),
            f"s|{event.instance}",
            {"all": (0,), "one": (0, 1)},
        )
        return Arrival(
            event.kind,
            *source,
            at_ms=0,
            survey=SURVEY,
            version="1",
            instance=event.instance,
            replaces=event.replaces,
            fingerprint=event.instance if accepted else "",
            contribution=contribution if accepted else None,
            record=b"{}" if accepted else None,
            reasons=(Reason(code="VAL-001"),) if event.kind is Kind.REJECTION else (),
            sealed="c2VhbGVk" if sealed else None,
            key_id="k" if sealed else None,
            subjects=(event.person,) if event.kind in (Kind.RESPONSE, Kind.REJECTION) else (),
            replay_of=self.waiting.get(event.instance) if event.again else None,
        )


class World:
    """Workers apply the logs, some records of a partition at a time."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.database = MemoryDatabase([Watermark(partition, "r", "s", 0, 0) for partition in range(PARTITIONS)])
        self.store = MemoryStore(self.database)
        self._writer = BatchWriter(self.store)
        self.marks = self.store.acquire(range(PARTITIONS))
        self.finder = Finder(self.store, self, clock=lambda: 1.0)
        self.applied: list[Arrival] = []

    async def between_batches(self, work: Callable[[Marks], Marks]) -> None:
        self.marks.update(work(self.marks))

    def read(self, partition: int, number: int) -> None:
        mark = self.marks[partition]
        arrivals = self.logs.records[partition][mark.submissions_next :][:number]
        # Whatever is replayed was in the quarantine before: never in one batch with what it repeats.
        replays = [place for place, arrival in enumerate(arrivals) if place and arrival.replay_of is not None]
        arrivals = arrivals[: replays[0]] if replays else arrivals
        self.applied += arrivals
        if arrivals:
            next_ = mark.submissions_next + len(arrivals)
            after = replace(mark, responses_next=next_, submissions_next=next_)
            self.marks.update(self._writer.apply(self.marks, {partition: after}, arrivals).watermarks)

    def follow(self, arrivals: Iterable[Arrival]) -> None:
        """What another world applied, in its order: of edits that compete the first one stands."""
        places: dict[tuple[int, int], tuple[int, int]] = {}
        for each in arrivals:
            offset = self.marks[each.partition].submissions_next
            places[each.source] = each.partition, offset
            again = None if each.replay_of is None else places[each.replay_of]
            self.logs.records[each.partition].append(replace(each, offset=offset, replay_of=again))
            self.read(each.partition, 1)

    def look(self) -> None:
        asyncio.run(self.finder.look())

    def end(self) -> None:
        for partition in range(PARTITIONS):
            while self.marks[partition].submissions_next < len(self.logs.records[partition]):
                self.read(partition, len(self.logs.records[partition]))
        self.look()

    @property
    def slots(self) -> dict[str, Slot]:
        return {key: slot for (name, key), slot in self.database.documents.items() if name == "slots"}

    def cells(self) -> dict[tuple[str, str], list[int]]:
        pages = self.store.live_pages(SURVEY)
        found = {(table, cell): sums for table in ("all", "one") for cell, sums in summed(pages, table).items()}
        return {place: sums for place, sums in found.items() if any(sums)}

    def psu(self) -> object:
        return merge(self.store.live_runs(SURVEY))

    def check_classes(self) -> None:
        classes: Counter[OutcomeClass] = Counter()
        for mark in self.store.watermarks():
            for numbers in mark.classes.values():
                classes.update(numbers)
        assert sum(classes.values()) == sum(mark.accounted for mark in self.marks.values())
        assert min(classes.values(), default=0) >= 0
        assert classes[OutcomeClass.COUNTED] == sum(slot.state is State.COUNTED for slot in self.slots.values())
        quarantined = Counter(
            entry.kind for (name, _), entry in self.database.documents.items() if name == "quarantine"
        )
        assert classes[OutcomeClass.HELD] == quarantined[Kind.HELD]

    def check_markers(self, erased: set[str]) -> None:
        """`erased`: instances of which nothing may be left."""
        for name, slot in self.slots.items():
            if name in erased and slot.state is not State.AWAITED:
                # An edit that was rejected because another one stands has left nothing but its id.
                assert slot.state in (State.WITHDRAWN, State.REJECTED)
                assert (slot.applied, slot.response, slot.fingerprint, slot.subjects) == (None, None, "", ())
                assert (slot.partition, slot.offset) != (-1, -1)
        for (collection, _), entry in self.database.documents.items():
            assert collection != "quarantine" or entry.instance not in erased
            assert collection != "psu" or not any(f"|{name}" in entry.sums for name in erased)


def compare(events: Sequence[Event], erased: set[str], schedule: Sequence[tuple[int, int, bool]]) -> World:
    """Runs `events`, and those of them that are left without the instances `erased`, which must come out the same."""
    world = World(Logs(events))
    for partition, number, look in schedule:
        world.read(partition, number)
        world.check_classes()
        if look:
            world.look()
            world.check_classes()
    world.end()
    world.check_classes()
    world.finder.close()
    never = World(Logs([]))
    never.follow(a for a in world.applied if a.kind in RECORDS and a.instance not in erased)
    never.finder.close()
    assert world.cells() == never.cells()
    assert world.psu() == never.psu()
    world.check_markers(erased)
    assert world.store.erasure_log.waiting() == []
    return world


schedules = st.lists(st.tuples(st.integers(0, PARTITIONS - 1), st.integers(1, 4), st.booleans()), max_size=8)
RECORDS = frozenset({Kind.RESPONSE, Kind.REFUSAL, Kind.REJECTION, Kind.HELD})
KINDS = st.sampled_from([Kind.RESPONSE, Kind.RESPONSE, Kind.REJECTION, Kind.HELD, Kind.REFUSAL])


@st.composite
def tangled(draw: st.DrawFn) -> tuple[list[Event], set[str]]:
    """Interviews whose versions name each other in any way, circles and competing edits included; some are withdrawn.
    An instance names the same whenever it is sent."""
    events: list[Event] = []
    links: list[tuple[str, str]] = []
    for letter in "abc"[: draw(st.integers(1, 3))]:
        names = [f"{letter}{number}" for number in range(draw(st.integers(1, 4)))]
        for name in names:
            replaces = draw(st.none() | st.sampled_from(names))
            if replaces is not None:
                links.append((name, replaces))
            kinds = draw(st.lists(KINDS, max_size=2))
            events += [Sent(kind, name, replaces) for kind in kinds]
        events += [Asked(instance=name) for name in draw(st.lists(st.sampled_from(names), max_size=1))]
    sent = {event.instance for event in events if isinstance(event, Sent)}
    erased = {event.instance for event in events if isinstance(event, Asked)}
    joined = [link for link in links if link[0] in sent]
    while more := {name for link in joined if erased & set(link) for name in link} - erased:
        erased |= more
    return draw(st.permutations(events)), erased


@settings(max_examples=500, deadline=None)
@given(tangled(), schedules)
def test_era1_a_withdrawn_interview_has_never_been(
    history: tuple[list[Event], set[str]], schedule: list[tuple[int, int, bool]]
) -> None:
    compare(*history, schedule)


@st.composite
def interviews(draw: st.DrawFn) -> tuple[list[Event], set[str]]:
    """Chains of edits, each of one person; erasures of some of the persons; replays of what waited."""
    events: list[Event] = []
    for person in "abc"[: draw(st.integers(1, 3))]:
        for interview in range(draw(st.integers(1, 2))):
            for link in range(draw(st.integers(1, 3))):
                name = f"{person}{interview}.{link}"
                replaces = f"{person}{interview}.{link - 1}" if link else None
                kind = draw(KINDS)
                events.append(Sent(kind, name, replaces))
                if kind in (Kind.HELD, Kind.REJECTION) and draw(st.booleans()):
                    events.append(Sent(Kind.RESPONSE, name, replaces, again=True))
                elif draw(st.booleans()):
                    events.append(events[-1])
        events += [Asked(person=f"p1:{person}")] * draw(st.integers(0, 2))
    events = draw(st.permutations(events))
    return events, _erased(events)


def _erased(events: Sequence[Event]) -> set[str]:
    """Instances of interviews of which anything was accepted, and could be read, before an erasure of the person."""
    first_waits: dict[str, int] = {}
    begins: dict[str, int] = {}
    for place, event in enumerate(events):
        if not isinstance(event, Sent):
            continue
        if event.kind in (Kind.HELD, Kind.REJECTION):
            first_waits.setdefault(event.instance, place)
        if event.kind in (Kind.RESPONSE, Kind.REJECTION):
            # What was replayed counts from where it waited, if it is known to have waited.
            began = first_waits.get(event.instance, place) if event.again else place
            interview = event.instance.partition(".")[0]
            begins[interview] = min(begins.get(interview, place), began)
    gone = {
        interview
        for place, event in enumerate(events)
        if isinstance(event, Asked)
        for interview, began in begins.items()
        if event.person == "p1:" + interview[0] and began < place
    }
    return {e.instance for e in events if isinstance(e, Sent) and e.instance.partition(".")[0] in gone}


@settings(max_examples=500, deadline=None)
@given(interviews(), schedules)
def test_era2_an_erased_respondent_has_never_been(
    history: tuple[list[Event], set[str]], schedule: list[tuple[int, int, bool]]
) -> None:
    compare(*history, schedule)


def test_era2_the_same_person_may_come_again() -> None:
    first, second = Sent(Kind.RESPONSE, "a0.0"), Sent(Kind.RESPONSE, "a1.0")
    world = compare([first, Asked(person="p1:a"), second], {"a0.0"}, [])
    assert [name for name, slot in world.slots.items() if slot.state is State.COUNTED] == ["a1.0"]
    [erasure] = world.store.erasure_log.all()
    assert (erasure.taken.interviews, erasure.taken.versions, erasure.done_ms) == (1, 1, 1000)


def test_a_marker_says_what_was_taken_back_and_by_which_record() -> None:
    world = compare([Sent(Kind.RESPONSE, "a0"), Sent(Kind.HELD, "a1", "a0"), Asked(instance="a1")], {"a0", "a1"}, [])
    partition = partition_of(Asked(instance="a1"))
    counted, held = world.slots["a0"], world.slots["a1"]
    assert (counted.partition, held.partition) == (partition, partition)
    assert (counted.taken, held.taken) == ((partition_of(Sent(Kind.RESPONSE, "a0")), 0), None)


@pytest.mark.parametrize("named", ["a0", "a3", "a6"])
def test_a_marker_says_since_when_an_edited_interview_was_counted(named: str) -> None:
    """One that came before a release, was edited after it and then erased, is gone for whoever compares releases.
    All versions are in one partition, so in this order."""
    first = Sent(Kind.RESPONSE, "a0")
    edits = [Sent(Kind.REJECTION, "a3", "a0"), Sent(Kind.RESPONSE, "a6", "a3")]
    world = compare([first, *edits, Asked(instance=named)], {"a0", "a3", "a6"}, [])
    slots = [world.slots[name] for name in ("a0", "a3", "a6")]
    assert [slot.taken for slot in slots if slot.taken is not None] == [(partition_of(first), 0)]
    marks = [
        Mark(slot.state.value, slot.partition, slot.offset, bool(slot.replaces), bool(slot.replaced_by), slot.taken)
        for slot in slots
    ]
    assert moved(marks, {partition_of(first): 1}) == Moved(1, 1)
    assert moved(marks, {partition_of(first): 0}) == Moved(0, 0), "who came since and went again did not move"


def test_a_marker_of_who_refused_and_came_back_says_since_the_return() -> None:
    back = Sent(Kind.RESPONSE, "a6", "a3")
    history: list[Event] = [Sent(Kind.RESPONSE, "a0"), Sent(Kind.REFUSAL, "a3", "a0"), back, Asked(instance="a6")]
    world = compare(history, {"a0", "a3", "a6"}, [])
    assert world.slots["a6"].taken == (partition_of(back), 2)
