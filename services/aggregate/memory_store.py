"""The store in memory: snapshot isolation, first committer wins. For tests and for trying things out."""

import copy
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from schemas.erasure import ErasureKind
from schemas.tables.cells import Page
from schemas.tables.generations import Generations
from schemas.tables.layout import Layout
from schemas.tables.psu_runs import Run, RunHead
from schemas.tables.shown_cells import shown_pages, shown_runs
from services.aggregate.erasing import Erasure, Source, Taken
from services.aggregate.generation_port import Counted
from services.aggregate.memory_erasures import MemoryErasures
from services.aggregate.memory_generations import MemoryGenerations
from services.aggregate.retention import Ended
from services.aggregate.slots import Kind, Quarantined, RejectionEntry, Slot, State
from services.aggregate.store import Exists, Stale, Transaction
from services.aggregate.watermark import Fenced, Watermark

T = TypeVar("T")
Key = tuple[str, Any]
"""Collection and id."""


class MemoryDatabase:
    """What several stores (workers) share. `versions` counts the writes of each document, deletions included."""

    def __init__(self, watermarks: Iterable[Watermark] = ()) -> None:
        self.lock = threading.Lock()
        self.documents: dict[Key, Any] = {("watermarks", mark.partition): mark for mark in watermarks}
        self.versions: dict[Key, int] = {}
        self.owners: dict[int, int] = {}
        self.layouts: dict[str, Layout] = {}


class MemoryStore:
    """One worker's view. A conflict with another's transaction starts `work` again, as MongoDB asks clients to."""

    def __init__(self, database: MemoryDatabase) -> None:
        self.database = database
        self.erasure_log = MemoryErasures(self._all, self._write)

    def acquire(self, partitions: Collection[int]) -> dict[int, Watermark]:
        with self.database.lock:
            found = {mark.partition: mark for mark in self._all("watermarks") if mark.partition in partitions}
            for partition in found:
                self.database.owners[partition] = id(self)
                key = ("watermarks", partition)
                self.database.versions[key] = self.database.versions.get(key, 0) + 1
            return found

    def watermarks(self) -> list[Watermark]:
        return sorted(self._all("watermarks"), key=lambda mark: mark.partition)

    def marks(self) -> list[Watermark]:
        return self.watermarks()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        while True:
            tx = self.begin()
            result = work(tx)
            if tx.commit():
                return result

    def begin(self) -> "MemoryTransaction":
        with self.database.lock:
            return MemoryTransaction(self.database, id(self))

    def fence(self) -> None:
        with self.database.lock:
            for mark in self._all("watermarks"):
                visits = ("visits", mark.partition)
                self.database.documents[visits] = self.database.documents.get(visits, 0) + 1
                for key in (visits, ("watermarks", mark.partition)):
                    self.database.versions[key] = self.database.versions.get(key, 0) + 1

    def ended(self) -> list[Ended]:
        return sorted(self._all("ended"), key=lambda one: one.survey)

    def declare(self, layouts: Collection[Layout]) -> None:
        self.database.layouts.update({f"{layout.survey}/{layout.id}": layout for layout in layouts})

    def quarantine(self, kinds: Collection[Kind], survey: str | None) -> Iterator[Quarantined]:
        found = (entry for entry in self._all("quarantine") if entry.kind in kinds and survey in (None, entry.survey))
        yield from sorted(found, key=lambda entry: (entry.partition, entry.offset))

    def live_pages(self, survey: str) -> list[Page]:
        pages = [page for page in self._all("cells") if page.survey == survey]
        return shown_pages(pages, next(iter(self.generations(survey)), None))

    def live_runs(self, survey: str) -> list[str]:
        texts = [run.sums for run in self._all("psu") if run.survey == survey]
        return shown_runs(texts, next(iter(self.generations(survey)), None))

    def generations(self, survey: str | None = None) -> list[Generations]:
        return [one for one in self._all("generations") if survey in (None, one.survey)]

    def filled(self, survey: str) -> Mapping[int, int]:
        return {partition: number for one, partition, _, number in self._all("filling") if one == survey}

    def counted(self, survey: str, partitions: Collection[int], at_a_time: int) -> Iterator[list[Counted]]:
        found = [
            Counted(slot.instance, slot.partition, slot.offset, slot.version, slot.epoch, slot.response)
            for slot in self._all("slots")
            if (slot.survey, slot.state) == (survey, State.COUNTED) and slot.partition in partitions
        ]
        yield from (found[first : first + at_a_time] for first in range(0, len(found), at_a_time))

    def instances(self, survey: str, at_a_time: int) -> Iterator[list[str]]:
        found = [
            slot.instance
            for slot in self._all("slots")
            if slot.survey == survey and slot != Slot(slot.instance, survey, State.WITHDRAWN)
        ]
        yield from (found[first : first + at_a_time] for first in range(0, len(found), at_a_time))

    def close(self) -> None:
        """Nothing to close."""

    def _write(self, collection: str, id_: object, document: object) -> None:
        with self.database.lock:
            key = (collection, id_)
            self.database.documents[key] = document
            self.database.versions[key] = self.database.versions.get(key, 0) + 1

    def _all(self, collection: str) -> list[Any]:
        return [document for (name, _), document in list(self.database.documents.items()) if name == collection]


