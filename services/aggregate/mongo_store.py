"""The store in MongoDB: one session for each worker, one transaction for each batch, and what to do when it fails."""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from bson.binary import Binary
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, CursorNotFound, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from schemas.tables.cells import Page
from schemas.tables.generations import Generations
from schemas.tables.layout import Layout
from schemas.tables.live_view import table_document
from schemas.tables.shown_cells import shown_pages, shown_runs
from services.aggregate import mongo_documents as documents
from services.aggregate import mongo_generations
from services.aggregate.generation_port import Counted
from services.aggregate.mongo_erasures import MongoErasures
from services.aggregate.mongo_transaction import MongoTransaction, below
from services.aggregate.retention import Ended
from services.aggregate.slots import Kind, Quarantined
from services.aggregate.store import Contended, Transaction, Unavailable
from services.aggregate.watermark import Fenced, Watermark
from services.runtime.faults import OperatorStop
from services.runtime.settings import MongoSettings

T = TypeVar("T")
Document = dict[str, Any]

SERVER_SELECTION_MS = 3_000
"""How long an operation waits for a primary before it fails; the worker then tries again."""
SOCKET_MS = 30_000
"""Longest silence of the server on one operation: longer than any batch, shorter than its transaction time-out."""
LOOK_MS = 600_000
"""The same for a look through all slots: the embedded database answers once it has seen them all, and needs some 30 s
for a million."""
CONFLICTS = 3
"""Conflicts of one transaction after it has written its watermarks. More tries of the same would not help: what it
writes is written by others who do not say so first."""
ENTRANCE_S = 5.0
"""How long a transaction tries to write its watermarks, while those who have them come and go: a batch takes 0.5 s."""
FENCE_CONFLICTS = 50
CONFLICT_PAUSE_S = 0.02
SETTLE_PAUSE_S = 0.25
WRITE_CONFLICT = 112
"""The server's code for a write that met another transaction."""
REFUSED = frozenset({13, 18})
"""The server's codes for a user who may not do this, and for a wrong password."""
MAJORITY = WriteConcern("majority")
SNAPSHOT = ReadConcern("snapshot")


