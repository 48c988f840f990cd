"""What a batch does in MongoDB, inside a transaction that mongo_store began."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bson.binary import Binary
from bson.int64 import Int64
from pymongo import DeleteOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from schemas.erasure import ErasureKind
from schemas.tables.cells import Page
from schemas.tables.psu_runs import Run, RunHead
from services.aggregate import mongo_documents as documents
from services.aggregate.erasing import Erasure, Source, Taken
from services.aggregate.mongo_generations import MongoGenerations
from services.aggregate.retention import Ended
from services.aggregate.slots import Quarantined, RejectionEntry, Slot
from services.aggregate.store import Exists, Stale
from services.aggregate.watermark import Fenced, Watermark

Document = dict[str, Any]

DUPLICATE_KEY = 11_000
IDS_AT_A_TIME = 100
"""Ids in one `$in`: the embedded database needs more than linear time for more of them."""


class MongoTransaction(MongoGenerations):
    """`lsid` is the owner's session id, `swapped` the watermarks before and after that this transaction writes.
    `entering` while it writes those of the partitions `wanted`: who meets another transaction there waits for it."""

    def __init__(
        self, ledger: Database[Document], live: Database[Document], session: ClientSession, lsid: Binary
    ) -> None:
        self._ledger = ledger
        self._live = live
        self._session = session
        self._lsid = lsid
        self.swapped: list[tuple[Watermark, Watermark]] = []
        self.entering = False
        self.wanted: frozenset[int] = frozenset()

    def enter(self, wanted: Collection[int]) -> None:
        """As the first of all, where another transaction had these watermarks when they were written last: in vain it
        costs no more than this."""
        self.wanted, self.entering = frozenset(wanted), True
        entries = [UpdateOne({"_id": partition}, {"$inc": {"entries": 1}}) for partition in sorted(wanted)]
        self._ledger.watermarks.bulk_write(entries, ordered=False, session=self._session)
        self.entering = False

    def swap(self, watermarks: Sequence[tuple[Watermark, Watermark]], visited: Collection[int] = ()) -> None:
        self.wanted, self.entering = frozenset({*visited, *(before.partition for before, _ in watermarks)}), True
        updates = [UpdateOne(self._expected(before), {"$set": _wanted(after)}) for before, after in watermarks]
        visits = [UpdateOne({"_id": partition}, {"$inc": {"fences": 1}}) for partition in sorted(visited)]
        answer = self._ledger.watermarks.bulk_write([*updates, *visits], ordered=False, session=self._session)
        self.entering = False
        if answer.matched_count != len(updates) + len(visits):
            partitions = ", ".join(str(before.partition) for before, _ in watermarks)
            raise Fenced(f"another worker has taken one of the partitions {partitions}, or its watermark moved")
        self.swapped.extend(watermarks)

    def visits(self, partitions: Collection[int]) -> Mapping[int, int]:
        query = {"_id": {"$in": sorted(partitions)}}
        found = self._ledger.watermarks.find(query, {"fences": 1}, session=self._session)
        return {document["_id"]: document.get("fences", 0) for document in found}

    def _expected(self, before: Watermark) -> Document:
        return {
            "_id": before.partition,
            "responses_topic": before.responses_topic,
            "submissions_topic": before.submissions_topic,
            "responses_next": before.responses_next,
            "submissions_next": before.submissions_next,
            "lsid": self._lsid,
        }

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        found = (
            document
            for ids in chunks(sorted(set(instances)))
            for document in self._ledger.slots.find(
                {"_id": {"$in": ids}}, {"response": 0}, session=self._session, batch_size=IDS_AT_A_TIME + 1
            )
        )
        return {document["_id"]: documents.slot(document) for document in found}

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]:
        ids = sorted(set(instances))
        found: dict[str, Document] = {}
        for name in ("instance", "replaces"):
            for some in chunks(ids):
                query = {name: {"$in": some}}
                for document in self._ledger.quarantine.find(query, {"sealed": 0}, session=self._session):
                    found[document["_id"]] = document
        return [documents.quarantined(document) for document in found.values()]

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        return [
            documents.quarantined(document)
            for ids in chunks(_source_ids(sources))
            for document in self._ledger.quarantine.find({"_id": {"$in": ids}}, {"sealed": 0}, session=self._session)
        ]

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        query = {"survey": survey, "pseudonyms": {"$in": sorted(pseudonyms)}}
        return [documents.erasure(document) for document in self._ledger.erasures.find(query, session=self._session)]

    def note_erasures(self, asked: Sequence[Erasure], taken: Mapping[Source, Taken], now_ms: int) -> None:
        log = self._ledger.erasures
        new = {erasure.source: documents.erasure_document(erasure) for erasure in asked}
        there = {
            document["_id"]
            for some in chunks(_source_ids(new))
            for document in log.find({"_id": {"$in": some}}, {"_id": 1}, session=self._session)
        }
        fresh = []
        for source, document in new.items():
            if document["_id"] not in there:
                done = {"done_ms": Int64(now_ms)} if document["kind"] == ErasureKind.INSTANCE.value else {}
                fresh.append({**document, **done, **asdict(taken.get(source, Taken()))})
        if fresh:
            log.insert_many(fresh, ordered=False, session=self._session)
        counted = {document["_id"] for document in fresh}
        updates = [
            UpdateOne({"_id": id_}, {"$inc": asdict(more)})
            for source, more in sorted(taken.items())
            for id_ in _source_ids([source])
            if id_ not in counted and more != Taken()
        ]
        if updates and log.bulk_write(updates, ordered=False, session=self._session).matched_count != len(updates):
            raise RuntimeError("something was taken back for an erasure that is not in the log")

    def write_slots(self, created: Collection[Slot], changed: Collection[Slot]) -> None:
        if created:
            new = [documents.slot_document(slot) for slot in created]
            try:
                self._ledger.slots.insert_many(new, ordered=False, session=self._session)
            except BulkWriteError as error:
                if any(entry["code"] == DUPLICATE_KEY for entry in error.details["writeErrors"]):
                    raise Exists from None
                raise
        if changed:
            updates = [UpdateOne({"_id": slot.instance}, documents.slot_update(slot)) for slot in changed]
            answer = self._ledger.slots.bulk_write(updates, ordered=False, session=self._session)
            if answer.matched_count != len(updates):
                raise RuntimeError("a slot that was read is not there any more")

    def page_ids(self, survey: str, shard: int) -> list[str]:
        query = {"_id": below(f"{survey}/{shard}/")}
        return [document["_id"] for document in self._live.cells.find(query, {"_id": 1}, session=self._session)]

    def pages(self, ids: Collection[str]) -> list[Page]:
        return [
            documents.page(document)
            for some in chunks(sorted(ids))
            for document in self._live.cells.find({"_id": {"$in": some}}, session=self._session)
        ]

    def replace_pages(self, before: Collection[Page], after: Collection[Page]) -> None:
        # Deleted and inserted, not updated: an update is paid by the path, here and in the embedded database's log.
        if before:
            deletes = [DeleteOne({"_id": page.id, "revision": page.revision}) for page in before]
            answer = self._live.cells.bulk_write(deletes, ordered=False, session=self._session)
            if answer.deleted_count != len(deletes):
                raise Stale("a page of cells has another revision than the one that is remembered")
        if after:
            new = [documents.page_document(page) for page in after]
            self._live.cells.insert_many(new, ordered=False, session=self._session)

    def run_heads(self, survey: str, shard: int) -> list[RunHead]:
        query = {"_id": below(f"{survey}/{shard}/")}
        found = self._live.psu.find(query, {"level": 1}, session=self._session)
        return [RunHead(document["_id"], document["level"]) for document in found]

    def runs(self, ids: Collection[str]) -> Mapping[str, str]:
        found = {
            document["_id"]: document["sums"]
            for some in chunks(sorted(ids))
            for document in self._live.psu.find({"_id": {"$in": some}}, {"sums": 1}, session=self._session)
        }
        if len(found) != len(ids):
            raise RuntimeError("a run of PSU sums that was listed is not there")
        return found

    def replace_runs(self, before: Collection[str], after: Collection[Run]) -> None:
        for some in chunks(sorted(before)):
            self._live.psu.delete_many({"_id": {"$in": some}}, session=self._session)
        if after:
            self._live.psu.insert_many([documents.run_document(run) for run in after], session=self._session)

    def reject(self, entries: Sequence[RejectionEntry]) -> None:
        new = [documents.rejection_document(entry) for entry in entries]
        self._live.rejections.insert_many(new, ordered=False, session=self._session)

    def quarantine(self, entries: Sequence[Quarantined]) -> None:
        new = [documents.quarantine_document(entry) for entry in entries]
        self._ledger.quarantine.insert_many(new, ordered=False, session=self._session)

    def purge(self, sources: Collection[tuple[int, int]]) -> None:
        for some in chunks(_source_ids(sources)):
            self._ledger.quarantine.delete_many({"_id": {"$in": some}}, session=self._session)

    def unreject(self, sources: Collection[tuple[int, int]]) -> None:
        for some in chunks(_source_ids(sources)):
            self._live.rejections.delete_many({"_id": {"$in": some}}, session=self._session)

    def ended(self, surveys: Iterable[str]) -> Mapping[str, Ended]:
        query = {"_id": {"$in": sorted(set(surveys))}}
        found = self._ledger.ended.find(query, session=self._session)
        return {document["_id"]: documents.ended(document) for document in found}

    def write_ended(self, ended: Ended) -> None:
        document = documents.ended_document(ended)
        self._ledger.ended.replace_one({"_id": ended.survey}, document, upsert=True, session=self._session)

    def drop_slots(self, instances: Collection[str]) -> None:
        for some in chunks(sorted(instances)):
            self._ledger.slots.delete_many({"_id": {"$in": some}}, session=self._session)

    def quarantined_of(self, survey: str, limit: int) -> list[Quarantined]:
        found = self._ledger.quarantine.find({"survey": survey}, {"sealed": 0}, session=self._session)
        return [documents.quarantined(document) for document in found.limit(limit)]

    def rejections_of(self, survey: str, limit: int) -> list[tuple[int, int]]:
        found = self._live.rejections.find({"survey": survey}, {"source": 1}, session=self._session)
        sources = [document["source"] for document in found.limit(limit)]
        return [(source["partition"], int(source["offset"])) for source in sources]

    def forget_erased(self, survey: str, limit: int, now_ms: int) -> int:
        log = self._ledger.erasures
        query = {"survey": survey, "pseudonyms": {"$exists": True}}
        found = list(log.find(query, {"done_ms": 1}, session=self._session).limit(limit))
        updates = []
        for document in found:
            done = {} if document["done_ms"] is not None else {"$set": {"done_ms": Int64(now_ms)}}
            updates.append(UpdateOne({"_id": document["_id"]}, {"$unset": {"pseudonyms": "", "before": ""}, **done}))
        if updates:
            log.bulk_write(updates, ordered=False, session=self._session)
        return len(found)


def _source_ids(sources: Iterable[tuple[int, int]]) -> list[str]:
    return [f"{partition}:{offset}" for partition, offset in sorted(sources)]


def _wanted(after: Watermark) -> Document:
    return {
        "responses_next": after.responses_next,
        "submissions_next": after.submissions_next,
        "classes": documents.classes_document(after),
    }


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + IDS_AT_A_TIME] for first in range(0, len(ids), IDS_AT_A_TIME))


def below(prefix: str) -> Document:
    """Ids that begin with `prefix`, which ends in "/": by the order of the index, "0" follows "/"."""
    return {"$gte": prefix, "$lt": prefix[:-1] + "0"}
