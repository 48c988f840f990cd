"""Canaries: strings that exist nowhere else, and the search for them however they are written."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator


class Canaries:
    """Makes them and knows what each is. `core` is what is searched for: letters and digits, which percent-encoding
    and JSON leave as they are."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        """Not ours to make, so searched for one by one."""
        self._low: dict[str, str] = {}
        self._hashed: dict[bytes, str] = {}

    def word(self, kind: str) -> str:
        """Fit to be a name of an element, a header, a part of a path."""
        core = f"qZ7x{len(self.kinds):06d}kAnary"
        self._keep(core, kind)
        return core

    def text(self, kind: str) -> str:
        """With what every writing of text has to escape."""
        return f"{self.word(kind)} \"é'\\ <&>\n% {self.word(kind)}"

    def phone(self, kind: str) -> str:
        digits = f"2547936{len(self.kinds):05d}"
        self._keep(digits, kind)
        return f"+{digits}"

    def _keep(self, core: str, kind: str) -> None:
        self.kinds[core] = kind
        self._low[core.lower()] = kind
        # What everyone can compute of what is easily guessed: no key, no salt.
        for text in (core, f"+{core}"):
            for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
                self._hashed[digest(text.encode()).hexdigest().encode()] = f"{kind}, hashed"

    def found(self, data: bytes, but: Iterable[str] = ()) -> set[str]:
        """Kinds of the canaries in the data, however they are written, but for those kinds."""
        named = {self._low[core] for text in (data, *_unwrapped(data)) for core in _cores(text) if core in self._low}
        named |= {
            kind
            for token, kind in self.tokens.items()
            if token.encode() in data or any(writing in data for writing in _writings(token))
        }
        named |= {self._hashed[text] for text in map(bytes.lower, _DIGEST.findall(data)) if text in self._hashed}
        return named - set(but)


LONGEST = 16
"""Characters of a canary's core."""
STARTS = ("qZ7x", "qz7x", "2547936")

_CORE = re.compile(rb"qz7x[0-9]{6}kanary|2547936[0-9]{5}")
_DIGEST = re.compile(rb"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")


def _cores(text: bytes) -> set[str]:
    return {core.decode() for core in _CORE.findall(text.lower())}


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """What stands in the data in hex, in two bytes a character or in base64, wherever it begins as a canary would."""
    low = data.lower()
    for start in _HEX.finditer(low):
        digits = _HEX_DIGITS.match(low[start.start() : start.start() + 2 * LONGEST])
        yield bytes.fromhex(digits[0].decode()) if digits else b""
    for start in _WIDE.finditer(data):
        yield data[start.start() : start.start() + 2 * LONGEST : 2]
    for shift, pattern in enumerate(_BASE64):
        for start in pattern.finditer(data):
            # The beginning of the group of four in which the canary begins.
            first = max(0, start.start() - _KEPT_FROM[shift])
            yield _decoded(data[first : first + 2 * LONGEST])


def _decoded(text: bytes) -> bytes:
    """As far as it is base64, in either alphabet."""
    clean = _ALPHABET.match(text.translate(bytes.maketrans(b"-_", b"+/")))
    whole = clean[0] if clean else b""
    return base64.b64decode(whole[: len(whole) // 4 * 4])


_KEPT_FROM = (0, 2, 3)
"""The first character of base64 that the text alone decides, with 0, 1, 2 bytes before it in the group."""


def _base64_writing(text: str, shift: int) -> bytes:
    """What of the base64 of a text depends on nothing beside it."""
    whole = base64.b64encode(bytes(shift) + text.encode())
    return whole[_KEPT_FROM[shift] : (len(text) + shift) * 8 // 6]


def _writings(token: str) -> set[bytes]:
    found = {token.encode().hex().encode(), token.encode().hex().upper().encode(), token.encode("utf-16-le")}
    return found | {_base64_writing(token, shift) for shift in range(3)}


def _any(writings: Iterable[bytes]) -> bytes:
    return b"|".join(map(re.escape, writings))


_HEX_DIGITS = re.compile(rb"(?:[0-9a-fA-F]{2})*")
_ALPHABET = re.compile(rb"[A-Za-z0-9+/]*")
_HEX = re.compile(_any(start.encode().hex().encode() for start in STARTS))
_WIDE = re.compile(_any(start.encode("utf-16-le") for start in STARTS))
_BASE64 = [re.compile(_any(_base64_writing(start, shift) for start in STARTS)) for shift in range(3)]
