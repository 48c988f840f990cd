"""A table as it stands, ready for estimates: cells, PSU sums and registry brought together. Pure."""

from collections.abc import Iterable, Mapping

from schemas.tables.cells import Page, summed
from schemas.tables.codes import ALL
from schemas.tables.estimates import Cell
from schemas.tables.layout import REGISTRY, Design, Layout
from schemas.tables.psu_runs import Sums, merge
from schemas.tables.quantiles import Histogram, histograms_by_cell


def cells(
    layout: Layout, pages: Iterable[Page], runs: Iterable[str], histograms: Iterable[Layout] = ()
) -> dict[str, Cell]:
    """By cell key. `pages` and `runs` are all of the survey's (`Store.live_pages`, `Store.live_runs`). `histograms`
    are layouts, those of other tables among them; without them quantiles have no units."""
    pages = list(pages)
    by_psu = merge(runs) if layout.design is not Design.SIMPLE else {}
    registry = _registry(layout, pages, by_psu)
    own = by_psu.get(layout.id, {})
    beside = distributions(layout, pages, by_psu, registry, histograms)
    return {
        key: Cell(layout, sums, own.get(key, {}), registry, beside.get(key, {}))
        for key, sums in sorted(summed(pages, layout.id).items())
    }


def distributions(
    layout: Layout, pages: list[Page], by_psu: Sums, registry: Mapping[str, int], histograms: Iterable[Layout]
) -> dict[str, dict[str, Histogram]]:
    """By cell key of the table and id of the histogram."""
    wanted = {segment.histogram for segment in layout.segments}
    found: dict[str, dict[str, Histogram]] = {}
    for histogram in histograms:
        if histogram.id in wanted:
            sums, psus = summed(pages, histogram.id), by_psu.get(histogram.id, {})
            for key, made in histograms_by_cell(histogram, sums, psus, registry).items():
                found.setdefault(key, {})[histogram.id] = made
    return found


def _registry(
    layout: Layout, pages: list[Page], by_psu: Mapping[str, Mapping[str, Mapping[str, list[int]]]]
) -> dict[str, int]:
    """Submissions in each stratum and PSU; under "" in a survey without a design."""
    if layout.design is Design.SIMPLE:
        return {"": sum(sums[0] for sums in summed(pages, REGISTRY).values())}
    return {key: sums[0] for key, sums in by_psu.get(REGISTRY, {}).get(ALL, {}).items()}
