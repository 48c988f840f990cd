"""What the live tables hold, named: from vectors to figures, cells and sums, in the shape of a comparison. Pure."""

from collections import Counter
from collections.abc import Iterable

from schemas.tables.cells import Page, summed
from schemas.tables.codes import split
from schemas.tables.layout import Layout
from schemas.tables.psu_runs import merge

Figures = dict[str, dict[str, dict[str, int]]]
"""By figure ("" is everyone in the cell, "@psu" behind a name is by area) and cell `table|code|code`: sums by name.
Of a quantile indicator the figure is `name@bucket`, and the bucket is the last code."""

RECORD_KEYS = "k"
"""A sum of random numbers, which nobody but validate can know beforehand."""


def figures(tables: Iterable[Layout], pages: list[Page], runs: list[str]) -> Figures:
    """Names what lies in vectors."""
    found: Figures = {}
    by_area = merge(runs)
    for layout in tables:
        names = _names(layout)
        table = layout.name.partition(":")[0]
        for key, sums in summed(pages, layout.id).items():
            cell = "|".join((table, *split(key, len(layout.dimensions))))
            for (figure, name), amount in zip(names, sums, strict=True):
                if name != RECORD_KEYS:
                    found.setdefault(figure, {}).setdefault(cell, {})[name] = amount
        for key, areas in by_area.get(layout.id, {}).items():
            for area, sums in areas.items():
                cell = "|".join((table, *split(key, len(layout.dimensions)), *split(area, 2)))
                for place, amount in zip(layout.design_places, sums, strict=True):
                    figure, name = names[place]
                    found.setdefault(f"{figure}@psu", {}).setdefault(cell, {})[name] = amount
    return found


def one_way(tables: Iterable[Layout], pages: list[Page]) -> dict[str, Counter[str]]:
    """By the path of the dimension of each one-way table: how many units have each code."""
    return {
        layout.dimensions[0]: Counter(
            {split(key, 1)[0]: sums[layout.base.index("n")] for key, sums in summed(pages, layout.id).items()}
        )
        for layout in tables
        if len(layout.dimensions) == 1 and not layout.indicator
    }


def _names(layout: Layout) -> list[tuple[str, str]]:
    """For each place of the vector: the figure and the name of the sum."""
    everyone = f"{layout.indicator}@bucket" if layout.indicator else ""
    base = [(everyone, name) for name in layout.base]
    return base + [(segment.name, name) for segment in layout.segments for name in segment.sums]
