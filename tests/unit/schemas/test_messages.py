"""The rule of compatibility (schemas/message.py)."""

import json

import pytest
from pydantic import ValidationError

from schemas.events import (
    AnyOutcome,
    BodyFormat,
    Reason,
    Refusal,
    Rejection,
    Response,
    Source,
    Submission,
    Withdrawal,
    Withdrawn,
    read_outcome,
    read_sealed,
)
from schemas.message import NewerMessage

SOURCE = Source(topic_id="t", partition=3, offset=17, at_ms=1_700_000_000_000)
INSTANCE = "A" * 22

OUTCOMES: list[AnyOutcome] = [
    Response(
        kind="response",
        source=SOURCE,
        survey="s",
        version="1",
        instance=INSTANCE,
        fingerprint="f",
        record_key=0,
        answers={"a": 1, "b": "x", "c": ["p", "q"]},
        rows={"member": [{"member/sex": "F"}]},
    ),
    Rejection(kind="rejection", source=SOURCE, reasons=[Reason(code="VAL-001")], sealed="AAAA"),
    Refusal(kind="refusal", source=SOURCE, survey="s", version="1", instance=INSTANCE),
    Withdrawn(kind="withdrawn", source=SOURCE, survey="s", instance=INSTANCE),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.kind)
def test_what_is_written_is_read(outcome: AnyOutcome) -> None:
    assert read_outcome(outcome.to_wire()) == outcome


def test_sealed_messages_are_read_by_kind() -> None:
    submission = Submission(
        kind="submission",
        survey="s",
        version="",
        instance="uuid:1",
        format=BodyFormat.XML,
        body="<data/>",
        collector="c",
        received_ms=1,
    )
    withdrawal = Withdrawal(kind="withdrawal", survey="s", instance="uuid:1")
    assert read_sealed(submission.to_wire()) == submission
    assert read_sealed(withdrawal.to_wire()) == withdrawal


def test_an_older_reader_passes_over_new_fields_at_every_depth() -> None:
    wire = json.loads(OUTCOMES[0].to_wire())
    wire["added"] = 1
    wire["source"]["added"] = 2
    assert read_outcome(json.dumps(wire).encode()) == OUTCOMES[0]


def test_a_newer_version_stops_the_reader() -> None:
    wire = json.loads(OUTCOMES[0].to_wire()) | {"schema_version": 2}
    with pytest.raises(NewerMessage):
        read_outcome(json.dumps(wire).encode())


def test_a_writer_cannot_invent_fields() -> None:
    with pytest.raises(ValidationError):
        Refusal(kind="refusal", source=SOURCE, survey="s", version="1", instance=INSTANCE, extra=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("wire", [b"", b"\xff\x00", b"[]", b"{}", b'{"kind":"other"}'])
def test_what_is_no_message_is_a_value_error(wire: bytes) -> None:
    with pytest.raises(ValueError):
        read_outcome(wire)
