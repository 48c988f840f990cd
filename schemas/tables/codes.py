"""Codes as field names: a cell's key is its codes joined by "|", safe as a name in a MongoDB document and reversible.

A code is percent-encoded where it holds one of % | . $ or NUL (MongoDB reads dots as nesting and a leading dollar as
an operator; NUL ends a name). The empty code is "%". Other characters stay, so that keys can be read: "MDA|F".
"""

import re
from collections.abc import Iterable
from functools import lru_cache

ALL = "_T"
"""Key of the only cell of a table without dimensions: SDMX's code for the total."""

_UNSAFE = re.compile(r"[%|.$\x00]")
_ESCAPED = re.compile(r"%([0-9A-F]{2})")


@lru_cache(maxsize=65_536)
def escape(code: str) -> str:
    if not code:
        return "%"
    return _UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", code)


def unescape(name: str) -> str:
    """The code that `escape` made this name of."""
    if name == "%":
        return ""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), name)


def join(codes: Iterable[str]) -> str:
    """Key of a cell (or of a PSU in its stratum) from its codes, in the order of the dimensions."""
    return "|".join(map(escape, codes)) or ALL


def split(key: str, dimensions: int) -> tuple[str, ...]:
    """The codes of which `join` made this key. `dimensions` is their number: 0 for a table with one cell."""
    return tuple(unescape(part) for part in key.split("|")) if dimensions else ()
