"""Each user on the real embedded server: it can do what its row of the table says, and is denied the rest.

The embedded server looks at the database of a privilege and not at its collection (docs/adr/0016), so that is what is
asked of it here; tests/contract compares collections with what is really sent.
"""

import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo import InsertOne, MongoClient
from pymongo.errors import ClientBulkWriteException, OperationFailure
from typer.testing import CliRunner

from cli.analyst import app
from deploy.local import ports
from deploy.local.database import Database, answers, command, prepare
from deploy.mongodb.roles import Role, roles
from services.aggregate.mongo_store import MongoStore
from services.runtime.faults import OperatorStop
from services.runtime.settings import MongoSettings

DEADLINE_S = 60.0
REFUSED = 13
WRONG_PASSWORD = 18
Client = MongoClient[dict[str, Any]]
DATABASES = ("ledger", "live", "released", "audit", "admin")

TRY: dict[str, Callable[[Client, str, str], object]] = {
    "find": lambda client, database, name: client[database][name].find_one(),
    "insert": lambda client, database, name: client[database][name].insert_one({}),
    "update": lambda client, database, name: client[database][name].update_one({"_id": "none"}, {"$set": {"a": 1}}),
    "remove": lambda client, database, name: client[database][name].delete_one({"_id": "none"}),
    "createIndex": lambda client, database, name: client[database][name].create_index("looked_for"),
    "collMod": lambda client, database, name: client[database].command("collMod", name),
    "listCollections": lambda client, database, name: client[database].list_collection_names(),
    "createCollection": lambda client, database, name: client[database].create_collection(f"new{time.time_ns()}"),
    "dropCollection": lambda client, database, name: client[database].drop_collection(name),
    "dropDatabase": lambda client, database, name: client.drop_database(database),
    "createUser": lambda client, database, name: client[database].command(
        {"createUser": f"u{time.time_ns()}", "pwd": "x", "roles": []}
    ),
    "viewUser": lambda client, database, name: client[database].command("usersInfo", 1),
    "createRole": lambda client, database, name: client[database].command(
        {"createRole": f"r{time.time_ns()}", "privileges": [], "roles": []}
    ),
}


