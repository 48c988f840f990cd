"""JSON whose integers may be of any size, read exactly and, where it can be, fast. Pure."""

import json
import re
from typing import Any

import orjson

_LONG = re.compile(r"\d{19}")
_LONG_BYTES = re.compile(rb"\d{19}")
"""From 19 digits on orjson may read an integer as a float."""


def loads(text: str | bytes) -> Any:
    long = _LONG.search(text) if isinstance(text, str) else _LONG_BYTES.search(text)
    return orjson.loads(text) if long is None else json.loads(text)


def dumps(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:  # beyond 64 bits
        return json.dumps(content, separators=(",", ":")).encode()
