"""What a second worker of aggregate brings, with and without edits: `make bench-workers`.

    python -m bench.workers [--submissions 20000] [--edits 0.06]

A database of its own; outcomes in memory go through the agent of aggregate, in batches as large as the stream's, in
one process that has all partitions and then in two that have half of them each. Every edit replaces what another
partition counted. The last line is one JSON object: submissions a second of one worker and of two, and `speedup`, with
edits and without. All share the machine with the database.
"""

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from random import Random

import orjson
from pydantic import SecretStr

from bench.interruptible import interruptible
from bench.outcomes import Outcome, OutcomeSource
from bench.own_database import own_database
from cli.field import REFERENCE
from schemas.erasure import ErasureNotice
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.aggregate.agent import Agent
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import Topics, provision
from services.runtime import garbage
from services.runtime.settings import MongoSettings
from services.runtime.stream import Record

PARTITIONS = 4
BATCH = 500
EARLIER = 2_000
"""An edit replaces one of so many before it."""
DEADLINE_S = 600.0


class NoNotices:
    """Nobody is erased here."""

    def announce(self, notices: Iterable[ErasureNotice]) -> None:
        raise AssertionError

    def read(self) -> list[ErasureNotice]:
        return []


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--submissions", type=int, default=20_000)
    arguments.add_argument("--edits", type=float, default=0.06)
    given = arguments.parse_args()
    survey = compile_survey(REFERENCE).publishable
    assert survey is not None
    figures: dict[str, float] = {}
    for name, edits in (("with_edits", given.edits), ("without", 0.0)):
        records = list(outcomes(survey, given.submissions, edits))
        one, two = (measure(survey, records, workers) for workers in (1, 2))
        figures |= {
            f"one_{name}": round(one),
            f"two_{name}": round(two),
            f"speedup_{name}": round(two / one, 2),
        }
    sys.stdout.write(json.dumps({"name": "bench-workers", **figures}) + "\n")


def outcomes(survey: SurveyDefinition, number: int, edits: float) -> Iterator[Outcome]:
    """As validate writes them. Of those that replace something, each something else, in another partition."""
    random = Random(1)
    earlier: list[tuple[int, str]] = []
    for partition, offset, value in OutcomeSource(survey, "submissions-id", PARTITIONS).take(number):
        outcome = orjson.loads(value)
        place = random.randrange(len(earlier)) if earlier else 0
        if random.random() < edits and earlier and earlier[place][0] != partition:
            outcome["replaces"] = earlier.pop(place)[1]
        earlier = [*earlier[-EARLIER:], (partition, outcome["instance"])]
        yield partition, offset, orjson.dumps(outcome)


def measure(survey: SurveyDefinition, records: Sequence[Outcome], workers: int) -> float:
    """Submissions a second, of all workers together."""
    with own_database() as (database, _):
        uri = database.whole_uri()
        zero, end = dict.fromkeys(range(PARTITIONS), 0), dict.fromkeys(range(PARTITIONS), len(records))
        topics = Topics("responses-id", "submissions-id", zero, zero, end, end)
        provision(MongoSettings(uri=SecretStr(uri)), topics)
        spawned = multiprocessing.get_context("spawn")
        start, ready = spawned.Event(), spawned.Semaphore(0)
        shares = [range(first, PARTITIONS, workers) for first in range(workers)]
        running = [
            spawned.Process(
                target=work,
                args=(uri, survey, topics, list(share), [one for one in records if one[0] in share], ready, start),
            )
            for share in shares
        ]
        try:
            for process in running:
                process.start()
            for _ in running:
                assert ready.acquire(timeout=DEADLINE_S)
            began = time.monotonic()
            start.set()
            for process in running:
                process.join(DEADLINE_S)
                assert process.exitcode == 0, "a worker did not come to its end"
            seconds = time.monotonic() - began
        finally:
            for process in running:
                with suppress(ValueError, AttributeError):
                    process.kill()
        store = MongoStore(MongoSettings(uri=SecretStr(uri)))
        assert sum(mark.accounted for mark in store.watermarks()) == len(records)
        store.close()
        return len(records) / seconds


def work(
    uri: str,
    survey: SurveyDefinition,
    topics: Topics,
    partitions: list[int],
    records: list[Outcome],
    ready: "multiprocessing.synchronize.Semaphore",
    start: "multiprocessing.synchronize.Event",
) -> None:
    """A worker's process, with a stream that is always ahead."""
    store = MongoStore(MongoSettings(uri=SecretStr(uri)))
    contributors = Contributors(lambda *_: survey, store.declare)
    agent = Agent(store, contributors, lambda: topics, ErasureMemory(store, NoNotices()))
    stream = [Record(partition, offset, 0, value, {}) for partition, offset, value in records]

    pauses = garbage.Pauses()

    async def run() -> None:
        await agent.positions(dict.fromkeys(partitions))
        for first in range(0, len(stream), BATCH):
            await agent.handle(stream[first : first + BATCH])
            pauses.collect()

    contributors(survey.survey, survey.version)
    garbage.settle(garbage.OBJECTS_OF_BATCHES)
    ready.release()
    assert start.wait(DEADLINE_S)
    asyncio.run(run())
    store.close()


if __name__ == "__main__":
    interruptible(main)
