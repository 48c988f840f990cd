"""What is derived from a survey's secret: pseudonyms, record keys, fingerprints. Each from a key of its own.

Destroying the secret makes all of them unlinkable; another survey has another secret, so the same person cannot be
followed from one to the other.
"""

import base64
import hmac
import unicodedata

import orjson

from services.validate.row import Row

BITS_BYTES = 16
"""128 bits: see services.runtime.keys."""


class SurveySecrets:
    """The derived keys of one survey."""

    def __init__(self, secret: bytes) -> None:
        self._subject = hmac.digest(secret, b"subject", "sha256")
        self._record = hmac.digest(secret, b"record-key", "sha256")
        self._fingerprint = hmac.digest(secret, b"fingerprint", "sha256")

    def pseudonym(self, subject: str, text: str) -> str:
        """The same for one subject however it was typed: case, width and outer blanks do not count.

        `subject` names the kind ("enumerator"): the same text as another kind is another pseudonym.
        """
        normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
        return "p1:" + _short(hmac.digest(self._subject, f"{subject}\x1f{normal}".encode(), "sha256"))

    def record_key(self, lineage: str) -> int:
        """0..255, from the id of the lineage's first instance as far as the submission tells it, not from answers: an
        edit draws no new noise."""
        return hmac.digest(self._record, lineage.encode(), "sha256")[0]

    def fingerprint(self, root: Row) -> str:
        """Of all answers but `meta`: equal if and only if each row has the same texts.

        Empty answers do not count, and neither does the order of the elements, the format or outer white space.
        """
        return _short(hmac.digest(self._fingerprint, orjson.dumps(_plain(root)), "sha256"))


def _plain(row: Row) -> list[object]:
    answers = sorted((path, text) for path, text in row.values.items() if text)
    if not row.repeats:
        return [answers]
    return [answers, sorted((path, [_plain(each) for each in rows]) for path, rows in row.repeats.items())]


def _short(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac[:BITS_BYTES]).decode().rstrip("=")
