"""Quantiles of the amounts in a cell, from its histogram: computed when read. Pure.

The p-quantile is the least amount at or below which p of the weight lies, or of the units in a survey without
weights. A histogram knows the bucket in which it is, so its value is within 2 % of it (schemas.tables.log_buckets).

Its interval is Woodruff's: the share of those at or below the quantile is a share like any other, with the error that
the design gives it; the amounts at the ends of the interval of that share are the interval of the quantile. Ends are
taken to the far side of their buckets. The standard error is what a normal distribution would need for an interval as
wide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import add

from schemas.survey.definition import IndicatorKind
from schemas.tables.codes import ALL
from schemas.tables.estimate import Estimate, Missing, quality_of
from schemas.tables.estimates import Cell
from schemas.tables.indicator_sums import linear_sums, square_sums
from schemas.tables.layout import Design, Layout, Segment
from schemas.tables.log_buckets import middle_of, range_of

NORMAL_95 = 1.959964
"""Half the width of a 95 % interval in standard errors."""


@dataclass(frozen=True)
class Histogram:
    """Of one cell: `buckets` are the vectors of its buckets, `by_psu` of each bucket the sums at the layout's design
    places, by stratum and PSU. `registry` as in Cell."""

    layout: Layout
    buckets: Mapping[int, Sequence[int]]
    by_psu: Mapping[int, Mapping[str, Sequence[int]]]
    registry: Mapping[str, int]

    @property
    def n(self) -> int:
        return sum(sums[0] for sums in self.buckets.values())

    def sizes(self) -> dict[int, int]:
        """What the units of each bucket weigh, in the order of the buckets."""
        place = self.layout.base.index("w" if self.layout.weighted else "n")
        return {bucket: self.buckets[bucket][place] for bucket in sorted(self.buckets)}

    def estimate(self, segment: Segment) -> Estimate:
        """One quantile, in natural units."""
        sizes, p, n = self.sizes(), Fraction(segment.probability), self.n
        at = at_rank(sizes, p)
        if at is None:
            return Estimate(n, None, reason=Missing.ZERO_BELOW if n else Missing.NO_UNITS)
        scale: int = 10**segment.scale
        value = float(middle_of(at, at) / scale)
        share = self._share(sizes, at)
        if share.value is None or share.low is None or share.high is None:
            return Estimate(n, value, reason=share.reason)
        # The interval of the share lies about the share at the end of the bucket, the quantile's about p.
        below, above = float(p) - (share.value - share.low), float(p) + (share.high - share.value)
        if not 0 < below < above < 1:
            return Estimate(n, value, reason=Missing.FEW_BEYOND)
        low, high = (at_rank(sizes, Fraction(rank)) for rank in (below, above))
        assert low is not None and high is not None
        ends = range_of(low)[0] / scale, range_of(high)[1] / scale
        error = (ends[1] - ends[0]) / (2 * NORMAL_95)
        cv = error / abs(value) if value else None
        return Estimate(n, value, error, *ends, cv, None if cv is None else quality_of(cv))

    def _share(self, sizes: Mapping[int, int], at: int) -> Estimate:
        """The share at or below a bucket; where nobody is above it, of those below."""
        if self.layout.unit and self.layout.design is not Design.CLUSTERS:
            return Estimate(self.n, None, reason=Missing.SEVERAL_UNITS)
        filled = [bucket for bucket, size in sizes.items() if size]
        last = at if at < filled[-1] else max((bucket for bucket in filled if bucket < at), default=None)
        if last is None:
            return Estimate(self.n, None, reason=Missing.NO_VARIATION)
        layout = _share_layout(self.layout)
        names = self.layout.base
        vector = _split([(bucket <= last, sums) for bucket, sums in self.buckets.items()], names)
        kept = [names[place] for place in self.layout.design_places]
        of_psu: dict[str, list[tuple[bool, Sequence[int]]]] = {}
        for bucket, psus in self.by_psu.items():
            for psu, sums in psus.items():
                of_psu.setdefault(psu, []).append((bucket <= last, sums))
        segment = layout.segments[0]
        by_psu = {
            psu: [_split(parts, kept)[segment.sums[place]] for place in layout.design_places]
            for psu, parts in of_psu.items()
        }
        return Cell(layout, [vector[name] for name in segment.sums], by_psu, self.registry).estimate(segment)


def at_rank(sizes: Mapping[int, int], part: Fraction) -> int | None:
    """The first bucket at the end of which this part of all is reached. `sizes` in the order of the buckets; None if
    they weigh nothing."""
    return at_rank_of(sizes, part * sum(sizes.values()))


def at_rank_of(sizes: Mapping[int, int], rank: Fraction | int) -> int | None:
    """The same of a sum of weights; the last bucket that weighs anything, where it is more than all."""
    reached, last = 0, None
    for bucket, size in sizes.items():
        reached += size
        last = bucket if size else last
        if size and reached >= rank:
            return bucket
    return last


def histograms_by_cell(
    layout: Layout,
    cells: Mapping[str, Sequence[int]],
    by_psu: Mapping[str, Mapping[str, Sequence[int]]],
    registry: Mapping[str, int],
) -> dict[str, Histogram]:
    """From the cells of a histogram's layout, and their PSU sums, to a histogram for each cell of its table."""
    buckets: dict[str, dict[int, Sequence[int]]] = {}
    psus: dict[str, dict[int, Mapping[str, Sequence[int]]]] = {}
    for key, sums in cells.items():
        cell, bucket = cell_and_bucket(key)
        buckets.setdefault(cell, {})[bucket] = sums
        if key in by_psu:
            psus.setdefault(cell, {})[bucket] = by_psu[key]
    return {cell: Histogram(layout, found, psus.get(cell, {}), registry) for cell, found in buckets.items()}


def cell_and_bucket(key: str) -> tuple[str, int]:
    """The cell of the table, and the bucket, of a key of its histogram."""
    cell, bar, bucket = key.rpartition("|")
    return (cell if bar else ALL), int(bucket)


def _share_layout(histogram: Layout) -> Layout:
    """A table with one indicator, the share that lies at or below a bucket."""
    sums = linear_sums(IndicatorKind.SHARE, histogram.weighted, universe=False)
    if histogram.design is not Design.CLUSTERS:
        sums += square_sums(IndicatorKind.SHARE, histogram.weighted, universe=False, clustered=False)
    segment = Segment("share", IndicatorKind.SHARE, 0, 0, sums)
    wanted = [name for name in sums if name != "n" or not histogram.weighted]
    return Layout(
        id="",
        survey=histogram.survey,
        name="",
        label="",
        unit=histogram.unit,
        dimensions=(),
        base=(),
        segments=(segment,),
        weighted=histogram.weighted,
        weight_scale=histogram.weight_scale,
        design=histogram.design,
        design_places=() if histogram.design is Design.SIMPLE else tuple(sums.index(name) for name in wanted),
    )


def _split(parts: Iterable[tuple[bool, Sequence[int]]], names: Sequence[str]) -> dict[str, int]:
    """The sums of a share from those of buckets, each of which is inside or not. `names` are those of their vectors."""
    whole, inside = [0] * len(names), [0] * len(names)
    for is_inside, sums in parts:
        whole = list(map(add, whole, sums))
        if is_inside:
            inside = list(map(add, inside, sums))
    found = dict(zip(names, whole, strict=True))
    below = dict(zip(names, inside, strict=True))
    found["wx"] = below["w"] if "w" in below else below["n"]
    if "w2" in below:
        found["w2x"] = below["w2"]
    return found
