"""One ingest process on a real broker: acknowledged posts as a share of a no-op route (`make bench-ingest`).

The no-op is an ordinary route of the same FastAPI application that reads the same 6 kB body and answers 201. Rounds of
both alternate, so that whatever else the machine does hits both; the share is the median of the rounds' shares. The
load generator and the broker share the cores with ingest, so the CPU seconds of each are given too.
"""

import json
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench import openrosa_post
from bench.interruptible import interruptible
from bench.load import Plan, Result, in_a_process
from deploy.local.plan import SERVICES
from deploy.local.stack import Stack
from schemas.events import Collector
from schemas.topics import COLLECTORS, SURVEYS
from services.runtime.collectors import token_hash
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings

ROUNDS = 5
ROUND_S = 4.0
CONNECTIONS = 64
"""Each waits for its acknowledgement (10 to 20 ms), so fewer would measure that wait and not the process."""
KNOWN_WITHIN_S = 10.0

NOOP = "/noop"
SUBMISSION = "/submission"


@dataclass(frozen=True)
class Round:
    """What one round of a route cost. CPU seconds are of the whole process, per request."""

    per_second: float
    cpu_s: float
    broker_cpu_s: float
    load_cpu_s: float
    p50_s: float
    p99_s: float


def main() -> None:
    ingest = [service for service in SERVICES if service.name == "ingest"]
    given = {"RIHLA_INGEST__NOOP_ROUTE": "true"}
    with (
        tempfile.TemporaryDirectory(prefix="rihla-bench-") as folder,
        Stack(Path(folder), services=ingest, given=given) as stack,
    ):
        bench = _Bench(stack)
        bench.wait_until_known()
        bench.round(NOOP, seconds=1.0)
        bench.round(SUBMISSION, seconds=1.0)
        pairs = [(bench.round(NOOP), bench.round(SUBMISSION)) for _ in range(ROUNDS)]
    say(json.dumps(_report(pairs)))


def _report(pairs: list[tuple[Round, Round]]) -> dict[str, object]:
    noop, posted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def median(values: list[float], digits: int) -> float:
        return round(statistics.median(values), digits)

    return {
        "name": "bench-ingest",
        "share_of_noop": median([second.per_second / first.per_second for first, second in pairs], 3),
        "cpu_s_per_1000": median([one.cpu_s * 1000 for one in posted], 3),
        "submissions_per_s": median([one.per_second for one in posted], 0),
        "noop_per_s": median([one.per_second for one in noop], 0),
        "noop_cpu_s_per_1000": median([one.cpu_s * 1000 for one in noop], 3),
        "cpu_share_of_noop": median([first.cpu_s / second.cpu_s for first, second in pairs], 3),
        "broker_cpu_s_per_1000": median([one.broker_cpu_s * 1000 for one in posted], 3),
        "load_generator_cpu_s_per_1000": median([one.load_cpu_s * 1000 for one in posted], 3),
        "ack_p50_s": median([one.p50_s for one in posted], 4),
        "ack_p99_s": median([one.p99_s for one in posted], 4),
        "body_bytes": openrosa_post.BODY_BYTES,
    }


class _Bench:
    def __init__(self, stack: Stack) -> None:
        address = urlsplit(stack.ingest_url)
        assert address.hostname is not None and address.port is not None
        self._host, self._port = address.hostname, address.port
        self._stack = stack
        self._token = secrets.token_urlsafe(32)
        self._next = 0
        kafka = KafkaSettings(bootstrap_servers=stack.kafka)
        survey = openrosa_post.survey()
        publish(kafka, SURVEYS, survey.key, survey.to_wire())
        collector = Collector(name="bench", surveys=["*"], created_ms=time.time_ns() // 1_000_000)
        publish(kafka, COLLECTORS, token_hash(self._token), collector.to_wire())

    def wait_until_known(self) -> None:
        """Until ingest follows the collector."""
        deadline = time.monotonic() + KNOWN_WITHIN_S
        while set(self._load(SUBMISSION, Plan.seconds, count=1).statuses) != {201}:
            if time.monotonic() > deadline:
                sys.exit("ingest does not accept the benchmark's submissions")

    def round(self, route: str, seconds: float = ROUND_S) -> Round:
        processes = [self._process("ingest"), self._process("kafka")]
        before = [_cpu_s(process) for process in processes]
        result = self._load(route, seconds)
        spent = [_cpu_s(process) - start for process, start in zip(processes, before, strict=True)]
        if set(result.statuses) != {201}:
            sys.exit(f"not every request of {route} was answered with 201: {dict(result.statuses)}")
        count = sum(result.statuses.values())
        say(f"{route:12} {result.per_second:7.0f}/s  {spent[0] / count * 1000:.3f} CPU s per 1,000")
        return Round(
            result.per_second, spent[0] / count, spent[1] / count, result.cpu_s / count,
            result.latency(0.5), result.latency(0.99),
        )  # fmt: skip

    def _load(self, route: str, seconds: float, count: int = 1_000_000_000) -> Result:
        make = partial(openrosa_post.post, route, self._token)
        connections = min(CONNECTIONS, count)
        plan = Plan(self._host, self._port, make, connections, first=self._next, count=count, seconds=seconds)
        result = in_a_process(plan)
        self._next = result.next
        return result

    def _process(self, part: str) -> psutil.Process:
        pid = self._stack.pid(part)
        assert pid is not None
        return psutil.Process(pid)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    interruptible(main)
