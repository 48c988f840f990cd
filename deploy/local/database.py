"""The embedded database as a process: SecantusDB, which speaks MongoDB's protocol. Its quirks are known here alone.

It is a beta and serves the local stack and the tests; production is MongoDB. All that the rest of Rihla sees is an
address that works with any MongoDB.
"""

import contextlib
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import HOST

PROBE_TIMEOUT_MS = 1_000


@dataclass(frozen=True)
class Database:
    """One server, alone. Everything it writes lies in `folder`.

    Started within 0.2 s of a kill it may find its address in use and end; the supervisor tries again.
    """

    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def uri(self) -> str:
        """Transactions work with it. The server says that it is a replica set, so a client could also look for its
        members; talking to it directly finds it again 0.5 s after a restart, by way of the replica set it takes 1 s."""
        return f"mongodb://{self.address}/?directConnection=true"

    @property
    def configuration_file(self) -> Path:
        return self.folder / "secantusd.toml"


def write_configuration(database: Database) -> None:
    """An empty file, which keeps the server from looking for one in the user's home."""
    database.folder.mkdir(parents=True, exist_ok=True)
    database.configuration_file.write_text("")


def command(database: Database) -> list[str]:
    return [
        *(sys.executable, "-m", "secantus"),
        *("--config", str(database.configuration_file)),
        *("--host", HOST, "--port", str(database.port)),
        *("--storage-path", str(database.folder / "files")),
        # Without it, a kill loses writes that were acknowledged with w:majority (5 times of 6). It costs 8 ms a commit.
        "--sync-on-commit",
        # Its default of 1 GB is for a server that has the machine for itself.
        *("--cache-size", "256M"),
    ]


def answers(database: Database) -> bool:
    """Whether the server is open and takes writes."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, database.port), timeout=1):
        return _takes_writes(database)
    return False


def _takes_writes(database: Database) -> bool:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    try:
        with MongoClient[dict[str, object]](
            database.uri, serverSelectionTimeoutMS=PROBE_TIMEOUT_MS, socketTimeoutMS=PROBE_TIMEOUT_MS
        ) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False
