"""Which cells of a table are its figures, and which are being filled: generations. Pure.

The cells of a table can be there several times. Generation 1 lies under the table's id, generation g under `id@g`, in
the same pages, runs and contributions. A table that is new on an old survey, or that is made anew, is filled in a
generation that nobody reads; once it is complete it becomes the current one, in one transaction, and the one before is
dropped. Retractions of a cell are counted once, under the table's id, whatever its generation.

    ledger.generations   _id survey, epoch, versions, tables: {table: {last, current, filling, wanted}}, fill, ...

`epoch` rises whenever something changes that a batch must know: which generations there are, and which versions of the
survey count in them. A contribution is made for one epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from schemas.tables.generation_ids import cells_id

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Generation:
    """`versions` are those of the survey whose responses count in it."""

    number: int
    versions: tuple[str, ...]

    def document(self) -> Document:
        return {"number": self.number, "versions": list(self.versions)}


@dataclass(frozen=True, slots=True)
class TableState:
    """`last` is the newest generation there ever was. `wanted`: to be filled, with the next fill."""

    last: int
    current: Generation | None = None
    filling: Generation | None = None
    wanted: bool = False

    @property
    def generations(self) -> tuple[Generation, ...]:
        return tuple(one for one in (self.current, self.filling) if one is not None)

    def document(self) -> Document:
        return {
            "last": self.last,
            "current": None if self.current is None else self.current.document(),
            "filling": None if self.filling is None else self.filling.document(),
            "wanted": self.wanted,
        }


@dataclass(frozen=True, slots=True)
class Fill:
    """One filling of some tables. `number` is the epoch in which it began: what was counted in an earlier one lacks
    these generations. `fenced`: every batch that did not know of it is over. `done` are the partitions whose slots
    are filled, of `partitions`. `asked_ms`: epoch milliseconds."""

    number: int
    began_ms: int
    partitions: tuple[int, ...]
    fenced: bool = False
    done: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drop:
    """Generations that are no longer read, and the partitions whose shards still may hold some of their cells."""

    ids: tuple[str, ...]
    partitions: tuple[int, ...]
    fenced: bool = False


@dataclass(frozen=True)
class Generations:
    """Of one survey. `versions` are those that are registered, in the order of their publication. `filled` are the
    fills whose leaves (services.aggregate.leaves) may still hold something, with the generations that they filled.
    `rebuilt_ms` is the newest request for a rebuild that was heard (schemas.survey.rebuilding)."""

    survey: str
    epoch: int
    versions: tuple[str, ...]
    tables: Mapping[str, TableState]
    fill: Fill | None = None
    drop: Drop | None = None
    filled: tuple[tuple[int, tuple[str, ...]], ...] = ()
    rebuilt_ms: int = 0

    @cached_property
    def alive(self) -> frozenset[str]:
        """Ids of the cells that count: whatever else a contribution names is passed over."""
        return frozenset(
            cells_id(table, one.number) for table, state in self.tables.items() for one in state.generations
        )

    @cached_property
    def fills(self) -> tuple[int, ...]:
        """Numbers of the fills that may have added something that counts; the one that is under way among them."""
        under_way = () if self.fill is None else (self.fill.number,)
        return (*(number for number, _ in self.filled), *under_way)

    @cached_property
    def shown(self) -> Mapping[str, str | None]:
        """Table -> id of its cells; None while it has never been complete."""
        return {
            table: None if state.current is None else cells_id(table, state.current.number)
            for table, state in self.tables.items()
        }

    @property
    def is_plain(self) -> bool:
        """Whether all cells that are stored are figures, under the ids of their tables."""
        return self.fill is None and self.drop is None and all(id_ == table for table, id_ in self.shown.items())

    @property
    def is_busy(self) -> bool:
        return self.fill is not None or self.drop is not None or any(state.wanted for state in self.tables.values())

    @property
    def filling(self) -> tuple[str, ...]:
        """Ids of the cells that are being filled."""
        return tuple(
            cells_id(table, state.filling.number) for table, state in self.tables.items() if state.filling is not None
        )

    def targets(self, version: str) -> dict[str, tuple[str, ...]]:
        """Table -> ids of the cells in which a response of this version counts."""
        found = {
            table: tuple(cells_id(table, one.number) for one in state.generations if version in one.versions)
            for table, state in self.tables.items()
        }
        return {table: ids for table, ids in found.items() if ids}

    def counting(self, table: str) -> tuple[str, ...] | None:
        """The versions that count in the figures of a table; None where there are none yet."""
        state = self.tables.get(table)
        return None if state is None or state.current is None else state.current.versions

    def document(self) -> Document:
        return {
            "_id": self.survey,
            "epoch": self.epoch,
            "busy": self.is_busy,
            "rebuilt_ms": self.rebuilt_ms,
            "versions": list(self.versions),
            "tables": {table: state.document() for table, state in self.tables.items()},
            "fill": None
            if self.fill is None
            else {
                "number": self.fill.number,
                "began_ms": self.fill.began_ms,
                "partitions": list(self.fill.partitions),
                "fenced": self.fill.fenced,
                "done": list(self.fill.done),
            },
            "drop": None
            if self.drop is None
            else {"ids": list(self.drop.ids), "partitions": list(self.drop.partitions), "fenced": self.drop.fenced},
            "filled": [{"number": number, "ids": list(ids)} for number, ids in self.filled],
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        fill, drop = document["fill"], document["drop"]
        return cls(
            document["_id"],
            document["epoch"],
            tuple(document["versions"]),
            {table: _state(state) for table, state in document["tables"].items()},
            None
            if fill is None
            else Fill(fill["number"], fill["began_ms"], tuple(fill["partitions"]), fill["fenced"], tuple(fill["done"])),
            None if drop is None else Drop(tuple(drop["ids"]), tuple(drop["partitions"]), drop["fenced"]),
            tuple((one["number"], tuple(one["ids"])) for one in document["filled"]),
            document["rebuilt_ms"],
        )


def _state(document: Mapping[str, Any]) -> TableState:
    return TableState(
        document["last"], _generation(document["current"]), _generation(document["filling"]), document["wanted"]
    )


def _generation(document: Mapping[str, Any] | None) -> Generation | None:
    return None if document is None else Generation(document["number"], tuple(document["versions"]))
