"""What is learned of somebody who is known to be in a class, without finding the record: l-diversity. Pure.

k says how many look alike; if all of them gave the same answer, their number protects nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True)
class Diversity:
    """`distinct` is the smallest number of answers in a class, `entropy` the smallest exp(entropy) of a class. In
    classes of two and more, `told` records have all the same answer: who knows the keys knows it."""

    distinct: int
    entropy: float
    told: int


def diversity(keys: Sequence[Hashable], answers: Sequence[Hashable]) -> Diversity:
    """Of one sensitive field, over the classes of equal keys; 0 without records."""
    classes: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    for key, answer in zip(keys, answers, strict=True):
        classes[key][answer] += 1
    return Diversity(
        min(map(len, classes.values()), default=0),
        min(map(_entropy, classes.values()), default=0.0),
        sum(counts.total() for counts in classes.values() if len(counts) == 1 and counts.total() > 1),
    )


def _entropy(counts: Counter[Hashable]) -> float:
    total = counts.total()
    return exp(-sum(n / total * log(n / total) for n in counts.values()))
