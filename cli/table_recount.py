"""The live cells of a survey beside a recount of its ledger, in one consistent look at the database.

What is compared is exact: for each shard, table and generation, the vector of every cell and the sums of every PSU in
it. Nothing of a person leaves this module: differences are named by table and cell.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import add
from typing import Any

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from schemas.survey.definition import SurveyDefinition
from schemas.tables.cells import Deltas
from schemas.tables.contribution import Contribution, filled_contributions
from schemas.tables.exact_json import loads
from schemas.tables.generation_ids import table_of
from schemas.tables.generations import Generations
from schemas.tables.psu_runs import Sums, gather
from services.aggregate.kept_responses import kept_response
from services.aggregate.mongo_documents import page as read_page
from services.aggregate.slots import State
from services.aggregate.targets import contributor_to, of_generations
from services.runtime.settings import MongoSettings

Document = dict[str, Any]
Cell = tuple[int, str, str]
"""Shard, id of a table's generation, key."""
Area = tuple[int, str, str, str]
"""The same, and stratum and PSU."""

TOO_OLD = frozenset({239, 246, 251, 290})
"""MongoDB's codes for a look that took longer than a transaction may (60 s), or than history is kept (5 minutes)."""
TIMEOUT_MS = 10_000


class CannotCompare(Exception):
    """In words."""


@dataclass
class Difference:
    """`id` is that of the generation. `cells` are keys, without their shards; `areas` how many sums of PSUs differ."""

    table: str
    id: str
    cells: list[str] = field(default_factory=list)
    areas: int = 0


@dataclass
class Recount:
    """How much was compared, and what differs."""

    counted: int = 0
    cells: int = 0
    areas: int = 0
    differences: list[Difference] = field(default_factory=list)


def recount(settings: MongoSettings, survey: str, versions: Sequence[SurveyDefinition] | None = None) -> Recount:
    """With `versions` every contribution is computed anew from the stored response, and compared with the figures that
    are shown; else what the ledger says was applied, also to what is being filled. Raises `CannotCompare`, and
    pymongo's errors."""
    uri = settings.uri.get_secret_value()
    with MongoClient[Document](uri, serverSelectionTimeoutMS=TIMEOUT_MS, appname="rihla-verify") as client:
        for look in (_transaction, _snapshot):
            try:
                with look(client) as session:
                    return _Look(client, settings, survey, session).compare(versions)
            except OperationFailure as error:
                if error.code not in TOO_OLD:
                    raise
    raise CannotCompare(
        f"The ledger of {survey} is larger than can be read in one look at the database: raise its "
        "minSnapshotHistoryWindowInSeconds (5 minutes), or ask a copy that stands still."
    )


@contextmanager
def _transaction(client: MongoClient[Document]) -> Iterator[ClientSession]:
    with client.start_session() as session:
        session.start_transaction(ReadConcern("snapshot"))
        try:
            yield session
        finally:
            if session.in_transaction:
                session.abort_transaction()


@contextmanager
def _snapshot(client: MongoClient[Document]) -> Iterator[ClientSession]:
    with client.start_session(snapshot=True) as session:
        yield session


