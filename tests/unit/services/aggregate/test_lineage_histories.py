"""AGG identity: whatever arrives, in whatever order and batches, the cells are those of a recount of what is counted,
every record is in one class, and of every lineage at most one instance is counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import retractions, summed
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import merge
from services.aggregate.batch import BatchWriter
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.slots import HOLDING, Arrival, Kind, Slot, State
from services.aggregate.watermark import Watermark

SURVEY = "trial"
PARTITIONS = 3


@dataclass(frozen=True)
class Event:
    kind: Kind
    instance: str
    replaces: str | None = None
    content: int = 0


def contribution(event: Event) -> Contribution:
    """Two tables; every content in a cell of its own, every instance in a PSU of its own."""
    cells = (("all", "_T", (1, 3)), ("one", str(event.content), (1, event.content + 10)))
    return Contribution(cells, f"s|{event.instance}", {"all": (0,), "one": (0, 1)})


def partition_of(event: Event) -> int:
    """As ingest does: by what it replaces, else by itself."""
    return sum(map(ord, event.replaces or event.instance)) % PARTITIONS


def arrival(event: Event, partition: int, offset: int) -> Arrival:
    accepted = event.kind is Kind.RESPONSE
    return Arrival(
        event.kind,
        partition,
        offset,
        at_ms=0,
        survey=SURVEY,
        version="1",
        instance=event.instance,
        replaces=event.replaces,
        fingerprint=str(event.content) if accepted else "",
        contribution=contribution(event) if accepted else None,
        record=b"{}" if accepted else None,
        reasons=(Reason(code="VAL-001"),) if event.kind is Kind.REJECTION else (),
        sealed="c2VhbGVk" if event.kind in (Kind.REJECTION, Kind.HELD) else None,
        key_id="k" if event.kind in (Kind.REJECTION, Kind.HELD) else None,
    )


class World:
    """Records fall into partitions in the order given, and are applied in batches."""

    def __init__(self) -> None:
        marks = [Watermark(partition, "r", "s", 0, 0) for partition in range(PARTITIONS)]
        self.database = MemoryDatabase(marks)
        self.store = MemoryStore(self.database)
        self.writer = BatchWriter(self.store)
        self.marks = self.store.acquire(range(PARTITIONS))
        self.written = 0

    def apply(self, events: Sequence[Event]) -> None:
        """One batch."""
        after = dict(self.marks)
        arrivals = []
        for event in events:
            partition = partition_of(event)
            mark = after[partition]
            arrivals.append(arrival(event, partition, mark.submissions_next))
            after[partition] = replace(
                mark, responses_next=mark.responses_next + 1, submissions_next=mark.submissions_next + 1
            )
        touched = {partition: mark for partition, mark in after.items() if mark != self.marks[partition]}
        self.marks.update(self.writer.apply(self.marks, touched, arrivals).watermarks)
        self.written += len(events)

    @property
    def slots(self) -> dict[str, Slot]:
        documents = self.database.documents.items()
        return {key: slot for (collection, key), slot in documents if collection == "slots"}

    @property
    def classes(self) -> Counter[OutcomeClass]:
        total: Counter[OutcomeClass] = Counter()
        for mark in self.store.watermarks():
            for numbers in mark.classes.values():
                total.update(numbers)
        return total

    def counted(self) -> set[str]:
        return {instance for instance, slot in self.slots.items() if slot.state is State.COUNTED}

    def cells(self) -> dict[tuple[str, str], list[int]]:
        pages = self.store.live_pages(SURVEY)
        return {(table, cell): sums for table in ("all", "one") for cell, sums in summed(pages, table).items()}

    def recount(self) -> dict[tuple[str, str], list[int]]:
        """From the ledger alone."""
        total: dict[tuple[str, str], list[int]] = {}
        for slot in self.slots.values():
            if slot.state is State.COUNTED:
                assert slot.applied is not None
                for table, cell, amounts in Contribution.decode(slot.applied).cells:
                    known = total.get((table, cell), [0] * len(amounts))
                    total[table, cell] = [left + right for left, right in zip(known, amounts, strict=True)]
        return total

    def check(self) -> None:
        slots = self.slots
        assert self.cells() == self.recount()
        psu = merge(self.store.live_runs(SURVEY)).get("all", {}).get("_T", {})
        assert psu == {f"s|{instance}": [1] for instance in self.counted()}
        classes = self.classes
        assert sum(classes.values()) == self.written == sum(mark.accounted for mark in self.marks.values())
        assert min(classes.values(), default=0) >= 0
        assert classes[OutcomeClass.COUNTED] == len(self.counted())
        by_state = Counter(slot.state for slot in slots.values())
        assert classes[OutcomeClass.SUPERSEDED] == by_state[State.SUPERSEDED]
        assert classes[OutcomeClass.REFUSED] == by_state[State.REFUSED]
        for slot in slots.values():
            assert (slot.applied is not None) == (slot.state is State.COUNTED)
            assert (slot.response is not None) == (slot.state is State.COUNTED)
            if slot.state is State.COUNTED:
                assert slot.replaced_by is None
            if slot.replaced_by is not None:
                assert slots[slot.replaced_by].state in HOLDING | {State.WITHDRAWN}
        self.check_lineages()
        withdrawn = {instance for instance, slot in slots.items() if slot.state is State.WITHDRAWN}
        for (collection, _), entry in self.database.documents.items():
            assert collection != "quarantine" or not {entry.instance, entry.replaces} & withdrawn

    def check_lineages(self) -> None:
        """From a counted instance back over what it replaced nothing else is counted."""
        slots = self.slots
        for instance in self.counted():
            named, seen = slots[instance].replaces, {instance}
            while named is not None and named not in seen and named in slots:
                seen.add(named)
                assert slots[named].state is not State.COUNTED
                named = slots[named].replaces


names = st.sampled_from("abcde")
events = st.one_of(
    st.builds(Event, st.just(Kind.RESPONSE), names, st.none() | names, st.integers(0, 1)),
    st.builds(Event, st.just(Kind.RESPONSE), names, names, st.just(0)),
    st.builds(Event, st.sampled_from([Kind.REJECTION, Kind.HELD, Kind.REFUSAL]), names, st.none() | names),
    st.builds(Event, st.just(Kind.WITHDRAWAL), names),
)
batches = st.lists(st.lists(events, min_size=1, max_size=6), max_size=6)


@settings(max_examples=600, deadline=None)
@given(batches)
def test_cells_are_a_recount_whatever_arrives(history: list[list[Event]]) -> None:
    world = World()
    for batch in history:
        world.apply(batch)
        world.check()


@settings(max_examples=200, deadline=None)
@given(batches)
def test_batches_do_not_matter(history: list[list[Event]]) -> None:
    one, other = World(), World()
    for batch in history:
        one.apply(batch)
        for event in batch:
            other.apply([event])
    assert one.cells() == other.cells()
    assert one.classes == other.classes
    one_pages, other_pages = one.store.live_pages(SURVEY), other.store.live_pages(SURVEY)
    assert retractions(one_pages, "one") == retractions(other_pages, "one")
    assert {name: slot.state for name, slot in one.slots.items()} == {
        name: slot.state for name, slot in other.slots.items()
    }


@st.composite
def lineages(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Chains of edits without a conflict, some links rejected, some withdrawn, retries; in order and shuffled."""
    events: list[Event] = []
    for chain in draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)):
        name = "abc"[len({event.instance[0] for event in events})]
        for link in range(chain):
            event = Event(
                draw(st.sampled_from([Kind.RESPONSE, Kind.RESPONSE, Kind.REJECTION, Kind.REFUSAL])),
                f"{name}{link}",
                f"{name}{link - 1}" if link else None,
            )
            events.extend([event] * draw(st.integers(1, 2)))
        if draw(st.booleans()):
            events.append(Event(Kind.WITHDRAWAL, f"{name}{draw(st.integers(0, chain - 1))}"))
    return events, draw(st.permutations(events))


@settings(max_examples=600, deadline=None)
@given(lineages(), st.integers(1, 4))
def test_order_does_not_matter_in_a_lineage_without_conflict(lines: tuple[list[Event], list[Event]], size: int) -> None:
    one, other = World(), World()
    for world, events in zip((one, other), lines, strict=True):
        for first in range(0, len(events), size):
            world.apply(events[first : first + size])
        world.check()
    assert one.counted() == other.counted()
    assert one.cells() == other.cells()
