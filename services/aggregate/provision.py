"""Makes what aggregate needs in the database: indexes, the view, and a watermark for each partition.

Idempotent, and the only place where a watermark is made. `python -m services.aggregate.provision`, after the topics
are there; `rihla up` calls it.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from schemas.tables.live_view import VIEW, view_pipeline
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate.mongo_documents import watermark, watermark_document
from services.aggregate.watermark import TopicChanged, Watermark, check_topics
from services.runtime.admin import TopicAdmin, connect
from services.runtime.faults import Fatal, OperatorStop
from services.runtime.settings import MongoSettings, ServiceSettings

Document = dict[str, Any]
MAJORITY = WriteConcern("majority")


@dataclass(frozen=True)
class Topics:
    """Both data topics as they are in the cluster. Offsets by partition."""

    responses_id: str
    submissions_id: str
    responses_start: Mapping[int, int]
    submissions_start: Mapping[int, int]
    responses_end: Mapping[int, int]
    submissions_end: Mapping[int, int]

    def ends(self, partition: int) -> dict[str, int]:
        """By topic. While partitions are added, `responses` has one before `submissions` does."""
        return {
            RESPONSES: self.responses_end.get(partition, 0),
            SUBMISSIONS: self.submissions_end.get(partition, 0),
        }


def topics(admin: TopicAdmin) -> Topics:
    ids = admin.topic_ids()
    return Topics(
        ids[RESPONSES],
        ids[SUBMISSIONS],
        admin.start_offsets(RESPONSES),
        admin.start_offsets(SUBMISSIONS),
        admin.end_offsets(RESPONSES),
        admin.end_offsets(SUBMISSIONS),
    )


def provision(settings: MongoSettings, found: Topics) -> list[int]:
    """Returns the partitions whose watermark had to be made. Raises `TopicChanged` (an operator must act), after all
    else is done, where a watermark that is there does not fit the topics, and pymongo's errors."""
    with MongoClient[Document](settings.uri.get_secret_value(), serverSelectionTimeoutMS=10_000) as client:
        ledger = client.get_database(settings.ledger, write_concern=MAJORITY)
        live = client.get_database(settings.live, write_concern=MAJORITY)
        for name in ("instance", "replaces"):
            ledger.quarantine.create_index(name)
        ledger.erasures.create_index("done_ms")
        ledger.filled.create_index([("survey", 1), ("fill", 1)])
        live.rejections.create_index("survey")
        _make(ledger, ("slots", "watermarks", "quarantine", "ended", "erasures", "repairs"))
        _make(ledger, ("generations", "filled", "filling"))
        _make(live, ("cells", "psu", "rejections", "tables"))
        _make_view(live)
        return [partition for partition in sorted(found.responses_end) if _watermark(ledger, partition, found)]


def _watermark(ledger: Database[Document], partition: int, found: Topics) -> bool:
    stored = ledger.watermarks.find_one({"_id": partition})
    if stored is not None:
        check_topics(watermark(stored), found.responses_id, found.submissions_id, found.ends(partition))
        return False
    first = found.submissions_start.get(partition, 0)
    new = Watermark(partition, found.responses_id, found.submissions_id, found.responses_start[partition], first, first)
    try:
        ledger.watermarks.insert_one(watermark_document(new))
    except DuplicateKeyError:
        return False
    return True


def _make(database: Database[Document], names: tuple[str, ...]) -> None:
    """Collections are made here, so that no transaction has to."""
    there = set(database.list_collection_names())
    for name in names:
        if name not in there:
            try:
                database.create_collection(name)
            except CollectionInvalid:
                continue


def _make_view(live: Database[Document]) -> None:
    if VIEW in live.list_collection_names():
        live.command("collMod", VIEW, viewOn="cells", pipeline=view_pipeline())
    else:
        live.create_collection(VIEW, viewOn="cells", pipeline=view_pipeline())


def main(go_on: bool = False) -> None:
    """With `go_on` topics that changed are only told of: aggregate stops by itself, and a repair needs what runs."""
    settings = ServiceSettings()
    made: list[int] = []
    try:
        with connect(settings.kafka) as admin:
            made = provision(settings.mongodb, topics(admin))
    except Fatal as fault:
        if go_on and isinstance(fault, TopicChanged):
            sys.stdout.write(f"{fault}\n")
            return
        sys.stderr.write(f"{fault}\n")
        sys.exit(fault.exit_code)
    except OperationFailure as error:
        sys.stderr.write(
            f"The database refuses to be prepared (code {error.code}): RIHLA_MONGODB__URI must name the user "
            "`provision`, with its password\n"
        )
        sys.exit(OperatorStop.exit_code)
    except PyMongoError as error:
        sys.stderr.write(
            f"The database does not answer ({type(error).__name__}): start it, or set RIHLA_MONGODB__URI\n"
        )
        sys.exit(OperatorStop.exit_code)
    for partition in made:
        sys.stdout.write(f"watermark of partition {partition}: made\n")


if __name__ == "__main__":
    main()
