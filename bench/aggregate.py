"""What aggregate costs when much is counted already, and what the obvious alternative costs: `make bench-aggregate`.

    python -m bench.aggregate [--counted 1000000] [--measured 20000]

A real broker, database and worker (`services.aggregate.app`); the outcomes are written to `responses` as validate
writes them, one in ten a duplicate. The last line is one JSON object: at_0, at_100k, at_1m are submissions a second,
with CPU seconds of worker and database for 1,000 and the worker's memory. Other work on the machine changes from minute
to minute: so beside each figure of a history stands that of a fresh stack, measured in turns with it, and
`slowdown_at_1m` is between these two (`cpu_growth_at_1m`: of CPU seconds). Then the same records go to bench/naive.py,
at the same number of responses, but not at a million.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path

import psutil

from bench import naive
from bench.interruptible import interruptible
from bench.naive import Where, cpu_s
from bench.outcomes import DUPLICATES, OutcomeSource
from bench.pipeline import age_buckets, quantile, say
from cli.field import REFERENCE
from cli.survey_publishing import publish_survey
from cli.where import settings_from
from deploy.local.plan import SERVICES
from deploy.local.stack import Stack
from schemas.survey.compile import compile_survey
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate.mongo_store import MongoStore
from services.runtime.admin import connect
from services.runtime.settings import KafkaSettings
from services.validate.producer import OutcomeProducer, OutcomeRecord

WARM_UP = 2_000
WRITTEN_AT_A_TIME = 2_000
AHEAD = 40_000
"""Records that are written before they are counted while the history grows."""
STEADY_S = 20.0
TURNS = 3
DEADLINE_S = 1_800.0
ALTERNATIVE_MOST = 150_000
"""Responses up to which the alternative is measured: its recount keeps all of them in the memory of the embedded
database, some 10 kB each, and takes minutes at a million."""
DIMENSIONS, MEASURE = ("interview/country", "profile/sex"), "remittance/received"
"""The table that the alternative recounts."""


@dataclass(frozen=True)
class Point:
    """Measured when so many were counted before."""

    counted: float
    per_second: float
    worker_cpu_s_per_1000: float
    database_cpu_s_per_1000: float
    worker_mb: float

    @property
    def cpu_s_per_1000(self) -> float:
        return self.worker_cpu_s_per_1000 + self.database_cpu_s_per_1000

    def as_dict(self) -> dict[str, float]:
        return {
            "counted": round(self.counted),
            "submissions_per_s": round(self.per_second),
            "cpu_s_per_1000": round(self.cpu_s_per_1000, 3),
            "worker_cpu_s_per_1000": round(self.worker_cpu_s_per_1000, 3),
            "database_cpu_s_per_1000": round(self.database_cpu_s_per_1000, 3),
            "worker_mb": round(self.worker_mb),
        }


class Bench:
    """A stack of a broker, a database and one worker."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        settings = settings_from(stack.env)
        self.kafka: KafkaSettings = settings.kafka
        survey = compile_survey(REFERENCE).publishable
        assert survey is not None
        publish_survey(settings, survey)
        with connect(self.kafka) as admin:
            ids = admin.topic_ids()
        self.source = OutcomeSource(survey, ids[SUBMISSIONS], self.kafka.partitions)
        self._store = MongoStore(settings.mongodb)
        self.where = Where(stack.kafka, stack.mongo_uri, self.kafka.topic(RESPONSES))
        self.database = self._process("database")
        self.measured_from: list[list[int]] = []
        """Offsets at which a measurement began."""

    def _process(self, part: str) -> psutil.Process:
        pid = self._stack.pid(part)
        assert pid is not None
        return psutil.Process(pid)

    @property
    def written(self) -> int:
        return sum(self.source.offsets)

    def accounted(self) -> int:
        return sum(mark.accounted for mark in self._store.watermarks())

    def write(self, number: int, rate: float | None = None) -> None:
        """Outcomes, and for each a record in `submissions`, for which it stands."""
        asyncio.run(self._write(number, rate))

    async def _write(self, number: int, rate: float | None) -> None:
        responses = OutcomeProducer(self.kafka)
        submissions = OutcomeProducer(self.kafka, SUBMISSIONS)
        await responses.start()
        await submissions.start()
        began, done = time.monotonic(), 0
        try:
            for some in _pieces(self.source, number, WRITTEN_AT_A_TIME if rate is None else max(1, round(rate / 10))):
                await submissions.write([OutcomeRecord(record.partition, None, b"-") for record in some])
                await responses.write(some)
                done += len(some)
                if rate is not None:
                    await asyncio.sleep(max(0.0, began + done / rate - time.monotonic()))
        finally:
            await responses.stop()
            await submissions.stop()

    def wait(self, behind: int = 0) -> None:
        """Until no more than so many are not accounted for."""
        deadline = time.monotonic() + DEADLINE_S
        while self.written - self.accounted() > behind:
            if time.monotonic() > deadline:
                sys.exit(f"not everything was accounted for within {DEADLINE_S:.0f} s")
            time.sleep(0.05)

    def fill(self, number: int) -> None:
        """Until so many different submissions are counted."""
        while self.source.counted < number:
            self.write(min(20_000, round((number - self.source.counted) / (1 - DUPLICATES)) + 1))
            self.wait(AHEAD)
            say(f"  {self.source.counted:,} submissions written")
        self.wait()

    def measure(self, number: int) -> Point:
        counted, worker = self.source.counted, self._process("aggregate")
        before, began = (cpu_s(worker), cpu_s(self.database)), time.monotonic()
        self.write(number)
        self.wait()
        seconds = time.monotonic() - began
        thousands = number / 1000
        return Point(
            counted,
            number / seconds,
            (cpu_s(worker) - before[0]) / thousands,
            (cpu_s(self.database) - before[1]) / thousands,
            worker.memory_info().rss / 2**20,
        )

    def ages(self, rate: float) -> dict[str, float]:
        """Seconds from the broker's acknowledgement to the cell, at a steady rate."""
        before = age_buckets(self._stack)
        self.write(round(rate * STEADY_S), rate)
        self.wait()
        ages = {edge: count - before.get(edge, 0.0) for edge, count in age_buckets(self._stack).items()}
        return {"age_p50_s": round(quantile(ages, 0.5), 3), "age_p99_s": round(quantile(ages, 0.99), 3)}


