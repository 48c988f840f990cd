"""The links do what their names say, and answer as MongoDB documents it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import bson
import pytest

from deploy.local.ports import HOST, choose
from tests.chaos.network import Network
from tests.chaos.not_primary import HEADER, command_of, error, message
from tests.chaos.proxy import Link, Mode

WAIT_S = 10.0
SILENT_S = 0.2


@pytest.fixture
def ports() -> dict[str, int]:
    return choose(dict.fromkeys(("link", "target")), {}, {})


@pytest.fixture
def network(ports: dict[str, int]) -> Iterator[Network]:
    with Network([Link("link", ports["link"], ports["target"])]) as network:
        yield network


@pytest.fixture
async def echo(ports: dict[str, int]) -> AsyncIterator[None]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, ports["target"])
    yield
    server.close()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    writer.write(line)
    async with asyncio.timeout(WAIT_S):
        return await reader.readline()


@pytest.mark.usefixtures("echo")
async def test_a_link_passes_everything_on(network: Network, ports: dict[str, int]) -> None:
    reader, writer = await asyncio.open_connection(HOST, ports["link"])
    assert await asked(reader, writer, b"hello\n") == b"hello\n"
    writer.close()


@pytest.mark.usefixtures("echo")
async def test_a_cut_link_resets_what_is_open_and_what_comes(network: Network, ports: dict[str, int]) -> None:
    reader, writer = await asyncio.open_connection(HOST, ports["link"])
    assert await asked(reader, writer, b"before\n") == b"before\n"
    with network.disturbed(["link"], Mode.CUT):
        async with asyncio.timeout(WAIT_S):
            with pytest.raises(ConnectionResetError):
                assert await reader.readline() == b""
                raise ConnectionResetError
        other, its_writer = await asyncio.open_connection(HOST, ports["link"])
        async with asyncio.timeout(WAIT_S):
            with pytest.raises(ConnectionResetError):
                assert await other.readline() == b""
                raise ConnectionResetError
        its_writer.close()
    reader, again = await asyncio.open_connection(HOST, ports["link"])
    assert await asked(reader, again, b"after\n") == b"after\n"
    writer.close()
    again.close()


@pytest.mark.usefixtures("echo")
async def test_what_a_hole_swallows_arrives_when_it_is_healed(network: Network, ports: dict[str, int]) -> None:
    reader, writer = await asyncio.open_connection(HOST, ports["link"])
    assert await asked(reader, writer, b"before\n") == b"before\n"
    network.set(["link"], Mode.HOLE)
    writer.write(b"into the hole\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SILENT_S):
            await reader.readline()
    network.set(["link"], Mode.OPEN)
    async with asyncio.timeout(WAIT_S):
        assert await reader.readline() == b"into the hole\n"
    writer.close()


@pytest.mark.usefixtures("echo")
async def test_a_slow_link_takes_its_time_in_both_directions(network: Network, ports: dict[str, int]) -> None:
    loop = asyncio.get_running_loop()
    with network.disturbed(["link"], Mode.DELAY, 0.1):
        reader, writer = await asyncio.open_connection(HOST, ports["link"])
        began = loop.time()
        assert await asked(reader, writer, b"slow\n") == b"slow\n"
        assert loop.time() - began >= 0.2
        writer.close()


def test_the_proxies_end_with_whoever_started_them(ports: dict[str, int]) -> None:
    with Network([Link("link", ports["link"], ports["target"])]):
        pass
    with socket.socket() as client:
        assert client.connect_ex((HOST, ports["link"])) != 0


@pytest.mark.parametrize(
    ("command", "label"),
    [
        ({"commitTransaction": 1, "txnNumber": 3, "autocommit": False}, "RetryableWriteError"),
        ({"abortTransaction": 1, "txnNumber": 3, "autocommit": False}, "RetryableWriteError"),
        ({"insert": "slots", "txnNumber": 3, "autocommit": False}, "TransientTransactionError"),
        ({"update": "slots", "txnNumber": 3}, "RetryableWriteError"),
        ({"find": "slots"}, None),
    ],
)
def test_a_primary_that_stepped_down_labels_its_errors(command: dict[str, object], label: str | None) -> None:
    answer = error(command, 10107, "NotWritablePrimary")
    assert answer.get("errorLabels") == (None if label is None else [label])
    assert (answer["ok"], answer["code"]) == (0.0, 10107)


def test_an_answer_is_a_message_to_its_question() -> None:
    whole = message({"ok": 0.0, "code": 189}, 77)
    length, _, response_to, _ = HEADER.unpack_from(whole)
    assert (length, response_to) == (len(whole), 77)
    assert command_of(whole) == {"ok": 0.0, "code": 189}
    assert bson.decode(whole[21:])["code"] == 189
