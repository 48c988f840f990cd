"""Characters that the escapes of a Java pattern stand for: `\\d \\w \\s` (ASCII), `\\t`, `\\p{L}`."""

import string
import unicodedata
from collections.abc import Callable

Test = Callable[[str], bool]

_DIGITS = frozenset(string.digits)
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_BLANK = frozenset(" \t\n\x0b\f\r")
LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")
SETS = {"d": _DIGITS, "w": _WORD, "s": _BLANK}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_CATEGORIES = {"L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "S", "Z", "Zs"}
_POSIX = {
    "Lower": frozenset(string.ascii_lowercase),
    "Upper": frozenset(string.ascii_uppercase),
    "Alpha": frozenset(string.ascii_letters),
    "Digit": _DIGITS,
    "Alnum": frozenset(string.ascii_letters + string.digits),
    "Punct": frozenset(string.punctuation),
    "Space": _BLANK,
}


def property_test(name: str, negative: bool) -> Test | None:
    """The test of `\\p{name}`, or of `\\P{name}` if negative; None for a name that is not known."""
    if name in _POSIX:
        members = _POSIX[name]
        return lambda c: (c in members) is not negative
    if name == "LC":
        return lambda c: (unicodedata.category(c) in ("Lu", "Ll", "Lt")) is not negative
    if name in _CATEGORIES:
        return lambda c: unicodedata.category(c).startswith(name) is not negative
    return None
