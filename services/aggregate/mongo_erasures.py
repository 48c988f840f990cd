"""The log of erasures in MongoDB (`ledger.erasures`), and the search for what is kept of a respondent.

The search reads all slots of the surveys: it is rare, an index on slots is not (docs/adr/0012). One search serves all
erasures that wait.
"""

from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bson.int64 import Int64
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from services.aggregate import mongo_documents as documents
from services.aggregate.erasing import Erasure, Source
from services.aggregate.erasure_log import Kept
from services.aggregate.slots import State
from services.aggregate.store import Unavailable

Document = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

IDS_AT_A_TIME = 100
"""As services.aggregate.mongo_transaction."""
KEPT = {"_id": 1, "instance": 1, "survey": 1, "subjects": 1, "partition": 1, "offset": 1, "origin": 1}


def _available(call: Callable[P, R]) -> Callable[P, R]:
    @wraps(call)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except PyMongoError as error:
            raise Unavailable(f"the database does not answer: {type(error).__name__}") from None

    return wrapped


class MongoErasures:
    """`ledger` writes with the concern `majority`, and is read with it here."""

    def __init__(self, ledger: Database[Document]) -> None:
        self._ledger = ledger.with_options(read_concern=ReadConcern("majority"))

    @_available
    def all(self, survey: str | None = None) -> list[Erasure]:
        return self._found({} if survey is None else {"survey": survey})

    @_available
    def waiting(self) -> list[Erasure]:
        return self._found({"done_ms": None})

    @_available
    def of(self, sources: Collection[Source]) -> list[Erasure]:
        ids = _ids(sources)
        return [
            erasure
            for first in range(0, len(ids), IDS_AT_A_TIME)
            for erasure in self._found({"_id": {"$in": ids[first : first + IDS_AT_A_TIME]}})
        ]

    @_available
    def kept_of(self, surveys: Collection[str], pseudonyms: Collection[str]) -> list[Kept]:
        wanted = frozenset(pseudonyms)
        return [
            kept for survey in sorted(surveys) for kept in self._kept(survey) if not wanted.isdisjoint(kept.subjects)
        ]

    @_available
    def finish(self, sources: Collection[Source], now_ms: int) -> None:
        for id_ in _ids(sources):
            self._ledger.erasures.update_one({"_id": id_, "done_ms": None}, {"$set": {"done_ms": Int64(now_ms)}})

    def _found(self, query: Document) -> list[Erasure]:
        found = [documents.erasure(document) for document in self._ledger.erasures.find(query)]
        return sorted(found, key=lambda erasure: (erasure.asked_ms, erasure.source))

    def _kept(self, survey: str) -> Iterator[Kept]:
        """Compared here: the embedded database would compare each slot with each pseudonym in turn."""
        named = {"survey": survey, "subjects": {"$exists": True}}
        for document in self._ledger.slots.find({**named, "state": {"$ne": State.WITHDRAWN.value}}, KEPT):
            yield _kept(document["_id"], document)
        for document in self._ledger.quarantine.find(named, KEPT):
            if document["instance"] is not None:
                yield _kept(document["instance"], document)


def _kept(instance: str, document: Document) -> Kept:
    partition, offset = document.get("origin") or (document["partition"], document["offset"])
    return Kept(instance, document["survey"], tuple(document["subjects"]), (partition, int(offset)))


def _ids(sources: Collection[Source]) -> list[str]:
    return [f"{partition}:{offset}" for partition, offset in sorted(sources)]
