"""What a worker's batch does to a content: the real plan, the real batch writer, the real decisions of lineage."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.aggregate.batch import BatchWriter
from services.aggregate.slots import WITHDRAWING
from services.aggregate.store import Transaction
from services.aggregate.watermark import Watermark
from services.runtime.faults import Fatal, OperatorStop
from tests.model.database import Contents, RuledTransaction, Writes
from tests.model.rules import Rules
from tests.model.scenario import SURVEY, Outcome, Scenario

T = TypeVar("T")

Marks = tuple[tuple[int, int], ...]
"""Partition and number of its watermark, as a worker remembers them."""
Cache = tuple[tuple[int, tuple[tuple[str, int | None], ...]], ...]
"""Shard -> prefix -> number of the page that is remembered."""
Batch = tuple[tuple[int, int], ...]
"""Partition and how many of its next records, in the order in which they were delivered."""


@dataclass(frozen=True)
class Effect:
    """A transaction that is ready to be committed, and what its worker remembers when it is. `second` are writes that
    a mutation puts into another transaction."""

    number: int
    label: str
    writes: Writes
    keys: frozenset[Any]
    second: Writes
    before: Marks
    after: Marks
    cache: Cache


@dataclass(frozen=True)
class Ended:
    """The worker's process ends: fenced, or a fault."""

    why: str


class Work:
    """Effects by all that they depend on."""

    def __init__(self, scenario: Scenario, rules: Rules, contents: Contents) -> None:
        self._scenario = scenario
        self._rules = rules
        self._contents = contents
        self._known: dict[Any, Effect | Ended] = {}
        self.effects: list[Effect] = []

    def of(
        self, content: int, owners: tuple[int, ...], session: int, marks: Marks, cache: Cache, batch: Batch, ahead: int
    ) -> Effect | Ended:
        key = (content, owners, session, marks, cache, batch, ahead)
        if key not in self._known:
            self._known[key] = self._work(content, owners, session, marks, cache, batch, ahead)
        return self._known[key]

    def _work(
        self, content: int, owners: tuple[int, ...], session: int, marks: Marks, cache: Cache, batch: Batch, ahead: int
    ) -> Effect | Ended:
        values = self._contents.values
        before: dict[int, Watermark] = {partition: values[mark] for partition, mark in marks}
        records: list[Outcome] = []
        for partition, count in batch:
            start = before[partition].responses_next + ahead
            records += self._scenario.logs[partition][start : start + count]
        store = _OneTransaction(
            lambda own: RuledTransaction(self._contents.documents(content), owners, session, self._rules, own)
        )
        writer = BatchWriter(store)  # type: ignore[arg-type]
        writer.cells._cache._shards = OrderedDict(
            ((SURVEY, shard), {prefix: None if page is None else values[page] for prefix, page in pages})
            for shard, pages in cache
        )
        if not self._scenario.guess:
            writer._recent.add(outcome.arrival.instance or "" for outcome in records)
        try:
            planned = self._rules.planner(before, [outcome.arrived for outcome in records])
            arrivals = [records[place].arrival for place in planned.apply]
            store.own = [arrival.instance or "" for arrival in arrivals if arrival.kind not in WITHDRAWING]
            written = writer.apply(before, planned.after, arrivals)
        except (Fatal, OperatorStop, ValueError, RuntimeError, AssertionError, KeyError) as error:
            return Ended(f"{type(error).__name__}: {error}")
        number = self._contents.value_number
        after = {**before, **written.watermarks}
        first, second = self._parts(store.last)
        effect = Effect(
            len(self.effects),
            " ".join(f"{outcome.arrived.partition}/{outcome.word}" for outcome in records),
            first,
            frozenset(key for key, _ in first),
            second,
            tuple((partition, number(before[partition])) for partition in sorted(planned.after)),
            tuple((partition, number(mark)) for partition, mark in sorted(after.items())),
            self._remembered(writer),
        )
        self.effects.append(effect)
        return effect

    def _parts(self, tx: RuledTransaction) -> tuple[Writes, Writes]:
        writes = self._contents.writes(tx.written)
        apart = tuple(write for write in writes if write[0][0] in self._rules.apart)
        rest = tuple(write for write in writes if write[0][0] not in self._rules.apart)
        return (apart, rest) if self._rules.apart_first else (rest, apart)

    def _remembered(self, writer: BatchWriter) -> Cache:
        plain, number = self._contents.plain, self._contents.value_number
        return tuple(
            (shard, tuple((prefix, None if page is None else number(plain(page))) for prefix, page in pages.items()))
            for (_, shard), pages in sorted(writer.cells._cache._shards.items())
        )


class _OneTransaction:
    """The store of one batch: what it would commit. A worker that begins again finds the same content: that another
    one committed in between is the same as beginning later, and the model does that too."""

    def __init__(self, begin: Callable[[Sequence[str]], RuledTransaction]) -> None:
        self._begin = begin
        self.own: Sequence[str] = ()
        self.last: RuledTransaction

    def transact(self, work: Callable[[Transaction], T]) -> T:
        self.last = self._begin(self.own)
        return work(self.last)
