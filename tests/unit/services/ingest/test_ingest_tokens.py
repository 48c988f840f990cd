"""Where a token may stand in a request whose path has none."""

import base64

import pytest

from services.ingest.tokens import token_of


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


@pytest.mark.parametrize(
    ("authorization", "query", "expected"),
    [
        (b"Bearer abc", b"", "abc"),
        (b"bearer  abc ", b"", "abc"),
        (basic("anyone:abc"), b"", "abc"),
        (basic("anyone:a:b:c"), b"", "a:b:c"),
        (basic(":abc"), b"", "abc"),
        (None, b"st=abc&deviceID=collect%3Ax", "abc"),
        (None, b"deviceID=x&st=a%21b", "a!b"),
        (b"Bearer abc", b"st=other", "abc"),
        (b'Digest username="a", realm="b"', b"st=abc", "abc"),
    ],
)
def test_a_token_is_found(authorization: bytes | None, query: bytes, expected: str) -> None:
    assert token_of(authorization, query) == expected


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        (None, b""),
        (None, b"test=1"),
        (None, b"st="),
        (b"", b""),
        (b"Basic not-base64!", b""),
        (b"Basic " + base64.b64encode(b"\xff:\xff"), b""),
        (basic("no colon"), b""),
    ],
)
def test_no_token(authorization: bytes | None, query: bytes) -> None:
    assert not token_of(authorization, query)
