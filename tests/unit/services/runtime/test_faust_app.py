"""Settings of Faust that stand between a worker and standing still."""

import asyncio

from services.runtime.faust_app import FaustApp
from services.runtime.settings import KafkaSettings
from services.runtime.stream import Batching, Stream


def test_a_worker_that_waits_for_its_database_stays_in_its_group() -> None:
    async def made() -> FaustApp:
        async def nothing(_: object) -> dict[int, int]:
            return {}

        async def handle(_: object) -> None: ...

        return Stream(KafkaSettings(), "group", "submissions", Batching(1, 0.1), nothing, handle).app

    day_s = 86_400
    assert asyncio.run(made()).conf.broker_max_poll_interval > day_s
