"""A worker on services.runtime.stream for test_stream.py: writes what it was given to a file, or fails on purpose.

Arguments: bootstrap servers, prefix, file, offset that raises (or -1), offset to start at (or "committed"), offset
whose batch stays in a thread for a minute after it was written to the file (or -1). The number of partitions of each
assignment goes to a file beside it.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.runtime import logs
from services.runtime.settings import KafkaSettings, LogSettings
from services.runtime.stream import Batching, Record, Stream

servers, prefix, file, raises_at, starts_at, hangs_at = sys.argv[1:]
done = Path(file)


async def positions(committed: Mapping[int, int | None]) -> Mapping[int, int]:
    with done.with_suffix(".assigned").open("a") as out:
        out.write(f"{len(committed)}\n")
    return {
        partition: int(starts_at) if starts_at != "committed" else offset or 0
        for partition, offset in committed.items()
    }


async def handle(records: Sequence[Record]) -> None:
    for record in records:
        if record.offset == int(raises_at):
            raise ValueError("Canary-answer")
    with done.open("a") as out:
        out.writelines(f"{record.partition} {record.offset} {record.value[:8].hex()}\n" for record in records)
    if any(record.offset == int(hangs_at) for record in records):
        await asyncio.to_thread(time.sleep, 60)


async def nothing() -> None:
    return


logs.configure(LogSettings(), "test")
Stream(
    KafkaSettings(bootstrap_servers=servers, prefix=prefix),
    "group",
    "submissions",
    Batching(50, 0.1),
    positions,
    handle,
).run(nothing, nothing)
