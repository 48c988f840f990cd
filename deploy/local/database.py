"""The embedded database as a process: SecantusDB, which speaks MongoDB's protocol. Its quirks are known here and in
database_server alone.

It is a beta and serves the local stack and the tests; production is MongoDB. All that the rest of Rihla sees is an
address that works with any MongoDB.
"""

import contextlib
import socket
import sys
from dataclasses import astuple, dataclass, field
from pathlib import Path

from deploy.local import credentials
from deploy.local.ports import HOST
from deploy.mongodb.roles import ADMIN, ROOT, Databases, user_names

PROBE_TIMEOUT_MS = 1_000


@dataclass(frozen=True)
class Database:
    """One server, alone. Everything it writes lies in `folder`; the passwords of its users in `credentials`.

    Started within 0.2 s of a kill it may find its address in use and end; the supervisor tries again.
    """

    port: int
    folder: Path
    credentials: Path
    names: Databases = field(default_factory=Databases)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def uri(self, user: str) -> str:
        """Without the password, which is in `password_file`.

        Transactions work with it. The server says that it is a replica set, so a client could also look for its
        members; talking to it directly finds it again 0.5 s after a restart, by way of the replica set it takes 1 s."""
        return f"mongodb://{user}@{self.address}/?directConnection=true&authSource={ADMIN}"

    def password_file(self, user: str) -> Path:
        return self.credentials / user

    def whole_uri(self, user: str = ROOT) -> str:
        """With the password: to be handed to a client, and never to be shown. FileNotFoundError before `prepare`."""
        password = credentials.read(self.credentials, user)
        return self.uri(user).replace("@", f":{password}@", 1)


def prepare(database: Database) -> None:
    """What must be there before the server starts: its folder and the passwords."""
    database.folder.mkdir(parents=True, exist_ok=True)
    credentials.provide(database.credentials, user_names())


def command(database: Database) -> list[str]:
    return [
        *(sys.executable, "-m", "deploy.local.database_server"),
        *("--host", HOST, "--port", str(database.port)),
        *("--files", str(database.folder / "files")),
        *("--credentials", str(database.credentials)),
        *("--names", *astuple(database.names)),
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
        # Whether it takes writes is said to anybody.
        with MongoClient[dict[str, object]](
            f"mongodb://{database.address}/?directConnection=true",
            serverSelectionTimeoutMS=PROBE_TIMEOUT_MS,
            socketTimeoutMS=PROBE_TIMEOUT_MS,
        ) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False