def _pieces(source: OutcomeSource, number: int, size: int) -> Iterator[list[OutcomeRecord]]:
    records = (OutcomeRecord(partition, None, value) for partition, _, value in source.take(number))
    while some := list(islice(records, size)):
        yield some


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--counted", type=int, default=1_000_000, help="how long the longest history is")
    arguments.add_argument("--measured", type=int, default=10_000, help="submissions of each measurement")
    given = arguments.parse_args()
    with _stack() as stack:
        bench = Bench(stack)
        report = run(bench, given.counted, given.measured)
        stack.kill("aggregate", hold=True)
        report["naive"] = _alternative(bench, bench.measured_from, given.measured)
    say(json.dumps({"name": "bench-aggregate", **report}))


@contextmanager
def _stack() -> Iterator[Stack]:
    service = [service for service in SERVICES if service.name == "aggregate"]
    with (
        tempfile.TemporaryDirectory(prefix="rihla-bench-") as folder,
        Stack(Path(folder), services=service) as stack,
    ):
        yield stack


def run(bench: Bench, longest: int, measured: int) -> dict[str, object]:
    bench.write(WARM_UP)
    bench.wait()
    pairs = []
    for counted in (0, longest // 10, longest):
        bench.fill(counted)
        pairs.append(_in_turns(bench, measured))
        say(f"at {counted:,}: {pairs[-1][1].as_dict()}, fresh beside it: {pairs[-1][0].as_dict()}")
    (_, first), (_, tenth), (fresh, last) = pairs
    return {
        "at_0": round(first.per_second),
        "at_100k": round(tenth.per_second),
        "at_1m": round(last.per_second),
        "fresh_beside_1m": round(fresh.per_second),
        "slowdown_at_1m": round(fresh.per_second / last.per_second, 3),
        "cpu_growth_at_1m": round(last.cpu_s_per_1000 / fresh.cpu_s_per_1000, 3),
        "cpu_s_per_1000": round(last.cpu_s_per_1000, 3),
        "points": [{"fresh": fresh.as_dict(), "long": point.as_dict()} for fresh, point in pairs],
        **bench.ages(last.per_second / 2),
    }


def _in_turns(bench: Bench, measured: int) -> tuple[Point, Point]:
    """The medians of a fresh stack and of this one."""
    bench.measured_from.append(list(bench.source.offsets))
    fresh, long = [], []
    with _stack() as stack:
        other = Bench(stack)
        other.write(WARM_UP)
        other.wait()
        for _ in range(TURNS):
            fresh.append(other.measure(measured))
            long.append(bench.measure(measured))
    return middle(fresh), middle(long)


def middle(points: Sequence[Point]) -> Point:
    """The median of each figure."""
    return Point(*(statistics.median(values) for values in zip(*map(astuple, points), strict=True)))


def _alternative(bench: Bench, starts: Sequence[Sequence[int]], measured: int) -> list[dict[str, object]]:
    """The same at the same places of the same topic: inserts, and a recount of one table."""
    found: list[dict[str, object]] = []
    done: Sequence[int] = [0] * len(bench.source.offsets)
    for start in [start for start in starts if sum(start) <= ALTERNATIVE_MOST]:
        naive.fill(bench.where, done, start)
        share = measured // len(start)
        done = [offset + share for offset in start]
        cost = naive.insert(bench.where, done, start, bench.database)
        recount = naive.recount(bench.where, DIMENSIONS, MEASURE, bench.database)
        found.append(
            {
                **cost.as_dict(),
                "responses": recount.documents,
                "recount_s": round(recount.seconds, 2),
                "recount_database_cpu_s": round(recount.database_cpu_s, 2),
            }
        )
        say(f"alternative: {found[-1]}")
    return found


if __name__ == "__main__":
    interruptible(main)
