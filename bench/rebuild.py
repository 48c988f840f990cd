"""How fast a table that is new on an old survey is filled from the ledger: `make bench-rebuild`.

    python -m bench.rebuild [--entries 1000000]

A database of its own whose ledger is written in bulk, as many counted interviews of the reference survey as asked for.
Then a version with one more table is published, and one worker fills it by the code that runs in aggregate. The last
line is one JSON object: entries a second, `times_arrival` (how many times faster than they would arrive at 1,000 a
second), CPU of the worker and of the database, and which of both it waits for. The cells are compared at the end.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

import orjson
import psutil
from pydantic import SecretStr
from pymongo import MongoClient

from bench.interruptible import interruptible
from bench.naive import cpu_s
from bench.outcomes import interviews
from bench.own_database import own_database
from cli.field import REFERENCE
from deploy.local.database import Database
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from schemas.tables.cells import summed
from schemas.tables.codes import join
from schemas.tables.layout import layouts
from services.aggregate.batch import BatchWriter
from services.aggregate.contributor import Contributor
from services.aggregate.filler import Filler
from services.aggregate.generations import registered
from services.aggregate.mongo_documents import slot_document
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import Topics, provision
from services.aggregate.registering import Registrar
from services.aggregate.slots import Slot, State
from services.aggregate.watermark import Watermark
from services.runtime import garbage
from services.runtime.settings import MongoSettings

PARTITIONS = 4
AT_A_TIME = 2_000
ARRIVAL_PER_S = 1_000
"""What the time of a rebuild is compared with."""
ADDED = "added_later"


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--entries", type=int, default=1_000_000)
    given = arguments.parse_args()
    survey = compile_survey(REFERENCE).publishable
    assert survey is not None
    with own_database() as (database, process):
        figures = run(database, process, survey, given.entries)
    sys.stdout.write(json.dumps({"name": "bench-rebuild", **figures}) + "\n")


class Worker:
    """As the agent is to the filler: it has all partitions, and one thread in which transactions run."""

    def __init__(self, store: MongoStore) -> None:
        self.marks: Mapping[int, Watermark] = store.acquire(range(PARTITIONS))
        self.writer = BatchWriter(store)

    async def between_batches(self, work: Callable[[Mapping[int, Watermark]], Mapping[int, Watermark]]) -> None:
        await asyncio.to_thread(work, self.marks)


def run(database: Database, process: psutil.Process, survey: SurveyDefinition, entries: int) -> dict[str, object]:
    settings = MongoSettings(uri=SecretStr(database.whole_uri()))
    zero, end = dict.fromkeys(range(PARTITIONS), 0), dict.fromkeys(range(PARTITIONS), entries)
    provision(settings, Topics("responses-id", "submissions-id", zero, zero, end, end))
    table = next(table for table in survey.tables if len(table.dimensions) == 2 and not table.unit)
    later = survey.model_copy(
        update={
            "version": f"{survey.version}-later",
            "edition": survey.edition + 1,
            "tables": [*survey.tables, table.model_copy(update={"name": ADDED})],
        }
    )
    versions = [survey]
    store = MongoStore(settings)
    worker = Worker(store)
    registrar = Registrar(store, lambda name: versions)
    filler = Filler(store, worker, registrar, lambda: [survey.survey])
    before = registered(None, survey.survey, versions, has_cells=False)
    store.transact(lambda tx: tx.write_generations(before))
    truth = write_ledger(settings, survey, table.dimensions, entries)
    sys.stderr.write(f"{entries} entries are written\n")
    versions.append(later)
    garbage.settle(garbage.OBJECTS_OF_BATCHES)
    began, own, server = time.monotonic(), time.process_time(), cpu_s(process)
    while not _is_filled(store, survey.survey):
        asyncio.run(filler.look())
    seconds, own, server = time.monotonic() - began, time.process_time() - own, cpu_s(process) - server
    id_ = next(layout.id for layout in layouts(later) if layout.name == ADDED)
    found = {cell: sums[0] for cell, sums in summed(store.live_pages(survey.survey), id_).items()}
    filler.close()
    store.close()
    return {
        "entries": entries,
        "seconds": round(seconds, 1),
        "entries_per_s": round(entries / seconds),
        "times_arrival": round(entries / seconds / ARRIVAL_PER_S, 1),
        "worker_cpu_us_per_entry": round(own / entries * 1e6, 1),
        "database_cpu_us_per_entry": round(server / entries * 1e6, 1),
        "bound_by": "database" if server > own else "worker",
        "database_mb": round(process.memory_info().rss / 1e6),
        "worker_mb": round(psutil.Process().memory_info().rss / 1e6),
        "cells_wrong": sum(found.get(cell) != truth.get(cell) for cell in found.keys() | truth.keys()),
    }


def _is_filled(store: MongoStore, survey: str) -> bool:
    [now] = store.generations(survey)
    return len(now.versions) == 2 and not now.is_busy


def write_ledger(
    settings: MongoSettings, survey: SurveyDefinition, dimensions: list[str], entries: int
) -> Counter[str]:
    """Counted slots as a worker writes them, and how many stand in each cell of a table of these dimensions."""
    random, contributor = Random(1), Contributor(survey, epoch=1)
    samples = [
        (orjson.loads(one.to_wire()), contributor(one).encode(), join(str(one.answers[path]) for path in dimensions))
        for one in interviews(survey)
    ]
    truth: Counter[str] = Counter()
    with MongoClient[dict[str, object]](settings.uri.get_secret_value()) as client:
        slots = client[settings.ledger].slots
        for first in range(0, entries, AT_A_TIME):
            found = []
            for number in range(first, min(first + AT_A_TIME, entries)):
                record, applied, cell = random.choice(samples)
                truth[cell] += 1
                partition, offset = number % PARTITIONS, number // PARTITIONS
                instance = secrets.token_urlsafe(16)
                source = {"topic_id": "submissions-id", "partition": partition, "offset": offset, "at_ms": 0}
                response = orjson.dumps({**record, "instance": instance, "source": source})
                slot = Slot(
                    instance,
                    survey.survey,
                    State.COUNTED,
                    partition,
                    offset,
                    survey.version,
                    record["fingerprint"],
                    applied=applied,
                    response=response,
                    epoch=1,
                )
                found.append(slot_document(slot))
            slots.insert_many(found, ordered=False)
    return truth


if __name__ == "__main__":
    interruptible(main)
