"""What `rihla repair` and `rihla partitions` write in the database, as the user `provision`: where a watermark reads
`responses` on, and who did what (ledger.repairs). What is counted is never touched.

An aggregate that runs beside it writes its watermark with what it expects there, and ends when that has changed; it
then starts from what is stored.
"""

import getpass
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bson.int64 import Int64
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from services.aggregate.mongo_documents import watermark_document
from services.aggregate.watermark import Watermark
from services.runtime.settings import MongoSettings

Document = dict[str, Any]
MAJORITY = WriteConcern("majority")


class Moved(Exception):
    """A watermark is not any more what it was when it was read."""


class Mending:
    """Use `mending`. All of it raises pymongo's errors."""

    def __init__(self, client: MongoClient[Document], settings: MongoSettings) -> None:
        self._ledger = client.get_database(settings.ledger, write_concern=MAJORITY)

    def follow(self, mark: Watermark, responses_topic: str, responses_next: int) -> None:
        """Lets a partition be read on from another offset of `responses`. Safe for any: what is counted is known by
        its source offset. Raises `Moved`."""
        before = {
            "_id": mark.partition,
            "responses_topic": mark.responses_topic,
            "responses_next": mark.responses_next,
            "submissions_topic": mark.submissions_topic,
            "submissions_next": mark.submissions_next,
        }
        after = {"responses_topic": responses_topic, "responses_next": Int64(responses_next)}
        if self._ledger.watermarks.update_one(before, {"$set": after}).matched_count == 0:
            raise Moved(mark.partition)

    def add(self, marks: Sequence[Watermark]) -> list[int]:
        """Makes watermarks; those that are there stay. Returns the partitions of the new ones."""
        made = []
        for mark in marks:
            try:
                self._ledger.watermarks.insert_one(watermark_document(mark))
            except DuplicateKeyError:
                continue
            made.append(mark.partition)
        return made

    def note(self, command: str, partitions: Mapping[int, Mapping[str, object]]) -> None:
        """Who did what, and when: before it is done."""
        self._ledger.repairs.insert_one(
            {
                "at_ms": Int64(round(time.time() * 1000)),
                "by": _who(),
                "command": command,
                "partitions": {str(partition): dict(what) for partition, what in partitions.items()},
            }
        )


@contextmanager
def mending(settings: MongoSettings) -> Iterator[Mending]:
    with MongoClient[Document](settings.uri.get_secret_value(), serverSelectionTimeoutMS=10_000) as client:
        yield Mending(client, settings)


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # In a container whose user has no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
