"""digest(), base64-decode() and extract-signed()."""

import base64
import hashlib
import re

from schemas.expressions.errors import EvaluationError
from schemas.expressions.operand import Operand, Place, text
from schemas.expressions.scope import Scope

_ALGORITHMS = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_STRANGE = re.compile(b"[^A-Za-z0-9+/=]")
_SIGNATURE = 64
"""Bytes of an Ed25519 signature, which stands before the message."""


def digest(arguments: list[Operand], place: Place) -> Operand:
    """Of the UTF-8 bytes, in base64 or hex."""
    run, algorithm = arguments[0].text(), arguments[1].text()
    encoding = arguments[2].text() if len(arguments) == 3 else None

    def compute(scope: Scope) -> str:
        name = _ALGORITHMS.get(algorithm(scope).upper().replace("-", ""))
        if name is None:
            raise EvaluationError("digest() knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512.")
        written = "BASE64" if encoding is None else encoding(scope).upper()
        if written not in ("BASE64", "HEX"):
            raise EvaluationError("digest() writes 'base64' or 'hex'.")
        # MD5 and SHA-1 here name a thing, they protect nothing.
        found = hashlib.new(name, run(scope).encode("utf-8", "replace"), usedforsecurity=False)
        return found.hexdigest() if written == "HEX" else base64.b64encode(found.digest()).decode("ascii")

    return text(compute)


def base64_decode(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].text()
    return text(lambda scope: decode(run(scope)).decode("utf-8", "replace"))


def decode(written: str) -> bytes:
    """Base64 as JavaRosa reads it: other characters are passed over, and a length that is no multiple of four gives
    nothing. An equals sign counts as 0 wherever it stands."""
    raw = written.encode("utf-8", "replace")
    known = _STRANGE.sub(b"", raw)
    if len(known) % 4:
        return b""
    padding = 0
    for place in range(len(raw) - 1, 0, -1):
        letter = raw[place : place + 1]
        if letter == b"=":
            padding += 1
        elif letter != b"A" and letter in _LETTERS:
            break
    decoded = base64.b64decode(known.replace(b"=", b"A"))
    return decoded[: len(decoded) - padding] if padding <= len(decoded) else b""


def extract_signed(arguments: list[Operand], place: Place) -> Operand:
    """The message behind a signature of Ed25519, "" if the signature is not of this key. Both are in base64."""
    signed, key = arguments[0].text(), arguments[1].text()

    def extract(scope: Scope) -> str:
        content, public = decode(signed(scope)), decode(key(scope))
        if len(content) < _SIGNATURE or not _is_signed(public, content):
            return ""
        return content[_SIGNATURE:].decode("utf-8", "replace")

    return text(extract)


def _is_signed(public: bytes, content: bytes) -> bool:
    # Only here: few forms check a signature, and the library takes time to load.
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(public[:32]).verify(content[_SIGNATURE:], content[:_SIGNATURE])
    except (BadSignatureError, ValueError):
        return False
    return True
