"""Phones against a server on loopback that is busy, slow, broken and rude: all of it arrives, as the same bytes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cli.fieldwork import phones
from cli.fieldwork.history import planned, truth
from cli.fieldwork.phones import Pace, Round, ServerAway, ServerRefuses
from cli.fieldwork.plan import Plan, Scenario, make
from cli.fieldwork.wire import Target

PLAN = make(Scenario(seed=2, phones=5, submissions=60, timeouts=0.3, scripts=0.5))
QUICK = Pace(read_timeout_s=0.15, patience_s=20)
TOKEN = "a-token"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(post: Handler, head: Handler | None = None) -> AsyncIterator[Target]:
    """A server with the two routes; HEAD answers 204 unless told otherwise."""

    async def fine(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_route("HEAD", "/key/{token}/submission", head or fine)
    app.router.add_post("/key/{token}/submission", post)
    app.router.add_post("/v1/surveys/{survey}/submissions", post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield Target(f"http://127.0.0.1:{port}", TOKEN)
    finally:
        await runner.cleanup()


class Rude:
    """Answers each body's first tries badly, in turn: 503 with Retry-After, never, by closing the line, with 500."""

    def __init__(self) -> None:
        self.tries: Counter[bytes] = Counter()
        self.saved: Counter[bytes] = Counter()
        self.heads = 0
        self.requests = 0
        self.headers: list[dict[str, str]] = []

    async def head(self, request: web.Request) -> web.Response:
        self.heads += 1
        return web.Response(status=503 if self.heads == 1 else 204)

    async def post(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except (ConnectionError, web.HTTPException):
            return web.Response(status=400)
        self.headers.append(dict(request.headers))
        self.tries[body] += 1
        self.requests += 1
        if self.tries[body] == 1:
            match self.requests % 5:
                case 0:
                    return web.Response(status=503, headers={"Retry-After": "0"})
                case 1:
                    self.saved[body] += 1
                    return await _silence()
                case 2:
                    assert request.transport is not None
                    request.transport.close()
                case 3:
                    return web.Response(status=500)
        self.saved[body] += 1
        return web.Response(status=202 if self.saved[body] > 1 else 201)


async def _silence() -> web.StreamResponse:
    """An answer that never comes; the server cancels it when the phone has had enough."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def test_everything_is_acknowledged_in_the_end_and_retries_are_the_same_bytes() -> None:
    server = Rude()
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1

    async with served(server.post, server.head) as target:
        history = await Round(PLAN, target, QUICK, count).play()
    assert history.acknowledged == PLAN.deliveries == seen
    assert truth(history).outcomes == planned(PLAN).outcomes
    assert truth(history).figures == planned(PLAN).figures
    assert history.turned_away > 0
    assert history.unanswered > 0
    assert history.attempts >= history.acknowledged + history.unanswered
    # One body for each instance and content: nothing in a request changes between tries.
    assert len(server.tries) == len({(d.instance, p.number) for p in PLAN.phones for d in p.deliveries})
    assert all(server.saved[body] for body in server.tries)


async def test_phones_speak_as_collect_and_scripts_as_scripts() -> None:
    server = Rude()
    async with served(server.post, server.head) as target:
        await Round(PLAN, target, QUICK).play()
    kinds = Counter(headers["Content-Type"].split(";")[0] for headers in server.headers)
    assert set(kinds) == {"multipart/form-data", "application/json"}
    for headers in server.headers:
        if headers["Content-Type"] == "application/json":
            assert headers["Authorization"] == f"Bearer {TOKEN}"
        else:
            assert headers["X-OpenRosa-Version"] == "1.0"
            assert headers["Date"].endswith("GMT")


async def test_a_server_that_says_no_ends_the_round_with_a_sentence() -> None:
    async def no(_: web.Request) -> web.Response:
        return web.Response(status=401)

    async with served(no, no) as target:
        with pytest.raises(ServerRefuses, match="token is not known"):
            await Round(PLAN, target, QUICK).play()


async def test_a_head_that_is_not_204_is_no_submission_endpoint() -> None:
    async def okay(_: web.Request) -> web.Response:
        return web.Response(status=200)

    openrosa = make(Scenario(seed=2, phones=1, submissions=3, scripts=0))
    async with served(okay, okay) as target:
        with pytest.raises(ServerRefuses, match="200"):
            await Round(openrosa, target, QUICK).play()


async def test_a_server_that_is_away_ends_the_round_after_the_patience() -> None:
    round_ = Round(PLAN, Target("http://127.0.0.1:9", TOKEN), Pace(patience_s=0.2))
    with pytest.raises(ServerAway, match="Nothing was acknowledged"):
        await round_.play()
    assert not truth(round_.history).complete


async def test_a_server_that_was_never_reached_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "FIRST_WORD_S", 0.2)
    round_ = Round(PLAN, Target("http://127.0.0.1:9", TOKEN), Pace())
    with pytest.raises(ServerAway, match=r"no server answers at 127\.0\.0\.1:9"):
        await asyncio.wait_for(round_.play(), 10)


async def test_stop_ends_cleanly_with_what_was_sent() -> None:
    plan: Plan = make(Scenario(seed=2, phones=5, submissions=400))
    server = Rude()
    async with served(server.post, server.head) as target:

        def stop_soon() -> None:
            if round_.history.acknowledged == 30:
                round_.stop()

        round_ = Round(plan, target, QUICK, stop_soon)
        history = await round_.play()
    assert 30 <= history.acknowledged <= 30 + len(plan.phones)
    partial = truth(history)
    assert partial.complete
    assert partial.figures[""]["response"]["n"] == len(partial.outcomes.counted) <= 35
