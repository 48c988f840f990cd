"""Encrypted submissions on their way in: the manifest, the one attachment that is kept, and its bound."""

import pytest

from services.ingest import problems
from services.ingest.identity import Identity, XmlSubmission, read_xml
from services.ingest.manifest import ENCRYPTED_XML, Manifest
from services.ingest.multipart_form import Form, FormLimits, FormReader
from services.ingest.problems import Problem
from tests.encrypting_phone import encrypt, form

B = "8f1c-boundary"
LIMITS = FormLimits(xml_bytes=2000, attachments=3)
POSTED = encrypt(
    form(), "<data/>", survey="s", version="1", instance="uuid:1", media=[("a.jpg", b"1"), ("b.mp4", b"2")]
)


def part(name: str, content: bytes) -> bytes:
    head = f'--{B}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def read(*parts: bytes, step: int = 10_000, limits: FormLimits = LIMITS) -> Form | Problem:
    data = b"".join(parts) + f"--{B}--\r\n".encode()
    reader = FormReader(B, limits)
    for at in range(0, len(data), step):
        problem = reader.feed(data[at : at + step])
        if problem is not None:
            return problem
    return reader.finish()


def test_a_manifest_says_who_it_is_and_what_comes_with_it() -> None:
    found = read_xml(POSTED.manifest.encode())
    assert isinstance(found, XmlSubmission)
    assert found.identity == Identity("s", "1", "uuid:1", None)
    assert found.manifest == Manifest(True, frozenset({"a.jpg.enc", "b.mp4.enc"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<encryptedXmlFile>submission.xml.enc", "<encryptedXmlFile>other.xml.enc"),
        ("<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>", ""),
        ("base64EncryptedKey>", "base64Encrypted>"),
        ("<instanceID>uuid:1</instanceID>", ""),
        ("<instanceID>uuid:1</instanceID>", "<instanceID> </instanceID>"),
    ],
)
def test_a_manifest_that_never_could_be_opened_stays_on_the_phone(before: str, after: str) -> None:
    assert before in POSTED.manifest
    found = read_xml(POSTED.manifest.replace(before, after).encode())
    assert isinstance(found, Problem)
    assert found.type is problems.BROKEN_MANIFEST


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize("first", [True, False])
def test_of_the_attachments_the_encrypted_answers_are_kept(step: int, first: bool) -> None:
    xml, answers = part("xml_submission_file", b"<data/>"), part(ENCRYPTED_XML, b"\x00\r\n--8f1c")
    photo = part("a.jpg.enc", b"x" * 5000)
    parts = [xml, photo, answers] if first else [answers, photo, xml]
    assert read(*parts, step=step) == Form(b"<data/>", frozenset({ENCRYPTED_XML, "a.jpg.enc"}), b"\x00\r\n--8f1c")


def test_a_part_without_the_answers_has_none() -> None:
    assert read(part("xml_submission_file", b"<data/>"), part("a.jpg.enc", b"x")) == Form(
        b"<data/>", frozenset({"a.jpg.enc"}), None
    )


def test_the_bound_is_on_both_together_as_they_arrive() -> None:
    reader = FormReader(B, LIMITS)
    problem = reader.feed(part("xml_submission_file", b"x" * 1000) + part(ENCRYPTED_XML, b"x" * 1200))
    assert problem is not None
    assert problem.type is problems.TOO_LARGE
    assert reader.size <= 2200


def test_two_files_of_answers_are_none() -> None:
    found = read(part("xml_submission_file", b"<data/>"), part(ENCRYPTED_XML, b"1"), part(ENCRYPTED_XML, b"2"))
    assert isinstance(found, Problem)
    assert found.type is problems.BROKEN_FORM
