"""Fewer codes for a key: neighbours taken together, two by two. Pure.

Bands, years and levels have an order, so that the result can be written as a class; of other lists it only says what
half as many codes would do.
"""

from collections.abc import Sequence


def halved(codes: Sequence[str]) -> dict[str, str]:
    """Each code -> the first of its pair. What is not listed (`_N`, `_U`) stays as it is."""
    return {code: codes[place - place % 2] for place, code in enumerate(codes)}


def halved_shares(shares: Sequence[float]) -> list[float]:
    return [sum(shares[place : place + 2]) for place in range(0, len(shares), 2)]
