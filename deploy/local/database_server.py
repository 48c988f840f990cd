"""The embedded server's process: `python -m deploy.local.database_server`, started by the supervisor alone.

It is started from here and not by its own command, for two reasons. Its own command makes users only through a server
that asks nobody for a password; here they are in place before the port is open, at each start, from the table and the
files of passwords: so an older folder without users, a crash and a changed password need no case of their own. And a
few of its commands ask for no privilege at all; here they ask for the administrator's.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from secantus import commands, rbac
from secantus.auth import SCRAM_SHA_256, derive_credentials
from secantus.server import SecantusDBServer
from secantus.storage import Storage

from deploy.local import credentials
from deploy.local.newest_record import newest_record
from deploy.mongodb.roles import ADMIN, ROOT, Databases, Document, Role, roles, user_names, user_roles

CACHE = "256M"
"""Its default of 1 GB is for a server that has the machine for itself."""
DIRTY = "eviction_dirty_target=60,eviction_dirty_trigger=80,eviction_updates_target=40,eviction_updates_trigger=60"
"""Percent of the cache that may wait for a checkpoint. The ids of slots are random, so each new one changes another
page of their index; with the 5 percent of the storage engine such a page is written and read again for nearly each, and
a submission costs the more the longer the index is (docs/benchmarks.md)."""

UNGUARDED = {
    # Writes into any database, for any user. On `admin`, where it is sent, only the administrator may insert.
    "bulkWrite": (rbac.A_INSERT, rbac.SCOPE_DATABASE),
    "killAllSessions": (rbac.A_KILLOP, rbac.SCOPE_CLUSTER),
    "killAllSessionsByPattern": (rbac.A_KILLOP, rbac.SCOPE_CLUSTER),
    "replSetStepDown": (rbac.A_FSYNC, rbac.SCOPE_CLUSTER),
    "replSetGetStatus": (rbac.A_SERVER_STATUS, rbac.SCOPE_CLUSTER),
}
"""Commands that SecantusDB 0.7.0b3 lets every user run, and what they ask for here."""


def serve(host: str, port: int, files: Path, passwords: Path, names: Databases) -> None:
    """Returns when the process is told to end. Raises what the server raises if it cannot start."""
    Storage._scan_max_nat_seq = newest_record  # noqa: SLF001 - its own reads every document
    server = SecantusDBServer(
        host=host,
        port=port,
        storage_path=str(files),
        require_auth=True,
        enable_test_commands=False,
        cache_size=CACHE,
        # Without it, a kill loses writes that were acknowledged with w:majority (5 times of 6). It costs 8 ms a commit.
        sync_on_commit=True,
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        server.stop()
        sys.exit(0)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    # A copy of every write, for replicas and change streams, neither of which there are: nearly half of its CPU.
    # What is committed is safe by the storage's own log.
    server.storage.enable_oplog = False
    server.storage._conn.reconfigure(DIRTY)  # noqa: SLF001 - the server has no setting for it
    guard()
    define(server.storage, roles(names))
    for user in user_names():
        write_user(server.storage, user, credentials.read(passwords, user))
    server.start()
    server.wait()


def guard() -> None:
    commands._COMMAND_ACTIONS.update(UNGUARDED)  # noqa: SLF001 - the server has no setting for it


def define(storage: Storage, table: tuple[Role, ...]) -> None:
    """Our roles come from the table and not from the files: looked up there they cost 0.4 ms at each command."""
    ours: dict[tuple[str, str], Document] = {
        (ADMIN, role.name): {"_id": f"{ADMIN}.{role.name}", "role": role.name, "db": ADMIN, **role.definition()}
        for role in table
    }
    stored = storage.get_role
    storage.get_role = lambda db, name: ours.get((db, name)) or stored(db, name)


def write_user(storage: Storage, name: str, password: str) -> None:
    """Makes one of our users, or gives it this password and its role."""
    user = {
        "_id": f"{ADMIN}.{name}",
        "user": name,
        "db": ADMIN,
        "credentials": derive_credentials(password, mechanism=SCRAM_SHA_256, username=name).to_doc(),
        "roles": [{"role": ROOT, "db": ADMIN}] if name == ROOT else user_roles(name),
        "mechanisms": [SCRAM_SHA_256],
    }
    storage.add_user(ADMIN, name, user, replace=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy.local.database_server", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--names", nargs=4, required=True, help="ledger, live, released, audit")
    asked = parser.parse_args()
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    serve(asked.host, asked.port, asked.files, asked.credentials, Databases(*asked.names))


if __name__ == "__main__":
    main()