class Server:
    """The embedded server as a process, and clients of its users."""

    def __init__(self, folder: Path) -> None:
        port = ports.choose({"database": None}, {}, {})["database"]
        self.database = Database(port, folder / "database", folder / "credentials")
        self.log = folder / "log"
        self.start()

    def start(self, arguments: list[str] | None = None) -> None:
        prepare(self.database)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(arguments or command(self.database), stdout=log, stderr=log)
            while self.process.poll() is None:
                if answers(self.database):
                    return
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)  # just after a kill, its address may be in use

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self, user: str = "root") -> Client:
        return MongoClient(self.database.whole_uri(user))

    def plain(self) -> list[str]:
        """The server's own command, as stacks were started before there were users."""
        files = ("--storage-path", str(self.database.folder / "files"))
        return [sys.executable, "-m", "secantus", "--port", str(self.database.port), *files, "--sync-on-commit"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("users"))
    with server.client() as root:
        for database in DATABASES:
            root[database].things.insert_one({})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def analyst(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with MongoClient[dict[str, Any]](added(server, "mei")) as client:
        yield client


def rihla(server: Server, *arguments: str, expect: int = 0) -> str:
    """`rihla analyst`, as the operator."""
    environment = {
        "RIHLA_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "RIHLA_MONGODB__URI": server.database.uri("operator"),
        "RIHLA_MONGODB__PASSWORD_FILE": str(server.database.password_file("operator")),
    }
    result = CliRunner().invoke(app, [*arguments, "--data", str(server.log.parent)], env=environment)
    assert result.exit_code == expect, (result.output, result.exception)
    return result.output if expect == 0 else str(result.exception)


def added(server: Server, name: str) -> str:
    """A new analyst's connection string."""
    [line] = [line for line in rihla(server, "add", name).splitlines() if line.startswith("mongodb://")]
    return line


def allowed(client: Client, action: str, database: str) -> bool:
    try:
        TRY[action](client, database, "things")
    except OperationFailure as error:
        assert error.code == REFUSED, error
        return False
    return True


@pytest.mark.parametrize("role", roles(), ids=lambda role: str(role.name))
def test_a_user_can_do_what_its_row_says_and_no_more(server: Server, role: Role) -> None:
    with server.client(role.name) as client:
        may = {(action, name): role.may(action, name) for action in TRY for name in DATABASES}
        found = {(action, name): allowed(client, action, name) for action, name in may}
    assert found == may
    assert any(may.values())


def test_an_analyst_reads_releases_and_is_denied_all_else(analyst: Client) -> None:
    found = {(action, name) for action in TRY for name in DATABASES if allowed(analyst, action, name)}
    assert found == {("find", "released"), ("listCollections", "released")}


ROUNDABOUT: dict[str, Callable[[Client], object]] = {
    "a write for many": lambda client: client.bulk_write([InsertOne({}, namespace="live.things")]),
    "a write for many, at home": lambda client: client.bulk_write([InsertOne({}, namespace="released.things")]),
    "$out": lambda client: client.released.things.aggregate([{"$out": "copy"}]),
    "$merge": lambda client: client.released.things.aggregate([{"$merge": {"into": {"db": "live", "coll": "things"}}}]),
    "a join": lambda client: client.released.things.aggregate(
        [{"$lookup": {"from": {"db": "live", "coll": "things"}, "pipeline": [], "as": "found"}}]
    ),
    "a view": lambda client: client.released.create_collection("seen", viewOn="things", pipeline=[]),
    "the log of changes": lambda client: client.local["oplog.rs"].find_one(),
    "changes of all": lambda client: client.watch(max_await_time_ms=1).try_next(),
    "changes of another": lambda client: client.live.watch(max_await_time_ms=1).try_next(),
    "users": lambda client: client.admin["system.users"].find_one(),
    "my own roles": lambda client: client.released.command(
        {"grantRolesToUser": "mei", "roles": [{"role": "root", "db": "admin"}]}
    ),
    "my own password": lambda client: client.released.command({"updateUser": "mei", "pwd": "other"}),
    "the server's end": lambda client: client.admin.command("replSetStepDown", 1, force=True),
    "others' work": lambda client: client.admin.command("killAllSessions", []),
}


def code_of(error: OperationFailure) -> int | None:
    if isinstance(error, ClientBulkWriteException):
        assert isinstance(error.error, OperationFailure)
        return error.error.code
    return error.code


@pytest.mark.parametrize("way", ROUNDABOUT)
def test_an_analyst_finds_no_way_round(server: Server, analyst: Client, way: str) -> None:
    with server.client() as root:
        before = {name: root[name].things.count_documents({}) for name in DATABASES}
        with pytest.raises(OperationFailure) as refusal:
            ROUNDABOUT[way](analyst)
        # The embedded server has no joins with another database.
        assert code_of(refusal.value) == REFUSED or way == "a join", refusal.value
        assert {name: root[name].things.count_documents({}) for name in DATABASES} == before


def test_nobody_follows_changes_of_which_no_log_is_kept(server: Server, analyst: Client) -> None:
    everything = [{"$changeStream": {"allChangesForCluster": True}}]
    with server.client() as root, analyst.released.aggregate(everything, maxAwaitTimeMS=200) as changes:
        root.live.things.insert_one({})
        root.released.things.insert_one({})
        seen = [change["ns"]["db"] for _ in range(5) if (change := changes.try_next()) is not None]
        assert seen == []
        assert root.local["oplog.rs"].find_one({"ns": "live.things"}) is None


def test_nobody_comes_in_without_a_password_or_with_a_wrong_one(server: Server) -> None:
    address = f"127.0.0.1:{server.database.port}"
    with MongoClient[dict[str, Any]](f"mongodb://{address}/?directConnection=true") as nobody:
        assert not any(allowed(nobody, action, name) for action in TRY for name in DATABASES)
    with MongoClient[dict[str, Any]](f"mongodb://root:s3cretguess@{address}/?directConnection=true") as guess:
        with pytest.raises(OperationFailure) as refusal:
            guess.live.things.find_one()
        assert refusal.value.code == WRONG_PASSWORD
        assert "s3cretguess" not in f"{refusal.value!r} {guess!r}"


def test_passwords_are_for_their_owner_and_in_no_list_of_processes(server: Server) -> None:
    folder = server.database.credentials
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == sorted(["root", *(role.name for role in roles())])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    environment = Path(f"/proc/{server.process.pid}/environ").read_text(errors="replace")
    listed = " ".join(command(server.database)) + environment
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text()) == 43 and file.read_text() not in listed + server.log.read_text()