class MongoStore:
    """`retried` is called with a word for each attempt that did not succeed, for the metrics. While `gives_way`, a
    transaction that finds its watermarks written by another one does not wait for it."""

    def __init__(
        self,
        settings: MongoSettings,
        retried: Callable[[str], None] = lambda why: None,
        gives_way: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._client = _client(settings, SOCKET_MS)
        self._ledger = self._client.get_database(settings.ledger, write_concern=MAJORITY)
        self._live = self._client.get_database(settings.live, write_concern=MAJORITY)
        self._retried = retried
        self._gives_way = gives_way
        self.erasure_log = MongoErasures(self._ledger)
        self._closing = threading.Event()
        self._session = self._client.start_session()
        self._in_use = threading.Lock()
        """Held while a batch uses the session, which is not for two threads."""

    @property
    def lsid(self) -> Binary:
        """Id of this worker's session, as `killSessions` wants it."""
        lsid: Binary = self._session.session_id["id"]
        return lsid

    def acquire(self, partitions: Collection[int]) -> dict[int, Watermark]:
        try:
            for document in list(self._ledger.watermarks.find({"_id": {"$in": sorted(partitions)}})):
                self._take_over(document["_id"], document.get("lsid"))
            mine = self._ledger.watermarks.find({"_id": {"$in": sorted(partitions)}, "lsid": self.lsid})
            return {document["_id"]: documents.watermark(document) for document in mine}
        except PyMongoError as error:
            _give_up(error)

    def watermarks(self) -> list[Watermark]:
        return [documents.watermark(document) for document in self._ledger.watermarks.find().sort("_id", 1)]

    def marks(self) -> list[Watermark]:
        try:
            return self.watermarks()
        except PyMongoError as error:
            _give_up(error)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        with self._in_use:
            return self._transact(work)

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        conflicts, patience = 0, time.monotonic() + ENTRANCE_S
        wanted: frozenset[int] = frozenset()
        while conflicts < CONFLICTS and time.monotonic() < patience:
            tx = MongoTransaction(self._ledger, self._live, self._session, self.lsid)
            try:
                self._session.start_transaction(SNAPSHOT, MAJORITY)
                if wanted:
                    tx.enter(wanted)
                result = work(tx)
            except PyMongoError as error:
                self._abort()
                if isinstance(error, ConnectionFailure) or not _may_retry(error):
                    _give_up(error)
                if tx.entering:
                    wanted = tx.wanted
                    if self._gives_way():
                        break
                else:
                    conflicts, patience = conflicts + 1, time.monotonic() + ENTRANCE_S
                self._pause("conflict")
                continue
            except BaseException:
                self._abort()
                raise
            try:
                self._session.commit_transaction()
                return result
            except PyMongoError:
                # Whatever the error says, only the watermark knows: a commit may have taken place before the
                # connection or the server died, and its repetition then fails for other reasons.
                # One without a watermark reads how far its work is, so it can be made twice.
                if tx.swapped and self._took_place(tx):
                    return result
                conflicts += 1
                self._pause("commit")
        raise Contended("the transaction met others again and again")

    def fence(self) -> None:
        # Outside of a transaction: such a write waits for the transactions that hold a watermark, instead of failing.
        try:
            marks = self.watermarks()
        except PyMongoError as error:
            _give_up(error)
        for mark in marks:
            self._touch(mark.partition)

    def _touch(self, partition: int) -> None:
        for _ in range(FENCE_CONFLICTS):
            try:
                self._ledger.watermarks.update_one({"_id": partition}, {"$inc": {"fences": 1}})
                return
            except PyMongoError as error:
                if getattr(error, "code", None) != WRITE_CONFLICT:
                    _give_up(error)
                self._pause("conflict")
        raise Unavailable(f"a watermark was held by other transactions {FENCE_CONFLICTS} times in a row")

    def ended(self) -> list[Ended]:
        try:
            return [documents.ended(document) for document in self._ledger.ended.find().sort("_id", 1)]
        except PyMongoError as error:
            _give_up(error)

    def declare(self, layouts: Collection[Layout]) -> None:
        try:
            for layout in layouts:
                document = table_document(layout)
                # Set, not replaced: which of its cells are figures is said elsewhere.
                self._live.tables.update_one({"_id": document.pop("_id")}, {"$set": document}, upsert=True)
        except PyMongoError as error:
            _give_up(error)

    def quarantine(self, kinds: Collection[Kind], survey: str | None) -> Iterator[Quarantined]:
        query: Document = {"kind": {"$in": sorted(kinds)}, **({} if survey is None else {"survey": survey})}
        order = [("partition", 1), ("offset", 1)]
        ids = [found["_id"] for found in self._ledger.quarantine.find(query, {"_id": 1}).sort(order)]
        # One payload at a time: each can have 8 MB. What is gone meanwhile was withdrawn or replayed.
        for id_ in ids:
            document = self._ledger.quarantine.find_one({"_id": id_})
            if document is not None:
                yield documents.quarantined(document)

    def quarantined_key_ids(self) -> frozenset[str]:
        """The sealing keys that the quarantine needs."""
        return frozenset(
            found["key_id"] for found in self._ledger.quarantine.find({}, {"key_id": 1}) if found["key_id"]
        )

    def live_pages(self, survey: str) -> list[Page]:
        return self._shown(survey, lambda now: shown_pages(self._pages(survey), now))

    def live_runs(self, survey: str) -> list[str]:
        return self._shown(survey, lambda now: shown_runs(self._runs(survey), now))

    def _pages(self, survey: str) -> list[Page]:
        return [documents.page(document) for document in self._live.cells.find({"_id": below(f"{survey}/")})]

    def _runs(self, survey: str) -> list[str]:
        return [document["sums"] for document in self._live.psu.find({"_id": below(f"{survey}/")}, {"sums": 1})]

    def _shown(self, survey: str, read: Callable[[Generations | None], T]) -> T:
        """Again if another generation became the current one meanwhile."""
        while True:
            now = next(iter(self.generations(survey)), None)
            found = read(now)
            after = next(iter(self.generations(survey)), None)
            if now is after or (now is not None and after is not None and now.epoch == after.epoch):
                return found

    def generations(self, survey: str | None = None) -> list[Generations]:
        query = {} if survey is None else {"_id": survey}
        try:
            return [Generations.of_document(document) for document in self._ledger.generations.find(query)]
        except PyMongoError as error:
            _give_up(error)

    def filled(self, survey: str) -> Mapping[int, int]:
        found = self._ledger.filling.find({"survey": survey})
        return {document["partition"]: int(document["slots"]) for document in found}

    def counted(self, survey: str, partitions: Collection[int], at_a_time: int) -> Iterator[list[Counted]]:
        try:
            with _client(self._settings, LOOK_MS) as client:
                ledger = client[self._settings.ledger]
                yield from mongo_generations.counted(ledger, survey, partitions, at_a_time)
        except CursorNotFound as error:
            # The server was started again, or waited too long for the next question: the look begins anew.
            raise Unavailable(type(error).__name__) from error
        except PyMongoError as error:
            _give_up(error)

    def instances(self, survey: str, at_a_time: int) -> Iterator[list[str]]:
        try:
            with _client(self._settings, LOOK_MS) as client:
                yield from mongo_generations.instances(client[self._settings.ledger], survey, at_a_time)
        except CursorNotFound as error:
            raise Unavailable(type(error).__name__) from error
        except PyMongoError as error:
            _give_up(error)

    def close(self) -> None:
        """Callable while a batch is under way in another thread: its transaction then stays open, and whoever takes the
        partition over ends it. Ending the session here could let a write of that thread slip out of its transaction."""
        self._closing.set()
        if self._in_use.acquire(blocking=False):
            self._session.end_session()
        self._client.close()

    def _take_over(self, partition: int, owner: Binary | None) -> None:
        """A worker that was killed inside a transaction leaves it open, and its successor would meet conflicts until
        the server gives it up. The change of owner is a write to the watermark: a transaction of the owner before
        conflicts with it, and every later one fails its compare-and-set."""
        if owner == self.lsid:
            return
        if owner is not None:
            self._client.admin.command("killSessions", [{"id": owner}])
        query = {"_id": partition, "lsid": owner}
        if self._ledger.watermarks.update_one(query, {"$set": {"lsid": self.lsid}}).matched_count == 0:
            # Nobody's fault, and no missing watermark: one of the two belongs to an assignment that is over.
            raise Unavailable(f"another worker took partition {partition} over at the same moment")

    def _took_place(self, tx: MongoTransaction) -> bool:
        """Whether a transaction whose commit failed is in the database. Waits for the server as long as it takes."""
        ledger = self._ledger.with_options(read_concern=ReadConcern("majority"))
        while not self._closing.is_set():
            try:
                partitions = [before.partition for before, _ in tx.swapped]
                found = {document["_id"]: document for document in ledger.watermarks.find({"_id": {"$in": partitions}})}
            except PyMongoError:
                self._retried("commit")
                self._closing.wait(SETTLE_PAUSE_S)
                continue
            stored = {partition: documents.watermark(document) for partition, document in found.items()}
            if all(stored.get(before.partition) == after for before, after in tx.swapped):
                return True
            if all(stored.get(before.partition) == before for before, _ in tx.swapped):
                return False
            raise Fenced("the watermarks moved while a commit was uncertain: another worker has the partitions")
        raise Unavailable("stopping")

    def _abort(self) -> None:
        if self._session.in_transaction:
            with suppress(PyMongoError):
                self._session.abort_transaction()

    def _pause(self, why: str) -> None:
        """Raises `Unavailable` if the store is being closed: nobody waits for what would come of another attempt."""
        self._retried(why)
        if self._closing.is_set():
            raise Unavailable("stopping")
        self._closing.wait(random.uniform(0.5, 1.5) * CONFLICT_PAUSE_S)  # noqa: S311 - spreads two workers apart


def _client(settings: MongoSettings, silence_ms: int) -> MongoClient[Document]:
    return MongoClient(
        settings.uri.get_secret_value(),
        serverSelectionTimeoutMS=SERVER_SELECTION_MS,
        connectTimeoutMS=SERVER_SELECTION_MS,
        socketTimeoutMS=silence_ms,
        appname="rihla-aggregate",
    )


def _give_up(error: PyMongoError) -> NoReturn:
    """Errors of the connection are worth another try; all others are faults of this program or its database, but for a
    wrong user, whom somebody must mend."""
    if isinstance(error, OperationFailure) and error.code in REFUSED:
        raise OperatorStop(
            f"the database refuses the user of RIHLA_MONGODB__URI (code {error.code}): give it the password and the "
            "role that deploy/mongodb/roles.py names"
        ) from None
    if isinstance(error, ConnectionFailure) or error.has_error_label("RetryableWriteError") or _may_retry(error):
        raise Unavailable(type(error).__name__) from error
    raise error


def _may_retry(error: PyMongoError) -> bool:
    """Nothing was written, and the same again may succeed: a conflict with another transaction."""
    return error.has_error_label("TransientTransactionError")
