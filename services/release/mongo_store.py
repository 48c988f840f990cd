"""The store in MongoDB: a look at the inputs is one transaction, and so is the writing of a release."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from bson.int64 import Int64
from pymongo import ASCENDING, MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from schemas.tables.contribution import Contribution, filled_contributions
from schemas.tables.generations import Generations
from schemas.tables.shown_cells import shown_contribution, shown_pages, shown_runs
from services.release import mongo_documents as documents
from services.release import stored_memory
from services.release.documents import edition
from services.release.inputs import Inputs, Position
from services.release.moved import COUNTED, STATES, Mark, moved
from services.release.protect import Memory
from services.release.store import Made, MadeElsewhere, Record, Unavailable
from services.release.stored_inputs import StoredInputs
from services.runtime.settings import MongoSettings

Document = dict[str, Any]

SERVER_SELECTION_MS = 3_000
SOCKET_MS = 60_000
"""Longest silence of the server on one operation: it looks through all slots of the ledger for those of one survey."""
CELLS_AT_A_TIME = 1_000
ATTEMPTS = 5
"""Of a transaction that meets another one: they meet once, when two processes make one release."""
DUPLICATE_KEY = 11_000
MAJORITY = WriteConcern("majority")
SNAPSHOT = ReadConcern("snapshot")


class MongoStore:
    def __init__(self, settings: MongoSettings) -> None:
        self._client: MongoClient[Document] = MongoClient(
            settings.uri.get_secret_value(),
            serverSelectionTimeoutMS=SERVER_SELECTION_MS,
            connectTimeoutMS=SERVER_SELECTION_MS,
            socketTimeoutMS=SOCKET_MS,
            appname="rihla-release",
        )
        self._ledger = self._database(settings.ledger)
        self._live = self._database(settings.live)
        self._released = self._database(settings.released)
        self._audit = self._database(settings.audit)

    def _database(self, name: str) -> Database[Document]:
        return self._client.get_database(name, read_concern=ReadConcern("majority"), write_concern=MAJORITY)

    def read(self, survey: str, since: Mapping[int, int] | None, each: Callable[[Contribution], None] | None) -> Inputs:
        with _answering(), self._client.start_session() as session:
            session.start_transaction(SNAPSHOT)
            positions = self._positions(session)
            pages = [documents.page(found) for found in self._live.cells.find({"survey": survey}, session=session)]
            runs = [found["sums"] for found in self._live.psu.find({"survey": survey}, {"sums": 1}, session=session)]
            now = self._generations(survey, session)
            who = moved(self._marks(survey, each, now, session), since)
            waiting = len(list(self._ledger.erasures.find({"done_ms": None}, {"_id": 1}, session=session)))
            session.abort_transaction()
        return Inputs(shown_pages(pages, now), shown_runs(runs, now), positions, who, waiting, now)

    def generations(self, survey: str) -> Generations | None:
        with _answering():
            return self._generations(survey, None)

    def _generations(self, survey: str, session: ClientSession | None) -> Generations | None:
        found = self._ledger.generations.find_one({"_id": survey}, session=session)
        return None if found is None else Generations.of_document(found)

    def _marks(
        self,
        survey: str,
        each: Callable[[Contribution], None] | None,
        now: Generations | None,
        session: ClientSession,
    ) -> Iterator[Mark]:
        """Every slot of the survey that stands for a respondent; `each` is told of contributions on the way, those to a
        table that was filled later by themselves."""
        if each is not None and now is not None and now.filled:
            for found in self._ledger.filled.find({"survey": survey}, {"content": 1}, session=session):
                for contribution in filled_contributions(found["content"]):
                    each(shown_contribution(contribution, now))
        fields = dict.fromkeys(("state", "partition", "offset", "replaces", "replaced_by", "taken"), 1)
        wanted = fields if each is None else {**fields, "applied": 1}
        query = {"survey": survey, "state": {"$in": list(STATES)}}
        for found in self._ledger.slots.find(query, wanted, session=session):
            if each is not None and found["state"] == COUNTED and found.get("applied"):
                each(shown_contribution(Contribution.decode(found["applied"]), now))
            yield documents.mark(found)

    def positions(self) -> Sequence[Position]:
        with _answering():
            return self._positions(None)

    def _positions(self, session: ClientSession | None) -> list[Position]:
        return [documents.position(found) for found in self._ledger.watermarks.find(session=session)]

    def last(self, survey: str) -> Record | None:
        with _answering():
            [*found] = self._audit.releases.find({"survey": survey}).sort("release", -1).limit(1)
        return documents.record(found[0]) if found else None

    def newest(self, survey: str) -> int:
        with _answering():
            [*found] = self._released.releases.find({"survey": survey}, {"release": 1}).sort("release", -1).limit(1)
        return int(found[0]["release"]) if found else 0

    def memory(self, survey: str, number: int) -> Memory | None:
        with _answering():
            text = documents.whole_text(self._audit.memory.find({"survey": survey, "release": number}))
        return None if text is None else stored_memory.decode(text)

    def inputs(self, survey: str, number: int) -> StoredInputs | None:
        with _answering():
            text = documents.whole_text(self._audit.inputs.find({"survey": survey, "release": number}))
        return None if text is None else StoredInputs.decode(text)

    def write(self, made: Made) -> None:
        for _ in range(ATTEMPTS):
            with _answering(), self._client.start_session() as session:
                self._take_over(made.survey, session)
                session.start_transaction(SNAPSHOT, MAJORITY)
                try:
                    self._write(made, session)
                    session.commit_transaction()
                    return
                except DuplicateKeyError as error:
                    self._abort(session)
                    raise MadeElsewhere from error
                except PyMongoError as error:
                    self._abort(session)
                    if _is_duplicate(error):
                        raise MadeElsewhere from error
                    if self._took_place(made):
                        return
                    if not error.has_error_label("TransientTransactionError") or isinstance(error, ConnectionFailure):
                        raise
        raise Unavailable("the transaction met another one several times in a row")

    def _write(self, made: Made, session: ClientSession) -> None:
        # First, because its id is what two processes that make one release meet in.
        self._released.releases.insert_one(made.release, session=session)
        for start in range(0, len(made.cells), CELLS_AT_A_TIME):
            self._released.cells.insert_many(made.cells[start : start + CELLS_AT_A_TIME], session=session)
        self._audit.releases.insert_one(
            documents.record_document(made.survey, made.number, made.record), session=session
        )
        # What is remembered is exact: of people who were erased nothing stays longer than it is needed.
        self._audit.memory.delete_many({"survey": made.survey}, session=session)
        memory = documents.part_documents(made.survey, made.number, stored_memory.encode(made.memory))
        self._audit.memory.insert_many(memory, session=session)
        if made.record.erased:
            self._audit.inputs.delete_many({"survey": made.survey}, session=session)
        inputs = documents.part_documents(made.survey, made.number, made.inputs.encode())
        self._audit.inputs.insert_many(inputs, session=session)

    def _take_over(self, survey: str, session: ClientSession) -> None:
        """A process that was killed while it wrote a release leaves its transaction open, and whoever makes that
        release would wait until the server gives it up, a minute later. One that is alive tries again, and finds the
        release made."""
        mine = session.session_id["id"]
        found = self._audit.surveys.find_one({"_id": survey})
        if found is not None and found.get("writer") not in (None, mine):
            self._client.admin.command("killSessions", [{"id": found["writer"]}])
        self._audit.surveys.update_one({"_id": survey}, {"$set": {"writer": mine}}, upsert=True)

    def _took_place(self, made: Made) -> bool:
        """Whether a transaction whose commit failed is in the database all the same."""
        found = self._released.releases.find_one({"_id": edition(made.survey, made.number)})
        return found is not None and (found["content"], found["at_ms"]) == (
            made.release["content"],
            made.release["at_ms"],
        )

    @staticmethod
    def _abort(session: ClientSession) -> None:
        if session.in_transaction:
            with suppress(PyMongoError):
                session.abort_transaction()

    def erased_ms(self, survey: str) -> int | None:
        query = {"survey": survey, "done_ms": {"$ne": None}}
        with _answering():
            return max(
                (int(found["done_ms"]) for found in self._ledger.erasures.find(query, {"done_ms": 1})), default=None
            )

    def let_go(self, survey: str, until_ms: int, memory: bool) -> None:
        query = {"survey": survey, "at_ms": {"$lte": Int64(until_ms)}}
        with _answering():
            numbers = [found["release"] for found in self._audit.releases.find(query, {"release": 1})]
            self._audit.inputs.delete_many({"survey": survey, "release": {"$in": numbers}})
            if memory:
                self._audit.memory.delete_many({"survey": survey})

    def first_seen(self, survey: str, now_ms: int) -> int:
        with _answering():
            self._audit.surveys.update_one({"_id": survey}, {"$min": {"first_ms": Int64(now_ms)}}, upsert=True)
            found = self._audit.surveys.find_one({"_id": survey})
        return int(found["first_ms"]) if found else now_ms

    def releases(self, survey: str | None = None) -> list[Document]:
        query = {} if survey is None else {"survey": survey}
        with _answering():
            found = self._released.releases.find(query)
            return list(found.sort([("survey", ASCENDING), ("release", ASCENDING)]))

    def cells(self, survey: str, number: int, table: str | None = None) -> list[Document]:
        query = {"edition": edition(survey, number), **({} if table is None else {"table": table})}
        with _answering():
            found = list(self._released.cells.find(query))
        return sorted(found, key=lambda cell: (str(cell["table"]), int(cell["place"])))

    def close(self) -> None:
        self._client.close()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        _give_up(error)


def _give_up(error: PyMongoError) -> NoReturn:
    """Errors of the connection are worth another try; all others are faults of this program or its database."""
    if isinstance(error, ConnectionFailure) or error.has_error_label("TransientTransactionError"):
        raise Unavailable(type(error).__name__) from error
    raise error


def _is_duplicate(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        return any(entry["code"] == DUPLICATE_KEY for entry in error.details["writeErrors"])
    return False
