"""How long a request may take to arrive."""

import asyncio

import pytest

from services.ingest import problems
from services.ingest.patience import Patience
from services.ingest.problems import Problem


async def test_what_arrives_is_returned() -> None:
    async def receive() -> str:
        return "here"

    assert await Patience(1, 60).wait_for(receive) == "here"


async def test_silence_is_a_problem_and_the_request_lives_on() -> None:
    patience = Patience(1, 0.02)
    watching = asyncio.create_task(patience.run())
    result = await asyncio.wait_for(patience.wait_for(asyncio.Event().wait), 5)
    assert isinstance(result, Problem)
    assert result.type is problems.TIMED_OUT
    await asyncio.sleep(0)  # a request that was cancelled for good could not wait any more
    watching.cancel()


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    task = asyncio.create_task(Patience(1, 60).wait_for(asyncio.Event().wait))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
