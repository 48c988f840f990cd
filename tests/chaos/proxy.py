"""TCP links that can be cut, swallow everything, or delay: one process that holds all of them.

    python -m tests.chaos.proxy LINKS-AS-JSON

One command a line on stdin, as JSON; each is answered by a line. The process ends when its stdin does, so that nothing
is left when whoever started it is killed. A process of its own, because a busy checker must not delay the network.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

import uvloop

from tests.chaos.not_primary import Answerer, Messages

HOST = "127.0.0.1"
CHUNK = 1 << 18
RETRY_S = 0.05


class Mode(StrEnum):
    OPEN = "open"
    CUT = "cut"
    """Connections are reset, and so is each new one."""
    HOLE = "hole"
    """Nothing passes and nothing is said. What was sent meanwhile arrives afterwards, as after TCP's repetitions."""
    DELAY = "delay"
    NOT_PRIMARY = "not_primary"
    """Of the database's link alone: commands are answered by the link, as by a primary that has stepped down."""


@dataclass(frozen=True)
class Link:
    """A port of its own in front of another. `database`: the messages on it are MongoDB's."""

    name: str
    port: int
    target: int
    database: bool = False


@dataclass
class Gate:
    """What a link does at present. `delay_s` counts for each direction and piece."""

    mode: Mode = Mode.OPEN
    delay_s: float = 0.0
    passing: asyncio.Event = field(default_factory=asyncio.Event)
    open_writers: set[asyncio.StreamWriter] = field(default_factory=set)
    answerer: Answerer = field(default_factory=Answerer)

    def set(self, mode: Mode, delay_s: float) -> None:
        self.mode, self.delay_s = mode, delay_s
        if mode is Mode.HOLE:
            self.passing.clear()
        else:
            self.passing.set()
        if mode is Mode.CUT:
            for writer in list(self.open_writers):
                writer.transport.abort()

    async def wait(self) -> None:
        await self.passing.wait()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)


async def serve(link: Link, gate: Gate) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gate.open_writers.add(writer)
        try:
            await gate.passing.wait()
            if gate.mode is Mode.CUT:
                writer.transport.abort()
                return
            await _join(link, gate, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            gate.open_writers.discard(writer)

    await asyncio.start_server(accept, HOST, link.port, limit=CHUNK)


async def _join(link: Link, gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there_reader, there_writer = await asyncio.open_connection(HOST, link.target, limit=CHUNK)
    gate.open_writers.add(there_writer)
    messages = Messages(gate.answerer, lambda: gate.mode is Mode.NOT_PRIMARY, there_writer, writer)
    up: Callable[[], Awaitable[bytes]] = lambda: reader.read(CHUNK)  # noqa: E731
    down: Callable[[], Awaitable[bytes]] = lambda: there_reader.read(CHUNK)  # noqa: E731
    if link.database:
        up, down = lambda: messages.request(reader), lambda: messages.reply(there_reader)
    pumps = [asyncio.ensure_future(_pump(up, there_writer, gate)), asyncio.ensure_future(_pump(down, writer, gate))]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        # The other end hears of it only once anything passes again.
        await gate.passing.wait()
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        gate.open_writers.discard(there_writer)
        for each in (writer, there_writer):
            each.close()


async def _pump(read: Callable[[], Awaitable[bytes]], writer: asyncio.StreamWriter, gate: Gate) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while piece := await read():
            await gate.wait()
            writer.write(piece)
            await writer.drain()


async def _listen(gates: dict[str, Gate]) -> None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        command = json.loads(line)
        for name in command["links"]:
            gates[name].set(Mode(command["mode"]), command.get("delay_s", 0.0))
        print("done", flush=True)


async def main(links: list[Link]) -> None:
    gates = {link.name: Gate() for link in links}
    for link in links:
        gates[link.name].set(Mode.OPEN, 0.0)
        await serve(link, gates[link.name])
    print("ready", flush=True)
    await _listen(gates)


if __name__ == "__main__":
    uvloop.run(main([Link(**link) for link in json.loads(sys.argv[1])]))
