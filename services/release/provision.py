"""Makes what release needs in the database: collections, indexes and the view `latest`. Idempotent.

`python -m services.release.provision`; `rihla up` calls it.
"""

import sys
from typing import Any

from pymongo import ASCENDING, MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, PyMongoError
from pymongo.write_concern import WriteConcern

from services.runtime.faults import OperatorStop
from services.runtime.settings import MongoSettings, ServiceSettings

Document = dict[str, Any]

VIEW = "latest"
"""The cells of the last release of each survey."""
MAJORITY = WriteConcern("majority")


def view_pipeline() -> list[Document]:
    """Over `released.releases`, whose documents are few, and not over the cells of all times."""
    return [
        {"$sort": {"release": -1}},
        {"$group": {"_id": "$survey", "edition": {"$first": "$_id"}}},
        {"$lookup": {"from": "cells", "localField": "edition", "foreignField": "edition", "as": "cell"}},
        {"$unwind": "$cell"},
        {"$replaceRoot": {"newRoot": "$cell"}},
    ]


def provision(settings: MongoSettings) -> None:
    """Raises pymongo's errors."""
    with MongoClient[Document](settings.uri.get_secret_value(), serverSelectionTimeoutMS=10_000) as client:
        released = client.get_database(settings.released, write_concern=MAJORITY)
        audit = client.get_database(settings.audit, write_concern=MAJORITY)
        _make(released, ("cells", "releases"))
        _make(audit, ("releases", "memory", "inputs", "surveys"))
        released.cells.create_index([("edition", ASCENDING), ("table", ASCENDING)])
        released.cells.create_index([("survey", ASCENDING), ("table", ASCENDING)])
        released.releases.create_index([("survey", ASCENDING), ("release", ASCENDING)], unique=True)
        for collection in (audit.releases, audit.memory, audit.inputs):
            collection.create_index([("survey", ASCENDING), ("release", ASCENDING)])
        _make_view(released)


def _make(database: Database[Document], names: tuple[str, ...]) -> None:
    """Collections are made here, so that no transaction has to."""
    there = set(database.list_collection_names())
    for name in names:
        if name not in there:
            try:
                database.create_collection(name)
            except CollectionInvalid:
                continue


def _make_view(released: Database[Document]) -> None:
    if VIEW in released.list_collection_names():
        released.command("collMod", VIEW, viewOn="releases", pipeline=view_pipeline())
    else:
        released.create_collection(VIEW, viewOn="releases", pipeline=view_pipeline())


def main() -> None:
    try:
        provision(ServiceSettings().mongodb)
    except PyMongoError as error:
        sys.stderr.write(
            f"The database does not answer ({type(error).__name__}): start it, or set RIHLA_MONGODB__URI\n"
        )
        sys.exit(OperatorStop.exit_code)


if __name__ == "__main__":
    main()
