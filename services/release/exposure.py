"""How many published cells tell of one answer of one person. Pure.

A person in region by sex by work is counted under her work in four cells: (work), (region, work), (sex, work),
(region, sex, work). Each moves by itself with the chance 1/step when she arrives, so what one release gives away grows
with their number, whatever the number of tables: cells that two tables share count once.
"""

from collections.abc import Iterable
from itertools import combinations

from services.release.live_table import LiveTable

Group = tuple[str, frozenset[str], str]
"""Unit, dimensions that are not `_T`, and the indicator ("" for the count)."""


def exposure(tables: Iterable[LiveTable], depth: int) -> int:
    """The largest number over all answers, at least 1; of cells with at most `depth` codes that are not `_T`.

    An answer is what a dimension classifies, or what an indicator measures: the latter is in every cell of a table,
    the total included. Classifications of one answer add up.
    """
    seen: dict[str, set[Group]] = {}
    for table in tables:
        free = [dimension for dimension in table.dimensions if dimension not in table.several]
        fixed = frozenset(table.several.intersection(table.dimensions))
        sizes = range(min(len(free), depth - len(fixed)) + 1)
        groups = [fixed | {*some} for size in sizes for some in combinations(free, size)]
        for group in groups:
            for dimension in group:
                seen.setdefault(table.answers.get(dimension, dimension), set()).add((table.unit, group, ""))
            for indicator in table.indicators:
                answer = table.answers.get(indicator.name, f"indicator {indicator.name}")
                seen.setdefault(answer, set()).add((table.unit, group, indicator.name))
    return max(map(len, seen.values()), default=1)
