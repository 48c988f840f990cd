"""What is derived from a survey's keys: pseudonyms, record keys, fingerprints. Each from a key of its own.

Destroying the keys makes all of them unlinkable; another survey has other keys, so the same person cannot be
followed from one to the other. A pseudonym says which key made it: `p1:` is derived from the survey's secret, `p2:`
and so on from those that a rotation made. New ones come from the newest; fingerprints and record keys are the same
before and after.
"""

import base64
import hmac
from collections.abc import Collection, Mapping
from copy import copy
from types import MappingProxyType

import orjson

from services.validate.normal_text import normal_text
from services.validate.phone import bare_digits, e164, national
from services.validate.row import Row

BITS_BYTES = 16
"""128 bits: see services.runtime.keys."""
KNOWN = 4096
"""Pseudonyms remembered: an enumerator's or a school's comes back in each submission, and making one takes a fifteenth
of a verdict. In memory alone, some 1 MB a survey, and gone with the survey's keys."""
KNOWN_CHARS = 100
"""Longer texts are made anew."""


class SurveySecrets:
    """The derived keys of one survey. `rotated` are its pseudonym keys by version, from 2 on."""

    def __init__(self, secret: bytes, rotated: Mapping[int, bytes] = MappingProxyType({})) -> None:
        keys = {1: secret, **rotated}
        self.rotated = len(keys) > 1
        """Whether a person can have other pseudonyms than those of the newest key."""
        self._subjects = [
            (f"p{version}:", hmac.digest(keys[version], b"subject", "sha256")) for version in sorted(keys, reverse=True)
        ]
        self._known: dict[tuple[str, str], str] = {}
        self._abroad: dict[str | None, SurveySecrets] = {}
        self.country: str | None = None
        """Of the submission, ISO 3166-1 alpha-2: see `within`."""
        self._record = hmac.digest(secret, b"record-key", "sha256")
        self._fingerprint = hmac.digest(secret, b"fingerprint", "sha256")

    def pseudonym(self, subject: str, text: str) -> str:
        """The same for one subject however it was typed (services.validate.normal_text).

        `subject` names the kind ("enumerator"): the same text as another kind is another pseudonym.
        """
        key = (subject, text)
        known = self._known.get(key)
        if known is None:
            known = _pseudonym(*self._subjects[0], subject, normal_text(text))
            if len(text) <= KNOWN_CHARS:
                if len(self._known) >= KNOWN:
                    self._known.clear()
                self._known[key] = known
        return known

    def within(self, country: str | None) -> "SurveySecrets":
        """The same keys, for a submission from a country (or from none that is known)."""
        here = self._abroad.get(country)
        if here is None:
            here = copy(self)
            here.country = country
            self._abroad[country] = here
        return here

    def phone_pseudonym(self, subject: str, text: str, country: str | None = None) -> str:
        """Of a phone number. `country` is that of a national one, and else the submission's. What cannot be read as a
        number is compared by its digits if it looks like one, and else as a text."""
        normal = e164(text, country or self.country) or bare_digits(text) or normal_text(text)
        return _pseudonym(*self._subjects[0], subject, normal)

    def pseudonyms(self, subject: str, text: str, countries: Collection[str] = ()) -> tuple[str, ...]:
        """Every pseudonym that one person can have under a subject, the newest version first: to find all that is kept
        of somebody. What looks like a phone number is taken as one too, and as it may have been written where no
        country was known.

        `countries` are those of the survey (schemas.survey.subjects.phone_countries): a national number is read with
        it where there is one. Where there are several it would be several people, and is found only as it was typed.
        """
        forms = [normal_text(text)]
        digits = bare_digits(text)
        if digits is not None:
            number = e164(text, next(iter(countries)) if len(countries) == 1 else None)
            forms += [digits] if number is None else [digits, number, number[1:], *national(number)]
        return tuple(
            dict.fromkeys(_pseudonym(version, key, subject, form) for version, key in self._subjects for form in forms)
        )

    def record_key(self, lineage: str) -> int:
        """0..255, from the id of the lineage's first instance as far as the submission tells it, not from answers: an
        edit draws no new noise."""
        return hmac.digest(self._record, lineage.encode(), "sha256")[0]

    def fingerprint(self, root: Row) -> str:
        """Of all answers but `meta`: equal if and only if each row has the same texts.

        Empty answers do not count, and neither does the order of the elements, the format or outer white space.
        """
        return _short(hmac.digest(self._fingerprint, orjson.dumps(_plain(root)), "sha256"))


def _pseudonym(version: str, key: bytes, subject: str, normal: str) -> str:
    return version + _short(hmac.digest(key, f"{subject}\x1f{normal}".encode(), "sha256"))


def _plain(row: Row) -> list[object]:
    answers = sorted((path, text) for path, text in row.values.items() if text)
    if not row.repeats:
        return [answers]
    return [answers, sorted((path, [_plain(each) for each in rows]) for path, rows in row.repeats.items())]


def _short(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac[:BITS_BYTES]).decode().rstrip("=")
