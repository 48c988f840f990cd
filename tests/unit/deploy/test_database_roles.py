"""The table of users, as data: what each may do, by action, and what nobody may."""

import json
from pathlib import Path

from deploy.mongodb.roles import (
    Databases,
    Role,
    analyst_command,
    as_data,
    roles,
    user_names,
)

ROOT = Path(__file__).parents[3]
ROLES = {role.name: role for role in roles()}
DATABASES = ("ledger", "live", "released", "audit")
WRITES = ("insert", "update", "remove")
KNOWN = {
    *("find", "insert", "update", "remove", "createCollection", "createIndex", "collMod"),
    *("listCollections", "listIndexes", "createUser", "dropUser", "viewUser", "changePassword", "grantRole"),
}
"""Actions of MongoDB's manual that the table uses. None of the cluster's, none that drops data, none on `system.*`."""


def writers(database: str) -> set[str]:
    return {role.name for role in ROLES.values() if any(role.may(action, database) for action in WRITES)}


def test_each_database_has_the_writers_that_the_design_names() -> None:
    # Provisioning writes watermarks alone.
    assert writers("ledger") == {"aggregate", "provision"}
    assert writers("live") == {"aggregate"}
    assert writers("released") == {"release"}
    assert writers("audit") == {"release"}


def test_each_database_has_the_readers_that_the_design_names() -> None:
    readers = {name: {role.name for role in ROLES.values() if role.may("find", name)} for name in DATABASES}
    assert readers == {
        "ledger": {"aggregate", "release", "operator", "provision"},
        "live": {"aggregate", "release", "operator"},
        "released": {"release", "operator"},
        "audit": {"release", "operator"},
    }


def test_no_action_is_misspelt_and_none_is_of_the_cluster_or_destroys() -> None:
    used = {action for role in ROLES.values() for privilege in role.privileges for action in privilege.actions}
    assert used == KNOWN
    privileges = [privilege for role in ROLES.values() for privilege in role.privileges]
    assert {privilege.database for privilege in privileges} == set(DATABASES)
    assert not any(privilege.collection.startswith("system.") for privilege in privileges)


def test_watermarks_are_made_by_provisioning_and_moved_by_aggregate() -> None:
    def may(action: str) -> set[str]:
        return {role.name for role in ROLES.values() if role.may(action, "ledger", "watermarks")}

    assert may("insert") == {"provision"}
    # Provisioning: where `responses` is read on (`rihla repair`).
    assert may("update") == {"aggregate", "provision"}
    assert may("remove") == set()


def test_provisioning_reads_no_answer() -> None:
    assert not any(ROLES["provision"].may("find", "ledger", name) for name in ("slots", "quarantine", "erasures"))
    assert not ROLES["provision"].may("find", "live")


def test_a_release_is_written_and_never_changed() -> None:
    assert [role.name for role in ROLES.values() if role.may("update", "released")] == []
    assert [role.name for role in ROLES.values() if role.may("remove", "released")] == []
    assert not any(ROLES["release"].may(action, database) for action in WRITES for database in ("live", "ledger"))


def test_release_does_not_read_what_waits_sealed() -> None:
    assert not ROLES["release"].may("find", "ledger", "quarantine")


def test_users_are_made_by_the_operator_in_the_database_of_releases_alone() -> None:
    for role in ROLES.values():
        for database in (*DATABASES, "admin"):
            allowed = role.name == "operator" and database == "released"
            assert role.may("createUser", database) == allowed
            assert role.may("grantRole", database) == allowed


def test_an_analyst_reads_releases_and_nothing_else() -> None:
    assert analyst_command("mei", "secret") == {
        "createUser": "mei",
        "pwd": "secret",
        "roles": [{"role": "read", "db": "released"}],
    }


def test_other_names_of_databases_are_taken_throughout() -> None:
    table = roles(Databases("a", "b", "c", "d"))
    named = {privilege.database for role in table for privilege in role.privileges}
    assert named | {name for role in table for name in role.reads} == {"a", "b", "c", "d"}


def test_a_privilege_on_one_collection_is_none_on_another() -> None:
    [role] = [role for role in roles() if role.name == "release"]
    assert isinstance(role, Role)
    assert role.may("find", "live", "cells") and not role.may("find", "live", "rejections")


def test_the_file_for_mongosh_is_the_table() -> None:
    """After a change: `python -m deploy.mongodb.roles > deploy/mongodb/roles.json`."""
    assert json.loads((ROOT / "deploy/mongodb/roles.json").read_text()) == as_data(roles())


def test_every_user_but_the_administrator_has_a_role_of_its_name() -> None:
    assert user_names() == ("root", *ROLES)
