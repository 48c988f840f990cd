"""One phone's connection to the server: sends a request and says what came back. No decision is taken here."""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from cli.fieldwork.wire import Request

CONNECT_TIMEOUT_S = 30.0
READ_TIMEOUT_S = 60.0
"""Collect's own time-outs (its OkHttp client)."""

FIRST_CONNECT_S = 4.0
"""How long to wait for the first connection of all: an address at which nothing is must be said soon."""

MESSAGE_BYTES = 2_000
"""How much of an error's body is read: enough for the sentence of an OpenRosa envelope or a problem document."""


class Answer(Enum):
    SAVED = auto()
    LATER = auto()  # 503, 429 and the like: come again later
    LOST = auto()  # no answer: it may have been written or not
    FAILED = auto()  # 5xx: it may have been written or not
    REFUSED = auto()  # another try would be answered the same


@dataclass(frozen=True)
class Reply:
    """`status` is 0 without an answer. `retry_after_s` is what the server asked for."""

    answer: Answer
    status: int = 0
    retry_after_s: float | None = None
    location: str | None = None
    message: str = ""


class Connection:
    """A pool shared by all phones. Use as a context manager. `reached` is True once anything was connected to."""

    def __init__(self, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self._read_timeout_s = read_timeout_s
        self.reached = False
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @property
    def _connect_s(self) -> float:
        return CONNECT_TIMEOUT_S if self.reached else FIRST_CONNECT_S

    async def post(self, request: Request) -> Reply:
        return await self._send("POST", request)

    async def head(self, request: Request) -> Reply:
        """Collect's first question to a submission URL. SAVED means the 204 it wants."""
        return await self._send("HEAD", request)

    async def _send(self, method: str, request: Request) -> Reply:
        assert self._session is not None
        data = request.body if method == "POST" else None
        timeout = aiohttp.ClientTimeout(total=None, connect=self._connect_s, sock_read=self._read_timeout_s)
        try:
            async with self._session.request(
                method, request.url, headers=dict(request.headers), data=data, allow_redirects=False, timeout=timeout
            ) as response:
                self.reached = True
                body = await response.content.read(MESSAGE_BYTES) if response.status >= 400 else b""
                await response.release()
                return Reply(
                    answer=_answer(method, response.status),
                    status=response.status,
                    retry_after_s=_seconds(response.headers.get("Retry-After")),
                    location=response.headers.get("Location"),
                    message=body.decode(errors="replace"),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Reply(Answer.LOST)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            self.reached = True
            return Reply(Answer.LOST)

    async def hang_up(self, request: Request, patience_s: float) -> None:
        """Sends the whole request and closes the line without reading the answer: a read time-out, made short."""
        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, **request.headers, "Content-Length": str(len(request.body))}
        head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        try:
            async with asyncio.timeout(self._connect_s):
                _, writer = await asyncio.open_connection(
                    parts.hostname, parts.port or (443 if secure else 80), ssl=True if secure else None
                )
                self.reached = True
                try:
                    writer.write(f"{head}\r\n".encode("latin-1") + request.body)
                    await writer.drain()
                    await asyncio.sleep(patience_s)
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return  # whether anything arrived is not known: that is the point


def _answer(method: str, status: int) -> Answer:
    # Collect takes 201 and 202 alone for success of a POST, and 204 alone for that of a HEAD.
    if status in ((201, 202) if method == "POST" else (204,)):
        return Answer.SAVED
    if status in (423, 425, 429, 503):
        return Answer.LATER
    return Answer.FAILED if status >= 500 or status == 408 else Answer.REFUSED


def _seconds(retry_after: str | None) -> float | None:
    """The header in its form as a number; as a date it is left to the phone's own back-off."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
