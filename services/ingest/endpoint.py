"""What all routes share: counting, timing, and the answer when our own code fails."""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import Counter

from services.ingest import metrics, problems
from services.ingest.exchange import Answer, ClientGone, Exchange, Receive, Scope, Send
from services.ingest.problems import Problem
from services.runtime.logs import logger

Handler = Callable[[Exchange], Awaitable[Answer]]
Render = Callable[[Problem], Answer]


class Endpoint:
    """An ASGI application around a handler. `route` is the template of its path; `render` shows problems."""

    def __init__(self, route: str, methods: Mapping[str, Handler], render: Render) -> None:
        self.route = route
        self._methods = methods
        self._render = render
        self._seconds = metrics.REQUEST_SECONDS.labels(route)
        self._counters: dict[int, Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        try:
            answer = await self._answer(scope, receive)
        except ClientGone:
            self._count(499)
            return
        self._count(answer.status)
        self._seconds.observe(time.perf_counter() - began)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        handle = self._methods.get(scope["method"])
        if handle is None:
            return self._render(problems.WRONG_METHOD.of(allowed=" or ".join(self._methods)))
        try:
            return await handle(Exchange(scope, receive))
        except ClientGone:
            raise
        except Exception as fault:
            # Neither the message nor the whole trace: they can quote what was sent.
            place = traceback.extract_tb(fault.__traceback__)[-1]
            logger().error(
                "fault", error=type(fault).__name__, file=place.filename, line=place.lineno, route=self.route
            )
            return self._render(problems.FAULT.of())

    def _count(self, status: int) -> None:
        counter = self._counters.get(status)
        if counter is None:
            counter = self._counters[status] = metrics.REQUESTS.labels(self.route, status)
        counter.inc()