class _Look:
    def __init__(
        self, client: MongoClient[Document], settings: MongoSettings, survey: str, session: ClientSession
    ) -> None:
        self._ledger, self._live = client[settings.ledger], client[settings.live]
        self._survey = survey
        self._session = session
        self._deltas: dict[int, Deltas] = {}
        self._sums: dict[int, Sums] = {}
        self._counted = 0

    def compare(self, versions: Sequence[SurveyDefinition] | None) -> Recount:
        if self._ledger.ended.find_one({"_id": self._survey}, session=self._session):
            raise CannotCompare(f"The retention of {self._survey} is over: its ledger is gone, and its cells stay.")
        stored = self._ledger.generations.find_one({"_id": self._survey}, session=self._session)
        now = None if stored is None else Generations.of_document(stored)
        if versions is None:
            alive = None if now is None else now.alive
            self._applied(alive)
        else:
            if now is None:
                raise CannotCompare(f"Nothing was counted of {self._survey} yet.")
            alive = frozenset(id_ for id_ in now.shown.values() if id_ is not None)
            self._computed(now, alive, versions)
        # Of what is left on the way out nothing is read any more.
        ignored = frozenset(() if now is None or now.drop is None else now.drop.ids)
        if versions is not None and now is not None:
            ignored |= now.alive - alive  # type: ignore[operator]
        return self._compared(ignored)

    def _applied(self, alive: frozenset[str] | None) -> None:
        query = {"survey": self._survey, "state": State.COUNTED.value}
        for slot in self._ledger.slots.find(query, {"partition": 1, "applied": 1}, session=self._session):
            self._counted += 1
            self._add(slot["partition"], _alive(Contribution.decode(slot["applied"]), alive))
        for leaf in self._ledger.filled.find({"survey": self._survey}, {"content": 1}, session=self._session):
            partition = int(leaf["_id"].rsplit("/", 3)[1])
            for contribution in filled_contributions(leaf["content"]):
                self._add(partition, _alive(contribution, alive))

    def _computed(self, now: Generations, alive: frozenset[str], versions: Sequence[SurveyDefinition]) -> None:
        of = {
            one.version: contributor_to(one, versions, of_generations(now.targets(one.version), alive), 0)
            for one in versions
            if one.version in now.versions
        }
        query = {"survey": self._survey, "state": State.COUNTED.value}
        fields = {"partition": 1, "version": 1, "response": 1}
        for slot in self._ledger.slots.find(query, fields, session=self._session):
            self._counted += 1
            response = kept_response(slot["response"]) if slot.get("response") else None
            if response is None or slot["version"] not in of:
                raise CannotCompare("The ledger lacks a response, or the topic `surveys` the version of one.")
            self._add(slot["partition"], of[slot["version"]].bare(response))

    def _add(self, shard: int, contribution: Contribution) -> None:
        self._deltas.setdefault(shard, Deltas()).add(contribution)
        gather(self._sums.setdefault(shard, {}), contribution)

    def _compared(self, ignored: frozenset[str]) -> Recount:
        found: dict[str, Difference] = {}

        def differs(id_: str) -> Difference:
            return found.setdefault(id_, Difference(table_of(id_), id_))

        live, ledger = self._live_cells(ignored), self._ledger_cells()
        for shard, id_, cell in sorted(live.keys() | ledger.keys()):
            if live.get((shard, id_, cell)) != ledger.get((shard, id_, cell)) and cell not in differs(id_).cells:
                differs(id_).cells.append(cell)
        live_areas, ledger_areas = self._live_areas(ignored), self._ledger_areas()
        for at in live_areas.keys() | ledger_areas.keys():
            if live_areas.get(at) != ledger_areas.get(at):
                differs(at[1]).areas += 1
        return Recount(self._counted, len(ledger), len(ledger_areas), [found[id_] for id_ in sorted(found)])

    def _live_cells(self, ignored: frozenset[str]) -> dict[Cell, list[int]]:
        pages = self._live.cells.find({"survey": self._survey}, session=self._session)
        return {
            (page.shard, id_, cell): sums
            for page in map(read_page, pages)
            for id_, cells in page.tables.items()
            if id_ not in ignored
            for cell, sums in cells.items()
        }

    def _ledger_cells(self) -> dict[Cell, list[int]]:
        return {
            (shard, id_, cell): sums
            for shard, deltas in self._deltas.items()
            for (id_, cell), sums in deltas.cells.items()
            if any(sums)
        }

    def _live_areas(self, ignored: frozenset[str]) -> dict[Area, list[int]]:
        found: dict[Area, list[int]] = {}
        query = {"survey": self._survey}
        for run in self._live.psu.find(query, {"shard": 1, "sums": 1}, session=self._session):
            for at, sums in _areas(run["shard"], loads(run["sums"])):
                if at[1] not in ignored:
                    known = found.get(at)
                    found[at] = sums if known is None else list(map(add, known, sums))
        return {at: sums for at, sums in found.items() if any(sums)}

    def _ledger_areas(self) -> dict[Area, list[int]]:
        return {at: sums for shard, found in self._sums.items() for at, sums in _areas(shard, found) if any(sums)}


def _areas(shard: int, sums: Sums) -> Iterator[tuple[Area, list[int]]]:
    for id_, cells in sums.items():
        for cell, areas in cells.items():
            for area, amounts in areas.items():
                yield (shard, id_, cell, area), amounts


def _alive(contribution: Contribution, alive: frozenset[str] | None) -> Contribution:
    if alive is None:
        return contribution
    cells = tuple(cell for cell in contribution.cells if cell[0] in alive)
    return Contribution(cells, contribution.design, contribution.places)
