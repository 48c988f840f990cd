"""A round in a thread: it ends by itself, stops cleanly when asked, and is cut off when its block ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from cli.background_round import BackgroundRound
from cli.fieldwork.history import truth
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.wire import Target
from deploy.local.failure import Failure

PLAN = make(Scenario(seed=4, phones=4, submissions=40, timeouts=0))
DEADLINE_S = 20.0


class Server:
    """Acknowledges everything while it is `open`, and lets phones wait for an answer while it is not."""

    def __init__(self) -> None:
        self.url = ""
        self.open = asyncio.Event()
        self.status = 201

    async def post(self, request: web.Request) -> web.Response:
        await request.read()
        await self.open.wait()
        return web.Response(status=self.status)

    async def head(self, _: web.Request) -> web.Response:
        return web.Response(status=204)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("HEAD", "/key/{token}/submission", server.head)
    app.router.add_post("/key/{token}/submission", server.post)
    app.router.add_post("/v1/surveys/{survey}/submissions", server.post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def test_a_round_is_over_when_everything_is_acknowledged(server: Server) -> None:
    server.open.set()
    with BackgroundRound(PLAN, Target(server.url, "t"), Pace()) as playing:
        assert await asyncio.to_thread(playing.over, DEADLINE_S)
    assert playing.history.acknowledged == PLAN.deliveries


async def test_a_stopped_round_sees_what_is_on_its_way_to_its_end(server: Server) -> None:
    with BackgroundRound(PLAN, Target(server.url, "t"), Pace()) as playing:
        while not any(phone.open for phone in playing.history.phones.values()):
            assert not await asyncio.to_thread(playing.over, 0.01)
        playing.stop()
        server.open.set()
        assert await asyncio.to_thread(playing.over, DEADLINE_S)
    found = truth(playing.history)
    assert found.complete
    assert 0 < found.acknowledged <= len(PLAN.phones)


async def test_a_round_whose_block_ends_is_cut_off_and_says_so(server: Server) -> None:
    with BackgroundRound(PLAN, Target(server.url, "t"), Pace()) as playing:
        while not any(phone.open for phone in playing.history.phones.values()):
            assert not await asyncio.to_thread(playing.over, 0.01)
    assert not truth(playing.history).complete


async def test_a_refusal_of_the_server_is_a_failure_with_a_sentence(server: Server) -> None:
    server.status = 403
    server.open.set()
    refused = pytest.raises(Failure, match="may not submit")
    with BackgroundRound(PLAN, Target(server.url, "t"), Pace()) as playing, refused:
        await asyncio.to_thread(playing.over, DEADLINE_S)
