"""What readers are given of cells, runs and contributions: the current generation of each table, under the table's id,
and nothing of one that is still being filled or dropped. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from schemas.tables.cells import Page
from schemas.tables.contribution import Contribution
from schemas.tables.exact_json import dumps, loads
from schemas.tables.generation_ids import table_of
from schemas.tables.generations import Generations

T = TypeVar("T")


def shown_pages(pages: Iterable[Page], generations: Generations | None) -> list[Page]:
    """`generations` is None for a survey without any: all of its cells are figures."""
    if generations is None or generations.is_plain:
        return list(pages)
    shown = generations.shown
    return [
        replace(
            page,
            tables=_shown(page.tables, shown),
            moves={table: moves for table, moves in page.moves.items() if shown.get(table, table) is not None},
        )
        for page in pages
    ]


def shown_runs(texts: Iterable[str], generations: Generations | None) -> list[str]:
    if generations is None or generations.is_plain:
        return list(texts)
    return [dumps(_shown(loads(text), generations.shown)).decode() for text in texts]


def shown_contribution(contribution: Contribution, generations: Generations | None) -> Contribution:
    if generations is None or generations.is_plain:
        return contribution
    ids = {id_: table for table, id_ in generations.shown.items() if id_ is not None}
    cells = tuple((ids[table], cell, amounts) for table, cell, amounts in contribution.cells if table in ids)
    places = {ids[table]: own for table, own in contribution.places.items() if table in ids}
    return Contribution(cells, contribution.design, places)


def _shown(tables: Mapping[str, T], shown: Mapping[str, str | None]) -> dict[str, T]:
    """A table that is not known to the generations at all is one of an older release: it stays."""
    return {table_of(id_): content for id_, content in tables.items() if shown.get(table_of(id_), table_of(id_)) == id_}
