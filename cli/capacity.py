"""`rihla capacity`: what a rate of submissions needs, by arithmetic from what was measured. Pure but for the printing.

Measured (2 cores at 2 GHz shared by everything, one broker, the embedded database, 6 kB submissions of the household
survey): the CPU seconds below. Everything else is extrapolated: that the cost of a submission stays the same on other
machines and at other rates, that brokers and database do the same work again for each further replica, and that a core
is not used above `BUSY`. So take it for an order of magnitude, and measure your own survey with `make bench-pipeline`.
"""

from dataclasses import dataclass
from math import ceil
from typing import Annotated

import typer
from rich.console import Console

from cli.survey_report import named_table

CPU_S_PER_1000 = {"ingest": 0.51, "validate": 0.81, "aggregate": 0.43, "database": 0.34, "kafka": 0.19}
"""CPU seconds for 1,000 submissions, measured with `make bench-pipeline`."""
BUSY = 0.6
"""Of a core: above, a burst or a restart takes too long to be caught up with."""
SUBMISSION_BYTES = 7_000
"""In `submissions`: a household interview of 6 kB as XML (measured: 2 kB as JSON), sealed, with its batch."""
OUTCOME_BYTES = 2_600
"""Measured for 300 simulated household interviews: 2,530 bytes, and the batch around it."""
SLOT_BYTES = 5_000
"""In the ledger, for as long as the survey's retention. Measured for the same: 4,900 bytes as BSON, half of it the
response and half what it contributed; MongoDB compresses them and adds an index."""
RETENTION_DAYS = 7
REPLICAS = 3
BROKER_CORES, SHARD_CORES = 4, 4
BROKER_BYTES_S = 50e6
"""What the disk and network of a broker take in while it serves its readers."""
TRANSACTIONS_S = 100
"""Commits that one shard's primary takes a second with its majority. Each batch of each partition is one."""
BATCH_RECORDS, BATCH_WITHIN_S = 1000, 0.3
DAY_S = 86_400
RATES = (10, 1_000, 100_000)


@dataclass(frozen=True)
class Capacity:
    """Processes are of one core each. Disk is in bytes over all replicas."""

    rate: float
    ingest: int
    validate: int
    aggregate: int
    partitions: int
    brokers: int
    kafka_disk: float
    shards: int
    ledger_bytes_a_day: float


def capacity(rate: float) -> Capacity:
    """For so many submissions a second, all day. At least what one failure may take away: two of each process, three
    brokers, a replica set of three for each shard."""
    ingest, validate, aggregate = (_processes(rate, name) for name in ("ingest", "validate", "aggregate"))
    # A worker has at least one partition; twice as many let them be added without growing again.
    partitions = max(4, _power_of_two(2 * max(validate, aggregate)))
    bytes_s = rate * (SUBMISSION_BYTES + OUTCOME_BYTES) * REPLICAS
    cores = rate * CPU_S_PER_1000["kafka"] / 1000 * REPLICAS / BUSY
    brokers = max(REPLICAS, ceil(cores / BROKER_CORES), ceil(bytes_s / BROKER_BYTES_S))
    batches_s = max(rate / BATCH_RECORDS, min(rate, aggregate / BATCH_WITHIN_S))
    shards = max(
        1, ceil(rate * CPU_S_PER_1000["database"] / 1000 / BUSY / SHARD_CORES), ceil(batches_s / TRANSACTIONS_S)
    )
    return Capacity(
        rate,
        ingest,
        validate,
        aggregate,
        partitions,
        brokers,
        bytes_s * RETENTION_DAYS * DAY_S,
        shards,
        rate * SLOT_BYTES * DAY_S * REPLICAS,
    )


def row(found: Capacity) -> list[str]:
    return [
        f"{found.rate:,g}",
        str(found.ingest),
        str(found.validate),
        str(found.aggregate),
        str(found.partitions),
        str(found.brokers),
        size(found.kafka_disk),
        str(found.shards),
        size(found.ledger_bytes_a_day),
    ]


HEAD = [
    "submissions/s",
    "ingest",
    "validate",
    "aggregate",
    "partitions",
    "brokers",
    "Kafka, 7 days",
    "shards",
    "ledger, a day",
]


def size(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} PB"


def command(
    rate: Annotated[list[float] | None, typer.Option("--rate", min=0.01, help="Submissions a second.")] = None,
) -> None:
    """Show what a rate of submissions needs, by arithmetic from what was measured."""
    console = Console(highlight=False, soft_wrap=True)
    table = named_table(*HEAD)
    for each in rate or RATES:
        table.add_row(*row(capacity(each)))
    console.print(table)
    measured = ", ".join(f"{name} {seconds:g}" for name, seconds in CPU_S_PER_1000.items())
    console.print(f"\nDisks are over all replicas. A shard is a replica set of {REPLICAS}.")
    console.print(f"Measured: CPU seconds for 1,000 submissions ({measured}). All else is extrapolated from them.")


def _processes(rate: float, name: str) -> int:
    return max(2, ceil(rate * CPU_S_PER_1000[name] / 1000 / BUSY))


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