class MemoryTransaction(MemoryGenerations):
    def __init__(self, database: MemoryDatabase, owner: int) -> None:
        self._database = database
        self._owner = owner
        self._snapshot = copy.copy(database.documents)
        self._versions = copy.copy(database.versions)
        self._owners = copy.copy(database.owners)
        self._writes: dict[Key, Any] = {}

    def commit(self) -> bool:
        """False if a document that was written here has been written by another since the beginning."""
        with self._database.lock:
            versions = self._database.versions
            if any(versions.get(key, 0) != self._versions.get(key, 0) for key in self._writes):
                return False
            for key, document in self._writes.items():
                versions[key] = versions.get(key, 0) + 1
                if document is None:
                    self._database.documents.pop(key, None)
                else:
                    self._database.documents[key] = document
            return True

    def swap(self, watermarks: Sequence[tuple[Watermark, Watermark]], visited: Collection[int] = ()) -> None:
        for before, after in watermarks:
            key = ("watermarks", before.partition)
            if self._get(key) != before or self._owners.get(before.partition) != self._owner:
                raise Fenced(f"partition {before.partition} has been taken over by another worker")
            self._writes[key] = after
        for partition in visited:
            self._writes["watermarks", partition] = self._get(("watermarks", partition))
            self._writes["visits", partition] = self.visits([partition])[partition] + 1

    def visits(self, partitions: Collection[int]) -> Mapping[int, int]:
        return {partition: self._get(("visits", partition)) or 0 for partition in partitions}

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        found = {instance: self._get(("slots", instance)) for instance in instances}
        return {instance: replace(slot, response=None) for instance, slot in found.items() if slot is not None}

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]:
        wanted = set(instances)
        return [
            entry
            for (name, _), entry in {**self._snapshot, **self._writes}.items()
            if name == "quarantine" and entry is not None and (entry.instance in wanted or entry.replaces in wanted)
        ]

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        found = (self._get(("quarantine", source)) for source in sources)
        return [entry for entry in found if entry is not None]

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        return [one for one in self._stored("erasures") if one.survey == survey and one.names(pseudonyms)]

    def note_erasures(self, asked: Sequence[Erasure], taken: Mapping[Source, Taken], now_ms: int) -> None:
        new = {erasure.source: erasure for erasure in asked}
        for source in new.keys() | taken.keys():
            found = self._get(("erasures", source))
            if found is None:
                found = new[source]
                if found.kind is ErasureKind.INSTANCE:
                    found = replace(found, done_ms=now_ms)
            self._writes["erasures", source] = replace(found, taken=found.taken + taken.get(source, Taken()))

    def write_slots(self, created: Collection[Slot], changed: Collection[Slot]) -> None:
        for slot in created:
            if self._get(("slots", slot.instance)) is not None:
                raise Exists
            self._writes["slots", slot.instance] = slot
        for slot in changed:
            stored = self._get(("slots", slot.instance))
            keeps = slot.state is State.COUNTED and slot.response is None
            self._writes["slots", slot.instance] = replace(slot, response=stored.response) if keeps else slot

    def page_ids(self, survey: str, shard: int) -> list[str]:
        return [page.id for page in self._pages() if (page.survey, page.shard) == (survey, shard)]

    def pages(self, ids: Collection[str]) -> list[Page]:
        return [page for page in self._pages() if page.id in ids]

    def replace_pages(self, before: Collection[Page], after: Collection[Page]) -> None:
        for page in before:
            stored = self._get(("cells", page.id))
            if stored is None or stored.revision != page.revision:
                raise Stale(page.id)
            self._writes["cells", page.id] = None
        for page in after:
            self._writes["cells", page.id] = page

    def run_heads(self, survey: str, shard: int) -> list[RunHead]:
        runs = [entry for (name, _), entry in self._snapshot.items() if name == "psu"]
        return [RunHead(run.id, run.level) for run in runs if (run.survey, run.shard) == (survey, shard)]

    def runs(self, ids: Collection[str]) -> Mapping[str, str]:
        return {id_: self._get(("psu", id_)).sums for id_ in ids}

    def replace_runs(self, before: Collection[str], after: Collection[Run]) -> None:
        self._writes.update({("psu", id_): None for id_ in before})
        for run in after:
            if self._get(("psu", run.id)) is not None:
                raise RuntimeError("a run of PSU sums that is new is there")
            self._writes["psu", run.id] = run

    def reject(self, entries: Sequence[RejectionEntry]) -> None:
        self._writes.update({("rejections", (entry.partition, entry.offset)): entry for entry in entries})

    def quarantine(self, entries: Sequence[Quarantined]) -> None:
        self._writes.update({("quarantine", (entry.partition, entry.offset)): entry for entry in entries})

    def purge(self, sources: Collection[tuple[int, int]]) -> None:
        self._writes.update({("quarantine", source): None for source in sources})

    def unreject(self, sources: Collection[tuple[int, int]]) -> None:
        self._writes.update({("rejections", source): None for source in sources})

    def ended(self, surveys: Iterable[str]) -> Mapping[str, Ended]:
        found = {survey: self._get(("ended", survey)) for survey in surveys}
        return {survey: ended for survey, ended in found.items() if ended is not None}

    def write_ended(self, ended: Ended) -> None:
        self._writes["ended", ended.survey] = ended

    def drop_slots(self, instances: Collection[str]) -> None:
        self._writes.update({("slots", instance): None for instance in instances})

    def quarantined_of(self, survey: str, limit: int) -> list[Quarantined]:
        found = [replace(entry, sealed="") for entry in self._stored("quarantine") if entry.survey == survey]
        return found[:limit]

    def rejections_of(self, survey: str, limit: int) -> list[tuple[int, int]]:
        found = [(entry.partition, entry.offset) for entry in self._stored("rejections") if entry.survey == survey]
        return found[:limit]

    def forget_erased(self, survey: str, limit: int, now_ms: int) -> int:
        found = [one for one in self._stored("erasures") if one.survey == survey and one.pseudonyms][:limit]
        for one in found:
            done_ms = now_ms if one.done_ms is None else one.done_ms
            less = replace(one, pseudonyms=frozenset(), before={}, done_ms=done_ms)
            self._writes["erasures", one.source] = less
        return len(found)

    def _stored(self, collection: str) -> list[Any]:
        together = {**self._snapshot, **self._writes}
        return [document for (name, _), document in together.items() if name == collection and document is not None]

    def _get(self, key: Key) -> Any:
        return self._writes[key] if key in self._writes else self._snapshot.get(key)

    def _pages(self) -> list[Page]:
        return [entry for (name, _), entry in self._snapshot.items() if name == "cells"]
