"""The obvious alternative to aggregate: a consumer inserts each response, an aggregation pipeline recounts when asked.

It counts whatever is delivered again twice and knows neither edits nor withdrawals; all that it keeps is the cost.
"""

import json
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient
from pymongo.collection import Collection

Document = dict[str, Any]

DATABASE, COLLECTION = "naive", "responses"
POLL_MS = 500
FILLED_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Where:
    kafka: str
    mongodb: str
    topic: str


@dataclass(frozen=True)
class Cost:
    """Seconds and CPU seconds of the consumer and of the database, for so many records."""

    records: int
    seconds: float
    worker_cpu_s: float
    database_cpu_s: float

    def as_dict(self) -> dict[str, float]:
        return {
            "submissions_per_s": round(self.records / self.seconds),
            "cpu_s_per_1000": round((self.worker_cpu_s + self.database_cpu_s) / self.records * 1000, 3),
            "worker_cpu_s_per_1000": round(self.worker_cpu_s / self.records * 1000, 3),
            "database_cpu_s_per_1000": round(self.database_cpu_s / self.records * 1000, 3),
        }


@dataclass(frozen=True)
class Recount:
    """Seconds until the figure is there, and CPU seconds of the database, to recount one table."""

    documents: int
    cells: int
    seconds: float
    database_cpu_s: float


def insert(where: Where, ends: Sequence[int], starts: Sequence[int], database: psutil.Process) -> Cost:
    """Consumes the records of each partition from its start up to its end in a process of its own, an insert each."""
    before = cpu_s(database)
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    worker = context.Process(target=_consume, args=(where, starts, ends, 1, answers))
    worker.start()
    seconds, own = answers.get(timeout=3_600)
    worker.join()
    return Cost(sum(ends) - sum(starts), seconds, own, cpu_s(database) - before)


def fill(where: Where, starts: Sequence[int], ends: Sequence[int]) -> None:
    """The same many at a time, which is not measured: to see what a recount costs later."""
    _consume(where, starts, ends, FILLED_AT_A_TIME, None)


def recount(where: Where, dimensions: Sequence[str], measure: str, database: psutil.Process) -> Recount:
    """One table of the survey over all responses: the number and a mean, by the dimensions."""
    before, began = cpu_s(database), time.monotonic()
    with MongoClient[Document](where.mongodb) as client:
        found = list(_collection(client).aggregate(_pipeline(dimensions, measure), allowDiskUse=True))
    seconds = time.monotonic() - began
    return Recount(sum(cell["n"] for cell in found), len(found), seconds, cpu_s(database) - before)


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of a process and its children."""
    return float(sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True))))


def _pipeline(dimensions: Sequence[str], measure: str) -> list[Document]:
    by = {f"d{place}": f"$answers.{path}" for place, path in enumerate(dimensions)}
    return [{"$group": {"_id": by, "n": {"$sum": 1}, "mean": {"$avg": f"$answers.{measure}"}}}]


def _collection(client: MongoClient[Document]) -> Collection[Document]:
    return client[DATABASE][COLLECTION]


def _consume(
    where: Where,
    starts: Sequence[int],
    ends: Sequence[int],
    at_a_time: int,
    answers: "multiprocessing.Queue[tuple[float, float]] | None",
) -> None:
    began, cpu = time.monotonic(), time.process_time()
    partitions = [TopicPartition(where.topic, number) for number in range(len(ends))]
    left = sum(ends) - sum(starts)
    waiting: list[Document] = []
    # The embedded server looks through all its retryable writes at each one: its quirk, not the alternative's.
    with MongoClient[Document](where.mongodb, retryWrites=False) as client:
        collection = _collection(client)
        consumer = KafkaConsumer(bootstrap_servers=where.kafka, enable_auto_commit=False)
        consumer.assign(partitions)
        for partition, start in zip(partitions, starts, strict=True):
            consumer.seek(partition, start)
        while left:
            for partition, records in consumer.poll(POLL_MS).items():
                for record in records:
                    if record.offset >= ends[partition.partition]:
                        continue
                    left -= 1
                    waiting.append(json.loads(record.value))
                    if len(waiting) >= at_a_time or not left:
                        if at_a_time == 1:
                            collection.insert_one(waiting[0])
                        else:
                            collection.insert_many(waiting, ordered=False)
                        waiting.clear()
        if waiting:
            collection.insert_many(waiting, ordered=False)
        consumer.close()
    if answers is not None:
        answers.put((time.monotonic() - began, time.process_time() - cpu))
