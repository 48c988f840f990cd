"""What of a cell's vector makes an indicator's figure: places of sums, and the factors of their units. Pure."""

from dataclasses import dataclass

from schemas.survey.definition import IndicatorKind
from schemas.tables.layout import Layout, Segment
from services.release.live_table import Indicator

AMOUNTS = frozenset({IndicatorKind.MEAN, IndicatorKind.RATIO, IndicatorKind.TOTAL})
"""What differs from person to person, so that one can be most of a sum. In a count or a share all weigh alike."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`n`, `above`, `below` are places in the vector; a figure without `below` is a sum."""

    segment: Segment
    indicator: Indicator
    n: int
    above: int
    below: int | None


def terms(layout: Layout) -> list[Terms]:
    """Of all but quantiles, which are in no vector (services.release.quantile_classes)."""
    return [_terms(layout, segment) for segment in layout.segments if segment.kind is not IndicatorKind.QUANTILE]


def size_place(layout: Layout) -> int:
    """Of what the units of a cell stand for: the weights, or their number."""
    return _there(layout.place("w" if layout.weighted else "n"))


def _terms(layout: Layout, segment: Segment) -> Terms:
    weights = 10**layout.weight_scale if layout.weighted else 1
    measure = 10**segment.scale
    size = segment.place("w" if layout.weighted else "n")
    below: int | None
    match segment.kind:
        case IndicatorKind.COUNT:
            above, below = size_place(layout) if size is None else size, None
            factor, below_factor = weights, 1
        case IndicatorKind.TOTAL:
            above, below = _there(segment.place("wx")), None
            factor, below_factor = weights * measure, 1
        case IndicatorKind.RATIO:
            above, below = _there(segment.place("wy")), _there(segment.place("wx"))
            factor = below_factor = weights * measure
        case IndicatorKind.SHARE:
            above, below = _there(segment.place("wx")), _there(size)
            factor = below_factor = weights
        case _:
            above, below = _there(segment.place("wx")), _there(size)
            factor, below_factor = weights * measure, weights
    n = segment.place("n")
    indicator = Indicator(segment.name, segment.kind, factor, below_factor, segment.kind in AMOUNTS)
    return Terms(segment, indicator, 0 if n is None else n, above, below)


def _there(place: int | None) -> int:
    assert place is not None
    return place
