"""The ids under which the cells of a table lie, by generation (schemas.tables.generations). Pure."""

from functools import lru_cache

MARK = "@"
"""Neither in a table's id, which is hexadecimal, nor in the name of the registry."""


def cells_id(table: str, generation: int) -> str:
    return table if generation == 1 else f"{table}{MARK}{generation}"


@lru_cache(maxsize=10_000)
def table_of(id_: str) -> str:
    """The table of some cells."""
    return id_.partition(MARK)[0]
