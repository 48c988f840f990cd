"""Opening encrypted submissions (ODK XForms specification, Encryption), against a phone written from the specification.

DC1 what a phone encrypts is read, whatever its media and sizes. DC2 both ways of MGF1. DC3 each kind of damage has its
code, and no bytes end otherwise. DC4 the signature is compared where it can be. DC5 what was encrypted must be what the
manifest says. DC6 what was encrypted is bounded before any parser sees it.
"""

import base64
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import BodyFormat, Submission
from services.validate import deciphering
from services.validate.deciphering import decipher
from services.validate.reasons import (
    BROKEN_ENCRYPTION,
    FORM_KEY_FAILS,
    OTHER_INSIDE,
    SIGNATURE_DIFFERS,
    TOO_LARGE,
    Code,
)
from tests.encrypting_phone import Encrypted, encrypt, form

WHO: dict[str, Any] = {"survey": "household", "version": "1", "instance": "uuid:1"}
XML = '<data id="household" version="1"><a>Canary-Answer</a><meta><instanceID>uuid:1</instanceID></meta></data>'


def submission(posted: Encrypted, **more: Any) -> Submission:
    given: dict[str, Any] = {
        "kind": "submission",
        **WHO,
        "format": BodyFormat.XML,
        "body": posted.manifest,
        "collector": "c",
        "received_ms": 1_772_000_000_000,
        "encrypted": base64.b64encode(posted.xml).decode(),
    }
    return Submission(**{**given, **more})


def posted(xml: str = XML, **more: Any) -> Encrypted:
    return encrypt(form(), xml, **{**WHO, **more})


def opened(sealed: Submission, name: str = "first") -> Submission | Code:
    return decipher(sealed, form(name).private)


def flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=70), st.lists(st.binary(max_size=40), max_size=40), st.booleans())
def test_dc1_what_a_phone_encrypts_is_read(answer: str, media: list[bytes], signed: bool) -> None:
    xml = f"<data>{answer}"  # not even well-formed: that is for others to say
    found = opened(
        submission(posted(xml, media=[(f"{number}.jpg", data) for number, data in enumerate(media)], signed=signed))
    )
    assert isinstance(found, Submission)
    assert (found.body, found.encrypted) == (xml, "")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4096])
def test_dc1_every_length_of_padding(size: int) -> None:
    found = opened(submission(posted("x" * size)))
    assert isinstance(found, Submission)
    assert found.body == "x" * size


def test_dc1_the_vector_is_that_of_the_specification() -> None:
    """By hand: md5("i" + 32 zero bytes) with one byte more for each of 17 files, the first byte twice."""
    first = deciphering.vector("i", bytes(32), 0)
    after = deciphering.vector("i", bytes(32), 17)
    assert [(b - a) % 256 for a, b in zip(first, after, strict=True)] == [2] + [1] * 15


@pytest.mark.parametrize("mgf", ["sha256", "sha1"])
def test_dc2_both_ways_of_mgf1(mgf: str) -> None:
    assert isinstance(opened(submission(posted(mgf=mgf))), Submission)


