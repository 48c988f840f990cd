"""Quantiles of Student's t without a library for numbers."""

from math import pi, sqrt, tan
from statistics import NormalDist


def t_quantile(probability: float, degrees: int) -> float:
    """The quantile for `degrees` of freedom, at least 1; within 0.2 % of the exact one from 3 on (Abramowitz and
    Stegun, 26.7.5), exact for 1 and 2."""
    if degrees < 1:
        raise ValueError("a t quantile needs a degree of freedom")
    if degrees == 1:
        return tan(pi * (probability - 0.5))
    if degrees == 2:
        spread = 2 * probability - 1
        return spread * sqrt(2 / (1 - spread * spread))
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    correction: float = sum(term / float(degrees) ** (power + 1) for power, term in enumerate(terms))
    return z + correction
