"""Just enough of MongoDB's wire protocol to answer like a primary that has stepped down.

Codes and labels are those of MongoDB's documentation: TransientTransactionError inside a transaction,
RetryableWriteError for a commit and for a retryable write. A commit is, every second time, carried out and its answer
lost: that is the case in which only the database knows.
"""

import asyncio
import itertools
import struct
from collections.abc import Callable
from typing import Any

import bson

HEADER = struct.Struct("<iiii")
OP_MSG = 2013
LEFT_ALONE = frozenset({"hello", "ismaster", "isMaster", "saslStart", "saslContinue", "ping"})
"""A member that stepped down still says who it is, and lets users in."""
CODES = ((10107, "NotWritablePrimary"), (189, "PrimarySteppedDown"), (11602, "InterruptedDueToReplStateChange"))

Document = dict[str, Any]


def error(command: Document, code: int, name: str) -> Document:
    """The answer to a command."""
    answer: Document = {"ok": 0.0, "code": code, "codeName": name, "errmsg": "not primary"}
    verb = next(iter(command))
    if verb in ("commitTransaction", "abortTransaction") or ("txnNumber" in command and "autocommit" not in command):
        answer["errorLabels"] = ["RetryableWriteError"]
    elif "txnNumber" in command:
        answer["errorLabels"] = ["TransientTransactionError"]
    return answer


def message(answer: Document, response_to: int) -> bytes:
    body = b"\x00" + bson.encode(answer)
    return HEADER.pack(HEADER.size + 4 + len(body), 1, response_to, OP_MSG) + struct.pack("<I", 0) + body


def command_of(whole: bytes) -> Document | None:
    """The command of an OP_MSG; None for any other message, or one whose body does not come first."""
    _, _, _, opcode = HEADER.unpack_from(whole)
    if opcode != OP_MSG or whole[20] != 0:
        return None
    (size,) = struct.unpack_from("<i", whole, 21)
    found: Document = bson.decode(whole[21 : 21 + size])
    return found


class Answerer:
    """Takes the codes in turn, over all connections of a link."""

    def __init__(self) -> None:
        self._codes = itertools.cycle(CODES)
        self._carried_out = itertools.cycle((True, False))

    def answer(self, command: Document) -> Document:
        return error(command, *next(self._codes))

    def carries_out(self, command: Document) -> bool:
        """Whether to let it through and lose its answer."""
        return next(iter(command)) == "commitTransaction" and next(self._carried_out)


class Messages:
    """Whole messages of one connection, in both directions."""

    def __init__(
        self,
        answerer: Answerer,
        stepped_down: Callable[[], bool],
        server: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        self._answerer = answerer
        self._stepped_down = stepped_down
        self._server = server
        self._client = client
        self._lost: dict[int, Document] = {}

    async def request(self, reader: asyncio.StreamReader) -> bytes:
        """The next message for the server. IncompleteReadError at the end."""
        while True:
            whole = await _whole(reader)
            command = command_of(whole) if self._stepped_down() else None
            if command is None or next(iter(command)) in LEFT_ALONE:
                return whole
            request_id = HEADER.unpack_from(whole)[1]
            if self._answerer.carries_out(command):
                self._lost[request_id] = command
                return whole
            self._client.write(message(self._answerer.answer(command), request_id))

    async def reply(self, reader: asyncio.StreamReader) -> bytes:
        whole = await _whole(reader)
        response_to = HEADER.unpack_from(whole)[2]
        command = self._lost.pop(response_to, None)
        return whole if command is None else message(self._answerer.answer(command), response_to)


async def _whole(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(HEADER.size)
    return head + await reader.readexactly(HEADER.unpack(head)[0] - HEADER.size)
