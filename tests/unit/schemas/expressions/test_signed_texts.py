"""extract-signed(): the message only if the signature is that of the key."""

import base64
from collections.abc import Callable

import pytest
from nacl.signing import SigningKey

from schemas.expressions import Value

Ask = Callable[[str, str], Value]
KEY = SigningKey(bytes(range(32)))
PUBLIC = base64.b64encode(bytes(KEY.verify_key)).decode()


def _extract(ask: Ask, content: bytes, key: str = PUBLIC) -> Value:
    return ask("profile/age", f"extract-signed('{base64.b64encode(content).decode()}', '{key}')")


def test_a_signed_message_is_read(ask: Ask) -> None:
    assert _extract(ask, bytes(KEY.sign("carte n° 7".encode()))) == "carte n° 7"


@pytest.mark.parametrize("place", [0, 63, 64, 70])
def test_a_changed_byte_of_signature_or_message_gives_nothing(ask: Ask, place: int) -> None:
    content = bytearray(KEY.sign(b"seven letters"))
    content[place] ^= 1
    assert _extract(ask, bytes(content)) == ""


def test_another_key_a_short_key_and_a_short_text_give_nothing(ask: Ask) -> None:
    signed = bytes(KEY.sign(b"x"))
    other = base64.b64encode(bytes(SigningKey(bytes(32)).verify_key)).decode()
    assert _extract(ask, signed, other) == ""
    assert _extract(ask, signed, "c2hvcnQ=") == ""
    assert _extract(ask, signed[:40]) == ""