def test_analysts_are_listed_and_removed(server: Server) -> None:
    uri = added(server, "tomas")
    assert "tomas" in rihla(server, "list").split()
    assert "already" in rihla(server, "add", "tomas", expect=1)
    rihla(server, "remove", "tomas")
    assert "tomas" not in rihla(server, "list").split()
    assert "no analyst tomas" in rihla(server, "remove", "tomas", expect=1)
    with MongoClient[dict[str, Any]](uri) as client, pytest.raises(OperationFailure) as refusal:
        client.released.things.find_one()
    assert refusal.value.code == WRONG_PASSWORD
    assert "letter or digit first" in rihla(server, "add", "../../x", expect=1)


def test_a_folder_from_before_there_were_users_gets_them_and_keeps_its_data(tmp_path: Path) -> None:
    old = Server.__new__(Server)
    port = ports.choose({"database": None}, {}, {})["database"]
    old.database, old.log = Database(port, tmp_path / "database", tmp_path / "credentials"), tmp_path / "log"
    old.start(old.plain())
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{port}/?directConnection=true") as anybody:
        anybody.live.things.insert_one({"_id": "kept"})
    old.stop()
    old.start()
    try:
        with old.client("operator") as client:
            assert [document["_id"] for document in client.live.things.find()] == ["kept"]
    finally:
        old.stop()


def test_a_password_whose_file_is_deleted_is_another_after_the_next_start(tmp_path: Path) -> None:
    server = Server(tmp_path)
    uri = server.database.whole_uri("aggregate")
    analysts = added(server, "mei")
    server.stop()
    server.database.password_file("aggregate").unlink()
    server.start()
    try:
        assert server.database.whole_uri("aggregate") != uri
        with server.client("aggregate") as client:
            assert client.live.things.find_one() is None
        with MongoClient[dict[str, Any]](uri) as before, pytest.raises(OperationFailure) as refusal:
            before.live.things.find_one()
        assert refusal.value.code == WRONG_PASSWORD
        with MongoClient[dict[str, Any]](analysts) as client:
            assert client.released.things.find_one() is None
    finally:
        server.stop()


def test_aggregate_stops_for_the_operator_when_the_database_refuses_it(server: Server) -> None:
    with_a_wrong_password = server.database.whole_uri("aggregate").replace("@", "x@", 1)
    as_provisioning = server.database.whole_uri("provision")
    for uri, code in ((with_a_wrong_password, WRONG_PASSWORD), (as_provisioning, REFUSED)):
        store = MongoStore(MongoSettings(uri=SecretStr(uri)))
        try:
            with pytest.raises(OperatorStop, match=rf"refuses the user of RIHLA_MONGODB__URI \(code {code}\)"):
                list(store.ended())
                store.transact(lambda tx: tx.unreject({(0, 0)}))
        finally:
            store.close()
