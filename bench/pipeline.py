"""From POST to committed cell with all processes on this machine, for the reference survey (`make bench-pipeline`).

First as fast as it goes: the clock runs from the first post until everything is accounted for in the database. Then at
half that rate, for the age of a submission (from the broker's acknowledgement to the commit of its cell). CPU seconds
are those of each process, the load generator's apart, because it shares the cores with what it measures.
"""

import json
import re
import sys
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench import household_post
from bench.interruptible import interruptible
from bench.load import Plan, Result, in_a_process
from cli.accounts import wait_until_closed
from cli.field import Field, open_field
from deploy.local.stack import Stack

WARM_UP = 2_000
SUBMISSIONS = 30_000
STEADY_S = 30.0
CONNECTIONS = 64
DEADLINE_S = 300.0

AGE = "rihla_aggregate_age_seconds"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rihla-bench-") as folder, Stack(Path(folder)) as stack:
        field = open_field(stack)
        sent = Sender(stack, field)
        sent.load(WARM_UP)
        sent.wait()
        before, began = cpu_seconds(stack), time.monotonic()
        load = sent.load(SUBMISSIONS)
        sent.wait()
        seconds = time.monotonic() - began
        spent = {part: after - before[part] for part, after in cpu_seconds(stack).items()}
        rate = SUBMISSIONS / seconds
        ages_before = age_buckets(stack)
        steady = sent.load(int(rate / 2 * STEADY_S), rate / 2)
        sent.wait()
        ages = {edge: count - ages_before.get(edge, 0.0) for edge, count in age_buckets(stack).items()}
    say(
        f"posting alone {load.per_second:.0f}/s, then at {rate / 2:.0f}/s answers in {steady.latency(0.99):.3f} s (p99)"
    )
    report = {
        "name": "bench-pipeline",
        "submissions_per_s": round(rate, 1),
        "cpu_s_per_1000": round(sum(spent.values()) / SUBMISSIONS * 1000, 3),
        "age_p50_s": round(quantile(ages, 0.5), 3),
        "age_p99_s": round(quantile(ages, 0.99), 3),
        **{f"{part}_cpu_s_per_1000": round(cpu / SUBMISSIONS * 1000, 3) for part, cpu in spent.items()},
        "load_generator_cpu_s_per_1000": round(load.cpu_s / SUBMISSIONS * 1000, 3),
    }
    say(json.dumps(report))


class Sender:
    """Posts to the stack and remembers how many submissions were acknowledged."""

    def __init__(self, stack: Stack, field: Field) -> None:
        self._field = field
        self._address = urlsplit(stack.ingest_url)
        self.acknowledged = 0
        self._next = 0

    def load(self, count: int, rate: float | None = None) -> Result:
        path = urlsplit(self._field.target.submission_url).path
        assert self._address.hostname is not None and self._address.port is not None
        result = in_a_process(
            Plan(
                self._address.hostname,
                self._address.port,
                partial(household_post.post, path, seed=1),
                connections=CONNECTIONS,
                first=self._next,
                count=count,
                rate=rate,
            )
        )
        if set(result.statuses) != {201}:
            sys.exit(f"not every post was acknowledged: {dict(result.statuses)}")
        self._next = result.next
        self.acknowledged += count
        return result

    def wait(self) -> None:
        """Until all is accounted for."""
        accounts = wait_until_closed(self._field.settings, self.acknowledged, DEADLINE_S)
        if not accounts.closed:
            sys.exit(f"not everything was accounted for within {DEADLINE_S:.0f} s: {accounts}")


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """User and system time of each part's process until now."""
    spent = {}
    for part in stack.state.parts:
        assert part.pid is not None
        times = psutil.Process(part.pid).cpu_times()
        spent[part.name] = times.user + times.system
    return spent


def age_buckets(stack: Stack) -> dict[float, float]:
    """Upper edge in seconds -> submissions up to it, since the worker started."""
    address = stack.state.part("aggregate").address
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(rf'^{AGE}_bucket{{[^}}]*le="([^"]+)"[^}}]*}} (\S+)', text, re.MULTILINE)
    buckets: dict[float, float] = {}
    for edge, count in found:
        buckets[float(edge)] = buckets.get(float(edge), 0.0) + float(count)
    return buckets


def quantile(buckets: dict[float, float], share: float) -> float:
    """By linear interpolation within the bucket, as Prometheus' histogram_quantile does."""
    edges = sorted(buckets)
    wanted = share * buckets[edges[-1]]
    below, lower = 0.0, 0.0
    for edge in edges:
        if buckets[edge] >= wanted:
            if edge == float("inf"):
                return lower
            inside = buckets[edge] - below
            return lower + (edge - lower) * ((wanted - below) / inside if inside else 1.0)
        below, lower = buckets[edge], edge
    return lower


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    interruptible(main)
