"""A phone number as one text, however it was written: E.164, such as +8801712345678.

It is a matter of identity and not of calling: what has a possible length counts as a number, since lists of ranges in
use change every month. The library is pinned exactly, for another release can read the same digits otherwise, and the
pseudonym of a person would change with it; tests hold what it must give.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

KNOWN = 8192
"""Numbers remembered: an enumerator's or a household's comes back in each row and edit, and reading one takes a
twentieth of a verdict. In memory alone, some 2 MB."""
MAX_CHARS = 60
"""No phone number is longer, with all its brackets, a trunk prefix and an extension."""
_INTERNATIONAL = re.compile(r"\(? ?(\+|00(?=[1-9]))")
_PHONE = re.compile(r"(?:\( ?)?[+\d][\d ()./-]*")
"""Also with the prefix in brackets: `(0171) 2345678`, `(+49) 171 2345678`."""


@lru_cache(maxsize=KNOWN)
def e164(text: str, country: str | None) -> str | None:
    """None for what is no phone number, and for a national one where the country (ISO 3166-1 alpha-2) is not known.

    Digits of any script count. `+` and `00` both begin a number with its country's prefix, also where another country
    dials otherwise; without them it is a national number, or an international one that lacks its sign. An extension
    does not count.
    """
    digits = _plain(text)
    if len(digits) > MAX_CHARS or _PHONE.match(digits) is None:
        return None
    start = _INTERNATIONAL.match(digits)
    if start is not None:
        found = _read(f"+{digits[start.end() :]}", None)
        if found is not None or start[1] == "+":
            return found
    return None if country is None else _read(digits, country)


def looks_like_phone(text: str) -> bool:
    """Whether it holds nothing but what phone numbers are written with, and seven digits at least."""
    digits = _plain(text)
    return _PHONE.fullmatch(digits) is not None and sum(char.isdecimal() for char in digits) >= 7


def bare_digits(text: str) -> str | None:
    """The ASCII digits of what looks like a phone number, in their order: what one is compared by where it cannot be
    read, as where no country is known. None for what does not look like one."""
    return re.sub(r"\D", "", _plain(text)) if looks_like_phone(text) else None


def national(number: str) -> tuple[str, ...]:
    """The ways in which the number (E.164) is written at home, in digits: with the trunk prefix and without."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return ()
    written = re.sub(r"\D", "", phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    return tuple(dict.fromkeys((written, phonenumbers.national_significant_number(parsed))))


def _read(digits: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _plain(text: str) -> str:
    """ASCII digits in the place of those of other scripts, and no invisible marks of direction."""
    if text.isascii():
        return text.strip()
    folded = []
    for char in unicodedata.normalize("NFKC", text):
        digit = unicodedata.decimal(char, None)
        if digit is not None:
            folded.append(str(digit))
        elif unicodedata.category(char) == "Pd":
            folded.append("-")
        elif unicodedata.category(char) != "Cf":
            folded.append(char)
    return "".join(folded).strip()
