"""Estimates from the sums of a cell, with their errors: computed when read, never stored. Pure.

Taylor linearisation with replacement, over strata and PSUs (equal to the unit-level
computation). With X and W the sums over the cell, R = X / W, and z = x - R w the linearised sum of one PSU,

    Var(R) = sum over strata h of  n_h / (n_h - 1) * (sum z^2 - (sum z)^2 / n_h)  /  W^2

where n_h counts all PSUs of the stratum, those without a unit in the cell included (their z is 0). A total is the same
with z = x and nothing divided. Without PSUs each submission is one, and sum z^2 comes from the squares in the cell.

Where an error cannot be had honestly it is None with a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import sqrt
from typing import Protocol

from schemas.survey.definition import IndicatorKind
from schemas.tables.codes import split
from schemas.tables.estimate import Estimate as Estimate
from schemas.tables.estimate import Missing as Missing
from schemas.tables.estimate import Quality as Quality
from schemas.tables.estimate import with_interval
from schemas.tables.layout import Design, Layout, Segment


@dataclass(frozen=True, slots=True)
class Stratum:
    """Sums of one stratum over a cell: z is a - ratio * b. `psus` counts all of the stratum."""

    psus: int
    a: int
    b: int
    aa: int
    ab: int
    bb: int


class Distribution(Protocol):
    """How the amounts of a quantile indicator lie in one cell (schemas.tables.quantiles)."""

    def estimate(self, segment: Segment) -> Estimate: ...


@dataclass(frozen=True)
class Cell:
    """What is known of one cell: its vector, and by stratum and PSU the sums at the layout's design places.
    `registry` holds for each stratum and PSU the number of submissions ({"": n} in a survey without a design).
    `histograms` by the id of their layout; one that is not there has nobody in the cell."""

    layout: Layout
    sums: Sequence[int]
    by_psu: Mapping[str, Sequence[int]]
    registry: Mapping[str, int]
    histograms: Mapping[str, Distribution] = field(default_factory=dict)

    def estimate(self, segment: Segment) -> Estimate:
        """The indicator's estimate in natural units."""
        if segment.kind is IndicatorKind.QUANTILE:
            histogram = self.histograms.get(segment.histogram)
            return Estimate(0, None, reason=Missing.NO_UNITS) if histogram is None else histogram.estimate(segment)
        above, below = self._terms(segment)
        n_place = segment.place("n")
        n = self.sums[0] if n_place is None else self.sums[n_place]
        scale = self._scale(segment)
        if n == 0:
            return Estimate(0, None, reason=Missing.NO_UNITS)
        a, b = self.sums[above], 1 if below is None else self.sums[below]
        if b == 0:
            return Estimate(n, None, reason=Missing.ZERO_BELOW)
        value = float(Fraction(a, b) / scale)
        strata = self._strata(segment, above, below)
        if isinstance(strata, Missing):
            return Estimate(n, value, reason=strata)
        ratio = Fraction(a, b) if below is not None else Fraction(0)
        spread = sum((_spread(stratum, ratio) for stratum in strata if _touched(stratum)), Fraction(0))
        error = sqrt(max(0.0, float(spread / (b * b)))) / scale
        degrees = sum(stratum.psus for stratum in strata) - len(strata)
        return with_interval(Estimate(n, value, error), segment.kind, degrees)

    @property
    def effective_n(self) -> float | None:
        """Kish: the size of an unweighted sample with the same precision of weights alone."""
        w, w2 = self.layout.place("w"), self.layout.place("w2")
        if not self.layout.weighted or w is None or w2 is None:
            return float(self.sums[0])
        return self.sums[w] ** 2 / self.sums[w2] if self.sums[w2] else None

    def _scale(self, segment: Segment) -> int:
        measure: int = 10**segment.scale
        weights: int = 10**self.layout.weight_scale if self.layout.weighted else 1
        match segment.kind:
            case IndicatorKind.COUNT:
                return weights
            case IndicatorKind.TOTAL:
                return weights * measure
            case IndicatorKind.MEAN:
                return measure
            case _:
                return 1

    def _terms(self, segment: Segment) -> tuple[int, int | None]:
        """Places of what stands above and below the line."""
        size = segment.place("w" if self.layout.weighted else "n")
        match segment.kind:
            case IndicatorKind.COUNT:
                return (self._base_size if size is None else size), None
            case IndicatorKind.TOTAL:
                return _there(segment.place("wx")), None
            case IndicatorKind.RATIO:
                return _there(segment.place("wy")), _there(segment.place("wx"))
            case _:
                return _there(segment.place("wx")), _there(size)

    @property
    def _base_size(self) -> int:
        return _there(self.layout.place("w" if self.layout.weighted else "n"))

    def _strata(self, segment: Segment, above: int, below: int | None) -> list[Stratum] | Missing:
        if self.layout.design is Design.CLUSTERS:
            return self._clusters(above, below)
        if self.layout.design is Design.STRATA:
            places = {place: at for at, place in enumerate(self.layout.design_places)}
            found = [
                self._element_stratum(segment, {place: sums[at] for place, at in places.items()}, above, below, psus)
                for stratum, psus, sums in self._by_stratum()
            ]
        else:
            vector = dict(enumerate(self.sums))
            found = [self._element_stratum(segment, vector, above, below, sum(self.registry.values()))]
        if any(_touched(stratum) and stratum.psus < 2 for stratum in found):
            return Missing.ONE_SUBMISSION
        return found

    def _clusters(self, above: int, below: int | None) -> list[Stratum] | Missing:
        at_a = self.layout.design_places.index(above)
        at_b = None if below is None else self.layout.design_places.index(below)
        strata: dict[str, Stratum] = {}
        for key, submissions in self.registry.items():
            if submissions > 0:
                stratum = split(key, 2)[0]
                known = strata.get(stratum, Stratum(0, 0, 0, 0, 0, 0))
                sums = self.by_psu.get(key)
                a = 0 if sums is None else sums[at_a]
                b = 0 if sums is None or at_b is None else sums[at_b]
                strata[stratum] = Stratum(
                    known.psus + 1,
                    known.a + a,
                    known.b + b,
                    known.aa + a * a,
                    known.ab + a * b,
                    known.bb + b * b,
                )
        if any(_touched(stratum) and stratum.psus < 2 for stratum in strata.values()):
            return Missing.ONE_PSU
        return list(strata.values())

    def _by_stratum(self) -> Iterable[tuple[str, int, Sequence[int]]]:
        width = len(self.layout.design_places)
        for key, submissions in self.registry.items():
            yield key, submissions, self.by_psu.get(key, (0,) * width)

    def _element_stratum(
        self, segment: Segment, sums: Mapping[int, int], above: int, below: int | None, submissions: int
    ) -> Stratum:
        """Of submissions as PSUs: the squares are in the sums, but for those that equal another sum."""
        a = sums[above]
        b = 0 if below is None else sums[below]

        def square(name: str, otherwise: int) -> int:
            place = segment.place(name)
            return otherwise if place is None else sums[place]

        match segment.kind:
            case IndicatorKind.COUNT:
                base = self.layout.place("w2")
                whole = a if base is None or segment.sums else sums[base]
                return Stratum(submissions, a, 0, square("w2", whole), 0, 0)
            case IndicatorKind.TOTAL:
                return Stratum(submissions, a, 0, square("w2x2", a), 0, 0)
            case IndicatorKind.RATIO:
                return Stratum(submissions, a, b, square("w2y2", 0), square("w2xy", 0), square("w2x2", 0))
            case _:
                product = square("w2x", a)
                return Stratum(submissions, a, b, square("w2x2", product), product, square("w2", b))


def _touched(stratum: Stratum) -> bool:
    """Whether the cell has something in the stratum; where it has nothing, nothing varies."""
    return any((stratum.a, stratum.b, stratum.aa, stratum.bb))


def _spread(stratum: Stratum, ratio: Fraction) -> Fraction:
    squares = stratum.aa - 2 * ratio * stratum.ab + ratio * ratio * stratum.bb
    total = stratum.a - ratio * stratum.b
    return Fraction(stratum.psus, stratum.psus - 1) * (squares - total * total / stratum.psus)


def _there(place: int | None) -> int:
    assert place is not None
    return place