def test_dc3_each_kind_of_damage_has_its_code() -> None:
    good = posted()
    key = re.search("<base64EncryptedKey>(.*?)</", good.manifest)
    assert key is not None
    cases: list[tuple[Submission, Code]] = [
        (submission(good, body=good.manifest.replace(key[1], "AAAA")), FORM_KEY_FAILS),
        (submission(good, body=good.manifest.replace(key[1], "no base64")), FORM_KEY_FAILS),
        (submission(good, body=good.manifest.replace(key[1], "")), FORM_KEY_FAILS),
        (submission(posted(aes_key=bytes(16))), FORM_KEY_FAILS),
        (submission(good, body="<data"), BROKEN_ENCRYPTION),
        (submission(good, encrypted=""), BROKEN_ENCRYPTION),
        (submission(good, encrypted="no base64"), BROKEN_ENCRYPTION),
        (submission(good, encrypted=base64.b64encode(good.xml[:-1]).decode()), BROKEN_ENCRYPTION),
        (
            submission(good, encrypted=base64.b64encode(flipped(good.xml, len(good.xml) - 1)).decode()),
            BROKEN_ENCRYPTION,
        ),
        (submission(posted(signed=False), instance="uuid:other"), BROKEN_ENCRYPTION),
    ]
    for number, (sealed, code) in enumerate(cases):
        assert opened(sealed) == code, number
    assert opened(submission(good), "second") == FORM_KEY_FAILS


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=100), st.text(max_size=20), st.integers(0, 800), st.booleans())
def test_dc3_no_bytes_end_otherwise(data: bytes, text: str, at: int, whole: bool) -> None:
    good = posted()
    body = good.manifest[: at % len(good.manifest)] + text + good.manifest[at % len(good.manifest) :]
    sealed = submission(good, body=body, encrypted=base64.b64encode(good.xml if whole else data).decode())
    found = opened(sealed)
    assert isinstance(found, Submission | Code)


def test_dc4_the_signature_is_compared_where_it_can_be() -> None:
    for version in ("1", "", None):
        good = encrypt(form(), "<data/>", survey="household", version=version, instance="uuid:1")
        assert isinstance(opened(submission(good, version=version or "")), Submission), version
        unsigned_version = good.manifest.replace('version="', 'version="9')
        if version:
            assert opened(submission(good, body=unsigned_version)) == SIGNATURE_DIFFERS
    other = posted(XML.replace("Answer", "Amswer"))
    changed = re.sub("(?<=<base64EncryptedElementSignature>)[^<]*", "AAAA", other.manifest)
    assert opened(submission(other, body=changed)) == SIGNATURE_DIFFERS
    signature = re.search("<base64EncryptedElementSignature>.*?</base64EncryptedElementSignature>", posted().manifest)
    assert signature is not None
    own = re.search("<base64EncryptedElementSignature>.*?</base64EncryptedElementSignature>", other.manifest)
    assert own is not None
    mixed = other.manifest.replace(own[0], signature[0])
    assert opened(submission(other, body=mixed)) == SIGNATURE_DIFFERS
    # Damage in the middle of the file leaves its padding whole.
    assert opened(submission(other, encrypted=base64.b64encode(flipped(other.xml, 20)).decode())) in (
        SIGNATURE_DIFFERS,
        BROKEN_ENCRYPTION,
    )
    # Media are not here, so their part of the signature is not known; but it has to be one.
    media = posted(media=[("a.jpg", b"1")])
    assert isinstance(opened(submission(media)), Submission)
    broken = re.sub("(?<=<base64EncryptedElementSignature>)[^<]*", "AAAA", media.manifest)
    assert opened(submission(media, body=broken)) == SIGNATURE_DIFFERS


@pytest.mark.parametrize(
    ("before", "after"),
    [('id="household"', 'id="other"'), ('version="1"', 'version="2"'), ("uuid:1<", "uuid:2<")],
)
def test_dc5_what_was_encrypted_is_what_the_manifest_says(before: str, after: str) -> None:
    assert opened(submission(posted(XML.replace(before, after)))) == OTHER_INSIDE


def test_dc5_an_edit_is_known_by_what_was_encrypted() -> None:
    edit = XML.replace("</instanceID>", "</instanceID><deprecatedID>uuid:0</deprecatedID>")
    found = opened(submission(posted(edit)))
    assert isinstance(found, Submission)
    assert found.replaces == "uuid:0"


def test_dc6_what_was_encrypted_is_bounded_before_any_parser_sees_it() -> None:
    assert opened(submission(posted(XML.replace("<a>", "<b/>" * 200_000 + "<a>")))) == TOO_LARGE
    assert opened(submission(posted(XML.replace("Canary-Answer", "x" * 1_100_000)))) == TOO_LARGE
