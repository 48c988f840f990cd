"""The quantile indicators of a table and the distributions that they are of, from the histograms beside it. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from schemas.survey.definition import IndicatorKind
from schemas.tables.cells import Page, summed
from schemas.tables.codes import split
from schemas.tables.layout import Layout
from schemas.tables.quantiles import cell_and_bucket
from services.release.distribution import Distribution, distribution
from services.release.live_table import Codes, Indicator
from services.release.margins import summed as added
from services.release.margins import with_margins


class Single(Protocol):
    """services.release.single_contributions.SingleContributions."""

    def smallest(self, histogram: str, codes: Codes) -> Mapping[int, int]: ...


class Quantiles:
    """Of one table; `histograms` may lack some, whose quantiles then are suppressed."""

    def __init__(self, layout: Layout, histograms: Iterable[Layout], pages: Collection[Page], single: Single) -> None:
        self._layout = layout
        self._single = single
        self._cells = {
            histogram: _by_cell(summed(pages, histogram.id), len(layout.dimensions)) for histogram in histograms
        }

    def among(self, indicators: Sequence[Indicator]) -> tuple[Indicator, ...]:
        """All of the table's, in the order of its definition. `indicators` are the others."""
        others = {indicator.name: indicator for indicator in indicators}
        return tuple(
            Indicator(
                segment.name,
                segment.kind,
                10**segment.scale,
                probability=segment.probability,
                of=segment.histogram,
            )
            if segment.kind is IndicatorKind.QUANTILE
            else others[segment.name]
            for segment in self._layout.segments
        )

    def of(self, codes: Codes, inner: Sequence[Codes]) -> dict[str, Distribution]:
        """In a cell that is made of these inner ones."""
        found: dict[str, Distribution] = {}
        for histogram, cells in self._cells.items():
            buckets: dict[int, list[Sequence[int]]] = {}
            for part in inner:
                for bucket, sums in cells.get(part, {}).items():
                    buckets.setdefault(bucket, []).append(sums)
            smallest = self._single.smallest(histogram.id, codes) if histogram.unit else None
            found[histogram.id] = distribution(
                histogram, {bucket: added(parts) for bucket, parts in buckets.items()}, smallest
            )
        return found


class Smallest:
    """By cell of a table that counts the rows of a repeat, margins among them: how many submissions have the smallest
    of their amounts in each bucket. `several` as in SingleContributions."""

    def __init__(self, several: Sequence[bool]) -> None:
        self._several = several
        self._margins: dict[str, list[Codes]] = {}
        self.submissions: dict[Codes, dict[int, int]] = {}

    def add(self, keys: Iterable[str]) -> None:
        """The cells of a histogram that one submission is in."""
        smallest: dict[Codes, int] = {}
        for key in keys:
            cell, bucket = cell_and_bucket(key)
            for codes in self._with_margins(cell):
                smallest[codes] = min(bucket, smallest.get(codes, bucket))
        for codes, bucket in smallest.items():
            own = self.submissions.setdefault(codes, {})
            own[bucket] = own.get(bucket, 0) + 1

    def _with_margins(self, cell: str) -> list[Codes]:
        known = self._margins.get(cell)
        if known is None:
            known = self._margins[cell] = with_margins(split(cell, len(self._several)), self._several)
        return known


def _by_cell(cells: Mapping[str, Sequence[int]], dimensions: int) -> dict[Codes, dict[int, Sequence[int]]]:
    found: dict[Codes, dict[int, Sequence[int]]] = {}
    for key, sums in cells.items():
        cell, bucket = cell_and_bucket(key)
        found.setdefault(split(cell, dimensions), {})[bucket] = sums
    return found
