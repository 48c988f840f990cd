"""The thin shell between the stream and the verdicts: letters in, outcomes out, in order, and the watch over both.

Outcomes that the DlqLimit holds back are kept here. The stream acknowledges their records meanwhile, but commits no
further than `undone`: the rule of the start (services.validate.start) would find them again by the outcomes before
them, but not where all of those have expired.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from schemas.events import HEADER_KEY_ID, HEADER_REPLAY_OF, Replayed
from services.runtime.faults import OperatorStop
from services.runtime.follower import NotCaughtUp
from services.runtime.logs import logger
from services.runtime.stream import Record
from services.validate import metrics
from services.validate.dlq_limit import DlqLimit
from services.validate.outcome import Letter, Verdict
from services.validate.producer import OutcomeRecord
from services.validate.reasons import BY_CODE

RETRY_S = 1.0
"""Between two looks at `surveys` while the broker does not answer."""
FLUSH_S = 1.0
"""How often outcomes that are held back are looked at."""
KEY_ID_CHARS = 64


class Writer(Protocol):
    async def write(self, records: Sequence[OutcomeRecord]) -> None: ...


Starts = Callable[[Mapping[int, int | None]], Mapping[int, int]]
"""Committed offsets by partition -> offsets to start at. Blocks."""


class Agent:
    def __init__(
        self,
        judge: Callable[[Letter], Verdict],
        writer: Writer,
        limit: DlqLimit,
        starts: Starts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._judge = judge
        self._writer = writer
        self._limit = limit
        self._starts = starts
        self._clock = clock
        self._held: list[tuple[Record, Verdict]] = []
        self._busy = asyncio.Lock()

    async def positions(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        """Called with each new assignment. What was held back belongs to an old one."""
        async with self._busy:
            starts = await asyncio.to_thread(self._starts, committed)
            # Not before: until the stream knows the new positions, a commit may still ask what is undone.
            self._held.clear()
            self._limit.forget_held()
        logger().info("assigned", partitions={str(partition): offset for partition, offset in starts.items()})
        return starts

    async def handle(self, records: Sequence[Record]) -> None:
        """Returns when all outcomes are written that are not held back. Raises what ends the process."""
        began = self._clock()
        verdicts = await self._verdicts(records)
        metrics.VERDICT_SECONDS.observe((self._clock() - began) / len(records))
        async with self._busy:
            self._held += zip(records, verdicts, strict=True)
            await self._let_go()

    def undone(self, partition: int) -> int | None:
        """The first offset of a partition whose outcome is held back."""
        return next((record.offset for record, _ in self._held if record.partition == partition), None)

    async def flush_held(self) -> None:
        """Lets outcomes go that were held back long enough. Called every `FLUSH_S`."""
        async with self._busy:
            if self._held:
                await self._let_go()

    async def _verdicts(self, records: Sequence[Record]) -> list[Verdict]:
        letters = [_letter(record) for record in records]
        while True:
            try:
                # In a thread: a survey may have to be looked up, and heartbeats go on meanwhile.
                return await asyncio.to_thread(lambda: [self._judge(letter) for letter in letters])
            except NotCaughtUp as error:
                logger().warning("surveys_not_readable", reason=str(error))
                await asyncio.sleep(RETRY_S)

    async def _let_go(self) -> None:
        release = self._limit.decide([verdict.bad for _, verdict in self._held], self._clock())
        going = self._held[: release.count]
        if going:
            await self._writer.write([OutcomeRecord(record.partition, record.key, v.wire) for record, v in going])
            # Not before: until they are written, they are undone.
            self._held = self._held[release.count :]
            _observe(going)
        metrics.HELD_BACK.set(len(self._held))
        if release.stop is not None:
            last = self._held[-1][0]
            raise OperatorStop(
                f"{release.stop} records in a row could not be opened or made our own code fail, the last at partition "
                f"{last.partition}, offset {last.offset}. The last {len(self._held)} have no outcome yet. Compare "
                "the keys and the release of validate with those of ingest, mend them, and start validate again."
            )


def _letter(record: Record) -> Letter:
    key_id = record.headers.get(HEADER_KEY_ID)
    text = None if key_id is None else key_id[:KEY_ID_CHARS].decode("ascii", "replace")
    replay_of = Replayed.read(record.headers.get(HEADER_REPLAY_OF))
    return Letter(record.partition, record.offset, record.at_ms, text, record.value, replay_of)


def _observe(written: Sequence[tuple[Record, Verdict]]) -> None:
    metrics.AGE_SECONDS.observe(max(0.0, time.time() - min(record.at_ms for record, _ in written) / 1000))
    for record, verdict in written:
        metrics.OUTCOMES.labels(verdict.kind).inc()
        if verdict.waits:
            metrics.HELD.labels(verdict.waits).inc()
        for code in verdict.codes:
            metrics.REASONS.labels(code, BY_CODE[code].label).inc()
        for note in verdict.notes:
            metrics.NOTES.labels(note.partition(" ")[0]).inc()
        metrics.POSITION.labels(str(record.partition)).set(record.offset + 1)
