"""The record that goes to Kafka: nothing readable outside the sealed box."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import HEADER_KEY_ID, BodyFormat, Submission, read_sealed
from services.ingest.identity import Identity
from services.ingest.record import Draft, Envelopes, to_wire
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer

TEXT = st.text(st.characters(codec="utf-8"), max_size=50)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.create(tmp_path)
    return tmp_path


def envelopes(folder: Path) -> Envelopes:
    public = keys.load_public(folder)
    return Envelopes(Sealer(public.sealing_id, public.sealing), public.instance_hash)


def draft(replaces: str | None = None, body: str = "<data/>", missing: int = 0) -> Draft:
    return Draft(Identity("s", "1", "+41 79 123", replaces), BodyFormat.XML, body, "team 1", 1_700_000_000_000, missing)


@given(
    TEXT, TEXT, TEXT, st.none() | TEXT, TEXT, st.sampled_from(BodyFormat), st.integers(0, 5), st.binary(max_size=50)
)  # fmt: skip
def test_the_wire_is_the_model(
    survey: str,
    version: str,
    instance: str,
    replaces: str | None,
    body: str,
    kind: BodyFormat,
    missing: int,
    encrypted: bytes,
) -> None:
    written = to_wire(Draft(Identity(survey, version, instance, replaces), kind, body, "c", 5, missing, encrypted))
    model = Submission(
        kind="submission", survey=survey, version=version, instance=instance, replaces=replaces, format=kind, body=body,
        collector="c", received_ms=5, missing_files=missing, encrypted=base64.b64encode(encrypted).decode(),
    )  # fmt: skip
    assert read_sealed(written) == model
    assert Submission.model_validate_json(written) == model


def test_only_the_holder_of_the_private_key_reads_it(folder: Path) -> None:
    record = envelopes(folder).record(draft())
    raw = b"".join([record.key, record.value, *(value for _, value in record.headers)])
    for secret in (b"+41", b"data", b"team"):
        assert secret not in raw
    [(name, key_id)] = record.headers
    assert name == HEADER_KEY_ID
    opened = read_sealed(Opener(keys.load_private(folder).sealing).open(key_id.decode(), record.value))
    assert isinstance(opened, Submission)
    assert opened.instance == "+41 79 123"


def test_the_key_is_that_of_the_slot_it_concerns(folder: Path) -> None:
    first, retry, edit = (envelopes(folder).record(draft(replaces)) for replaces in (None, None, "other"))
    assert first.key == retry.key == keys.load_public(folder).instance_hash("s", "+41 79 123").encode()
    assert edit.key == keys.load_public(folder).instance_hash("s", "other").encode()
    assert first.value != retry.value
