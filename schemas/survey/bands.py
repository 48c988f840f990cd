"""Codes of bands: how `band:15,25,35,45,65` names the classes of a number.

One rule for every banded field, after SDMX's code list for age, so that one reader understands all: for bounds
15,25,65 the codes are `Y_LT15`, `Y15T24`, `Y25T64`, `Y_GE65`. Bounds are whole numbers, rising; a class goes from its
bound to just below the next (24.9 is in `Y15T24`). The letter is there for any field, not only for ages.
"""

from bisect import bisect_right
from decimal import Decimal
from itertools import pairwise


def bounds_of(argument: str) -> list[int]:
    """The bounds of `band:<argument>`. Raises ValueError unless they are whole numbers that rise."""
    bounds = [int(part) for part in argument.split(",")]
    if any(low >= high for low, high in pairwise(bounds)):
        raise ValueError("the bounds of a band must rise")
    return bounds


def codes_of(bounds: list[int]) -> list[str]:
    """All codes, from the lowest class: one more than there are bounds."""
    between = [f"Y{low}T{high - 1}" for low, high in pairwise(bounds)]
    return [f"Y_LT{bounds[0]}", *between, f"Y_GE{bounds[-1]}"]


def code_of(bounds: list[int], codes: list[str], value: int | Decimal) -> str:
    """The class of a number; `codes` are those of `codes_of(bounds)`."""
    return codes[bisect_right(bounds, value)]
