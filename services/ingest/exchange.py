"""One HTTP exchange at the level of ASGI: what handlers read from and what they answer.

The hot routes do not go through Starlette's Request and Response, which cost as much as parsing the submission.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from services.ingest import problems
from services.ingest.patience import Patience
from services.ingest.problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]


class ClientGone(Exception):
    """The sender hung up before the request was complete. Nobody is there to be answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: HeaderList
    body: bytes


def answer(status: int, content_type: bytes, body: bytes, headers: HeaderList) -> Answer:
    sized = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *headers]
    return Answer(status, sized, body)


class Exchange:
    """The request. Header names are lower case; of a repeated header the last one counts."""

    __slots__ = ("_received", "headers", "more", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.more = True
        """Whether there may be another chunk of the body."""
        self._received = 0

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def query(self) -> bytes:
        return bytes(self.scope["query_string"])

    def path(self, name: str) -> str:
        """A parameter of the route's path."""
        return str(self.scope["path_params"][name])

    async def chunk(self, patience: Patience) -> bytes | Problem:
        """The next bytes of the body, perhaps none; call it while `more`. Raises `ClientGone`.

        Bytes are counted as they come: Content-Length may be absent or a lie.
        """
        message = await patience.wait_for(self.receive)
        if isinstance(message, Problem):
            return message
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        self._received += len(chunk)
        if self._received > patience.max_bytes:
            return problems.REQUEST_TOO_LARGE.of(limit=f"{patience.max_bytes} bytes")
        self.more = message.get("more_body", False)
        return chunk
