"""Every collection that provisioning makes has its place in the table of shard keys, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from deploy.mongodb.roles import Databases
from deploy.mongodb.sharding import WHOLE, commands, spreads

ROOT = Path(__file__).parents[3]


def made() -> Iterator[tuple[str, str]]:
    """Database and collection of each `_make(database, (names))` of both provisioning modules."""
    for service in ("aggregate", "release"):
        tree = ast.parse((ROOT / f"services/{service}/provision.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_make":
                database, names = node.args
                assert isinstance(database, ast.Name)
                yield from ((database.id, name) for name in ast.literal_eval(names))


def test_the_table_names_every_collection() -> None:
    table = [(each.database, each.collection) for each in spreads()]
    assert sorted(table) == sorted(made())
    assert len(set(table)) == len(table) >= 16
    assert all(each.why for each in spreads())


def test_what_grows_with_submissions_is_spread() -> None:
    spread = {(each.database, each.collection) for each in spreads() if each.by != WHOLE}
    assert spread == {
        ("ledger", "slots"),
        ("ledger", "quarantine"),
        ("ledger", "filled"),
        ("live", "cells"),
        ("live", "psu"),
        ("live", "rejections"),
    }


def test_the_commands_use_the_names_of_the_databases() -> None:
    text = "\n".join(commands(spreads(Databases(ledger="private"))))
    assert 'sh.shardCollection("private.slots", {_id: "hashed"});' in text
    assert 'sh.shardCollection("live.cells", {_id: 1});' in text
    assert "watermarks" not in text
