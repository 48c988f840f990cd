"""Who may do what in the database: one table, from which the users of MongoDB and of the embedded server come. Pure.

The actions are MongoDB's, and each stands here because a command of that user needs it. Collections are named wherever
a user reads or writes documents; tests/contract compares what aggregate really sends with its rows.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

ADMIN = "admin"
"""The database in which our roles and users are kept. Analysts are kept in `released`, see `analyst_command`."""

ROOT = "root"
"""Makes the users. In Rihla only what starts the database uses it; people use it to back up and to restore."""

STRUCTURE = ("createCollection", "createIndex", "collMod", "listCollections", "listIndexes")


READ = ("find", "listCollections", "listIndexes", "collStats", "dbStats", "dbHash", "killCursors", "changeStream")
"""Of the built-in role `read`, on everything in its database but most of `system.*`."""


@dataclass(frozen=True)
class Databases:
    """Names of the four databases, as in RIHLA_MONGODB__LEDGER and so on."""

    ledger: str = "ledger"
    live: str = "live"
    released: str = "released"
    audit: str = "audit"


@dataclass(frozen=True)
class Privilege:
    """`collection` empty: the database and each of its collections but `system.*`."""

    database: str
    collection: str
    actions: tuple[str, ...]

    def document(self) -> Document:
        return {
            "resource": {"db": self.database, "collection": self.collection},
            "actions": list(self.actions),
        }


@dataclass(frozen=True)
class Role:
    """What one user may do; the user has the role's name. `reads`: databases on which it has the built-in role `read`:
    documents, views, indexes, figures about them."""

    name: str
    privileges: tuple[Privilege, ...] = ()
    reads: tuple[str, ...] = ()

    def may(self, action: str, database: str, collection: str = "") -> bool:
        """With `collection` empty: whether it may anywhere in the database."""
        if action in READ and database in self.reads:
            return True
        return any(
            action in privilege.actions and privilege.database == database
            for privilege in self.privileges
            if not collection or privilege.collection in ("", collection)
        )

    def definition(self) -> Document:
        """The body that `createRole` and `updateRole` share."""
        return {
            "privileges": [privilege.document() for privilege in self.privileges],
            "roles": [{"role": "read", "db": name} for name in self.reads],
        }


def roles(names: Databases | None = None) -> tuple[Role, ...]:
    """One role for each user that our processes and tools have.

    A transaction over several databases needs no more than its commands do, and a session may be killed by the user who
    began it (`killSessions`), which is how a worker takes over from a dead one.
    """
    names = names or Databases()
    return (_provision(names), _aggregate(names), _release(names), _operator(names))


def _provision(names: Databases) -> Role:
    """Makes collections, indexes and views, and carries out repairs. It reads no document but the watermarks, which it
    alone may create, and the log of repairs; and so it can neither define a view to read through nor needs a right on
    what a view is made of."""
    every = (names.ledger, names.live, names.released, names.audit)
    structure = tuple(Privilege(name, "", STRUCTURE) for name in every)
    watermarks = Privilege(names.ledger, "watermarks", ("find", "insert", "update"))
    repairs = Privilege(names.ledger, "repairs", ("find", "insert"))
    return Role("provision", (*structure, watermarks, repairs))


def _aggregate(names: Databases) -> Role:
    """Writes `ledger` and `live`, alone. It makes no watermark and removes none: with both it could count twice."""
    return Role(
        "aggregate",
        (
            Privilege(names.ledger, "watermarks", ("find", "update")),
            Privilege(names.ledger, "slots", ("find", "insert", "update", "remove")),
            Privilege(names.ledger, "quarantine", ("find", "insert", "remove")),
            Privilege(names.ledger, "erasures", ("find", "insert", "update")),
            Privilege(names.ledger, "ended", ("find", "insert", "update")),
            Privilege(names.ledger, "generations", ("find", "insert", "update")),
            Privilege(names.ledger, "filled", ("find", "insert", "remove")),
            Privilege(names.ledger, "filling", ("find", "insert", "update", "remove")),
            Privilege(names.live, "cells", ("find", "insert", "remove")),
            Privilege(names.live, "psu", ("find", "insert", "remove")),
            Privilege(names.live, "tables", ("insert", "update")),
            Privilege(names.live, "rejections", ("find", "insert", "remove")),
        ),
    )


def _release(names: Databases) -> Role:
    """Reads exact cells and who moved, writes releases, which are never changed nor removed. What it remembers for the
    next release is its own."""
    read = ("find",)
    return Role(
        "release",
        (
            *(Privilege(names.live, name, read) for name in ("cells", "psu", "tables")),
            *(
                Privilege(names.ledger, name, read)
                for name in ("slots", "watermarks", "erasures", "generations", "filled")
            ),
            Privilege(names.released, "cells", ("find", "insert")),
            Privilege(names.released, "releases", ("find", "insert")),
            Privilege(names.audit, "", ("find", "insert", "update", "remove")),
        ),
    )


def _operator(names: Databases) -> Role:
    """The `rihla` command: reads everything, writes no document, and makes analysts' users, which are kept in
    `released`. `grantRole` there covers the roles of that database alone."""
    users = ("createUser", "dropUser", "viewUser", "changePassword", "grantRole")
    return Role(
        "operator",
        (Privilege(names.released, "", users),),
        reads=(names.ledger, names.live, names.released, names.audit),
    )


def user_names() -> tuple[str, ...]:
    """Every user that has a password of its own, the one that makes the others first."""
    return (ROOT, *(role.name for role in roles()))


def user_roles(user: str) -> list[Document]:
    return [{"role": user, "db": ADMIN}]


def analyst_command(name: str, password: str, released: str = Databases.released) -> Document:
    """`createUser` for an analyst, to be run in the database of releases. An analyst is kept there, so that an operator
    needs a right on nothing else, and no name can be one of ours."""
    return {"createUser": name, "pwd": password, "roles": [{"role": "read", "db": released}]}


def as_data(table: Iterable[Role]) -> list[Document]:
    """What deploy/mongodb/users.js reads (deploy/mongodb/roles.json)."""
    return [{"name": role.name, **role.definition()} for role in table]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(as_data(roles()), indent=1) + "\n")
