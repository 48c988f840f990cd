"""Generations, leaves and progress of fills in MongoDB.

ledger.generations  _id survey                               (schemas.tables.generations)
ledger.filled       _id "survey/partition/block/fill"        (services.aggregate.leaves)
ledger.filling      _id "survey/partition": how many slots a fill that is under way has filled
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from bson.int64 import Int64
from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from schemas.tables.generations import Generations
from services.aggregate.generation_port import Counted, FillEnded
from services.aggregate.leaves import Leaf
from services.aggregate.slots import State
from services.aggregate.store import Stale

Document = dict[str, Any]

DUPLICATE_KEY = 11_000
IDS_AT_A_TIME = 100
STEP_BYTES = 4 * 2**20
"""Responses of one step, as of one batch: the embedded database hangs in transactions of 60 MB."""
SLOTS_AT_A_TIME = 10_000
RESPONSES_AT_A_TIME = 20
"""The embedded database needs the square of the number of ids: at 20 it is about as long as the journey."""


class MongoGenerations:
    """Part of MongoTransaction."""

    _ledger: Database[Document]
    _live: Database[Document]
    _session: ClientSession

    def epochs(self, surveys: Iterable[str]) -> Mapping[str, int]:
        query = {"_id": {"$in": sorted(set(surveys))}}
        found = self._ledger.generations.find(query, {"epoch": 1}, session=self._session)
        return {document["_id"]: document["epoch"] for document in found}

    def generations(self, survey: str) -> Generations | None:
        found = self._ledger.generations.find_one({"_id": survey}, session=self._session)
        return None if found is None else generations(found)

    def write_generations(self, generations: Generations) -> None:
        document = generations.document()
        document["rebuilt_ms"] = Int64(generations.rebuilt_ms)
        if document["fill"] is not None:
            document["fill"]["began_ms"] = Int64(document["fill"]["began_ms"])
        query = {"_id": generations.survey}
        self._ledger.generations.replace_one(query, document, upsert=True, session=self._session)
        updates = [
            UpdateOne({"_id": f"{generations.survey}/{table}"}, {"$set": {"cells": id_, "versions": versions}})
            for table, id_ in generations.shown.items()
            for versions in [list(generations.counting(table) or ())]
        ]
        if updates:
            self._live.tables.bulk_write(updates, ordered=False, session=self._session)

    def has_cells(self, survey: str) -> bool:
        query = {"_id": {"$gte": f"{survey}/", "$lt": f"{survey}0"}}
        return self._live.cells.find_one(query, {"_id": 1}, session=self._session) is not None

    def leaves(self, ids: Collection[str]) -> list[Leaf]:
        names = sorted(set(ids))
        return [
            Leaf.read(document["_id"], document["content"])
            for first in range(0, len(names), IDS_AT_A_TIME)
            for document in self._ledger.filled.find(
                {"_id": {"$in": names[first : first + IDS_AT_A_TIME]}}, {"content": 1}, session=self._session
            )
        ]

    def leaf_ids(self, survey: str, fill: int | None, limit: int) -> list[str]:
        query = {"survey": survey, **({} if fill is None else {"fill": fill})}
        found = self._ledger.filled.find(query, {"_id": 1}, session=self._session).limit(limit)
        return [document["_id"] for document in found]

    def replace_leaves(self, before: Collection[str], after: Collection[Leaf]) -> None:
        names = sorted(before)
        for first in range(0, len(names), IDS_AT_A_TIME):
            query = {"_id": {"$in": names[first : first + IDS_AT_A_TIME]}}
            self._ledger.filled.delete_many(query, session=self._session)
        if not after:
            return
        new = [{"_id": leaf.id, "survey": leaf.survey, "fill": leaf.fill, "content": leaf.content()} for leaf in after]
        try:
            self._ledger.filled.insert_many(new, ordered=False, session=self._session)
        except BulkWriteError as error:
            if any(entry["code"] == DUPLICATE_KEY for entry in error.details["writeErrors"]):
                raise Stale("a leaf that was not there is there") from None
            raise

    def begin_filling(self, survey: str, fill: int, partitions: Collection[int]) -> None:
        self.end_filling(survey)
        new = [
            {"_id": f"{survey}/{partition}", "survey": survey, "partition": partition, "fill": fill, "slots": Int64(0)}
            for partition in sorted(partitions)
        ]
        self._ledger.filling.insert_many(new, ordered=False, session=self._session)

    def note_filled(self, survey: str, fill: int, partition: int, number: int) -> None:
        query = {"_id": f"{survey}/{partition}", "fill": fill}
        update = {"$inc": {"slots": Int64(number), "steps": 1}}
        if not self._ledger.filling.update_one(query, update, session=self._session).matched_count:
            raise FillEnded

    def end_filling(self, survey: str) -> None:
        self._ledger.filling.delete_many({"survey": survey}, session=self._session)


def generations(document: Mapping[str, Any]) -> Generations:
    return Generations.of_document(document)


def counted(
    ledger: Database[Document], survey: str, partitions: Collection[int], at_a_time: int
) -> Iterator[list[Counted]]:
    """One look through all slots: an index for it would be paid by every submission (docs/adr/0012). Without what they
    hold, which is asked for a few at a time: the embedded database keeps in memory whatever a question finds."""
    query: Document = {"survey": survey}
    if not {found["_id"] for found in ledger.watermarks.find({}, {"_id": 1})} <= set(partitions):
        # Else not asked for: each condition costs the embedded database more than the slots that it leaves out.
        query["partition"] = {"$in": sorted(partitions)}
    step: list[Counted] = []
    size = 0
    for one in _read(ledger, _instances(ledger, query), partitions):
        step.append(one)
        size += len(one.response or b"")
        if len(step) == at_a_time or size >= STEP_BYTES:
            yield step
            step, size = [], 0
    if step:
        yield step


def instances(ledger: Database[Document], survey: str, at_a_time: int) -> Iterator[list[str]]:
    """One look through all slots, as `counted`."""
    fields = {"state": 1, "partition": 1}
    with ledger.slots.find({"survey": survey}, fields, batch_size=SLOTS_AT_A_TIME) as found:
        names = (document["_id"] for document in found if not _is_bare(document))
        while step := list(islice(names, at_a_time)):
            yield step


def _is_bare(document: Document) -> bool:
    """A marker of which the end of the survey left nothing else."""
    is_bare: bool = document["state"] == State.WITHDRAWN.value and document["partition"] < 0
    return is_bare


def _instances(ledger: Database[Document], query: Document) -> Iterator[str]:
    with ledger.slots.find(query, {"state": 1}, batch_size=SLOTS_AT_A_TIME) as found:
        for document in found:
            if document["state"] == State.COUNTED.value:
                yield document["_id"]


def _read(ledger: Database[Document], instances: Iterator[str], partitions: Collection[int]) -> Iterator[Counted]:
    """Those that are still counted, in these partitions."""
    fields = dict.fromkeys(("state", "partition", "offset", "version", "epoch", "response"), 1)
    while names := list(islice(instances, RESPONSES_AT_A_TIME)):
        for document in ledger.slots.find({"_id": {"$in": names}}, fields):
            if document["state"] == State.COUNTED.value and document["partition"] in partitions:
                yield Counted(
                    document["_id"],
                    document["partition"],
                    document["offset"],
                    document["version"],
                    document.get("epoch", 0),
                    document.get("response"),
                )
