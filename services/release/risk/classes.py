"""Who looks like whom: classes of equal keys, and the risk of being found in them. Pure.

The words are those of ARX. The prosecutor knows that the person is in the data: his risk is one over the size of the
class. The journalist does not, and has to reckon with everybody in the population who has the same keys. The marketer
wants many, not one: his risk is the share of records that he would match rightly.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

LEVELS = (3, 5, 10)
"""Class sizes below which a record counts as at risk: what offices use as minimum frequencies."""
SIZES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, None))
"""Of the distribution: from, to."""


@dataclass(frozen=True)
class Anonymity:
    """`k` is the smallest class. `below`: records in classes smaller than that level. `distribution`: records in
    classes of these sizes, as in SIZES."""

    records: int
    classes: int
    k: int
    uniques: int
    below: dict[int, int]
    distribution: tuple[int, ...]


@dataclass(frozen=True)
class Reidentification:
    """Chances. `journalist_*` and `marketer_population` are None where the population is not known."""

    prosecutor_highest: Fraction
    prosecutor_mean: Fraction
    marketer: Fraction
    journalist_highest: Fraction | None
    journalist_mean: Fraction | None


def anonymity(rows: Sequence[Hashable]) -> Anonymity:
    """Of the keys of each record; no record has k 0."""
    sizes = Counter(rows).values()
    return Anonymity(
        len(rows),
        len(sizes),
        min(sizes, default=0),
        sum(size == 1 for size in sizes),
        {level: sum(size for size in sizes if size < level) for level in LEVELS},
        tuple(sum(n for n in sizes if n >= first and (last is None or n <= last)) for first, last in SIZES),
    )


def reidentification(
    rows: Sequence[Hashable], weights: Sequence[int] = (), population: int | None = None
) -> Reidentification | None:
    """None without records.

    The population's class is estimated: the sum of the weights (in millionths) in the class, or the class times
    population over sample; never less than the class itself.
    """
    if not rows:
        return None
    sizes = Counter(rows)
    number = len(rows)
    highest, mean = Fraction(1, min(sizes.values())), Fraction(len(sizes), number)
    if population is not None:
        around = {key: max(Fraction(size), Fraction(size * population, number)) for key, size in sizes.items()}
    elif weights:
        sums: Counter[Hashable] = Counter()
        for key, weight in zip(rows, weights, strict=True):
            sums[key] += weight
        around = {key: max(Fraction(size), Fraction(sums[key], 10**6)) for key, size in sizes.items()}
    else:
        return Reidentification(highest, mean, mean, None, None)
    risks = [(1 / around[key], size) for key, size in sizes.items()]
    journalist = sum((risk * size for risk, size in risks), Fraction()) / number
    return Reidentification(highest, mean, mean, max(risk for risk, _ in risks), journalist)
