"""Looks at a topic beside its reader, and ends the process when records are lost (services.runtime.topic_loss)."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from kafka.errors import KafkaError

from services.runtime.admin import TopicAdmin, TopicsMissing
from services.runtime.logs import logger
from services.runtime.topic_loss import LOOK_S, Extent, TopicLoss

Look = Callable[[bool], None]
"""Asks the broker and raises what ends the process. Blocks; called from one thread. True where it is certain that the
next record is not there."""


class TopicGuard:
    """Repeats a look. A topic that is not there at all is told at the second look: a broker that has just started may
    not know it yet."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._missing = False
        # Of its own: it is not to wait for a batch, nor a batch for it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guard")

    async def run(self) -> None:
        """Until it is cancelled. Raises what ends the process."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self, certain: bool = False) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._look, certain))
        except KafkaError as error:
            logger().warning("topic_not_readable", fault=type(error).__name__)
        except TopicsMissing:
            if self._missing or certain:
                raise
            self._missing = True
        else:
            self._missing = False

    async def explain(self) -> None:
        """A record was delivered that does not follow the last."""
        await self.look(certain=True)

    def close(self) -> None:
        self._thread.shutdown(wait=False)


def extent(topic: str) -> Callable[[TopicAdmin], Extent]:
    """Where one data topic stands: a question of `services.runtime.kept_admin`."""
    return lambda admin: Extent(admin.topic_ids()[topic], admin.start_offsets(topic), admin.end_offsets(topic))


def look_at(reader: Callable[[], Extent], loss: TopicLoss, positions: Callable[[], Mapping[int, int]]) -> Look:
    """The look of a reader that has positions and nothing else."""

    def look(certain: bool) -> None:
        before = dict(positions())
        now = reader()
        loss.look(before, now, dict(positions()), certain)

    return look
