"""Which cells of different tables are the same group of people, and the secret offset of each. Pure.

Region by sex and region by age both have the margin "region = north". It is one cell: were it rounded anew in each
table, the roundings could be averaged, and the difference between two tables would isolate people. So a cell is known
by what it says of its people (unit, and pairs of dimension and code, without those that are `_T`), never by its table.
"""

import hashlib
import hmac

from schemas.survey.definition import TOTAL
from services.release.live_table import Codes, LiveTable

Identity = tuple[str, tuple[tuple[str, str], ...]]
"""Unit, and sorted pairs of dimension and code."""

OFFSET_BITS = 128
"""Far more than any step has digits, so that the offset is as good as uniform."""


def identity(table: LiveTable, codes: Codes) -> Identity:
    pairs = [(dimension, code) for dimension, code in zip(table.dimensions, codes, strict=True) if code != TOTAL]
    return table.unit, tuple(sorted(pairs))


def offset(secret: bytes, survey: str, cell: Identity, quantity: str, respondents: int, step: int) -> int:
    """A whole number in [0, step), fixed for the life of the survey, that nobody without the secret knows.

    Fixed, because an offset drawn anew for each release lets the mean of many releases tell the exact count. Drawn for
    the step in `respondents`, and stretched to `step`: the number of units, of units with a value, and the sum of their
    weights are nearly one number, and by the same fraction of their steps they are rounded like one.
    """
    if step == 1:
        return 0
    unit, pairs = cell
    parts = [survey, unit, quantity, str(respondents), *[part for pair in pairs for part in pair]]
    text = "".join(f"{len(part)}:{part}" for part in parts).encode()
    digest = hmac.new(secret, text, hashlib.sha256).digest()
    return int.from_bytes(digest[: OFFSET_BITS // 8]) * step >> OFFSET_BITS
