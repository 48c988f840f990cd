"""AGG reading responses: the short way gives what pydantic gives, or leaves the record to it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.events import Replayed, Response, Source, read_outcome
from schemas.message import NewerMessage
from services.aggregate.outcomes import read
from services.aggregate.response_reader import read_response
from services.runtime.faults import OperatorStop

answers = st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3), max_size=6
)
hashes = st.text("abcXYZ019_-", min_size=22, max_size=22)
responses = st.builds(
    Response,
    kind=st.just("response"),
    source=st.builds(
        Source,
        topic_id=st.text(max_size=5),
        partition=st.integers(0, 99),
        offset=st.integers(0, 2**62),
        at_ms=st.integers(0, 2**45),
        replay_of=st.none() | st.just(Replayed(partition=1, offset=2)),
    ),
    survey=st.text(max_size=5),
    version=st.text(max_size=5),
    revision=st.integers(0, 3),
    instance=hashes,
    replaces=st.none() | hashes,
    fingerprint=st.text(max_size=5),
    record_key=st.integers(0, 255),
    answers=answers,
    rows=st.dictionaries(st.text(max_size=5), st.lists(answers, max_size=3), max_size=2),
    notes=st.lists(st.text(max_size=3), max_size=2),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)
WIRE: dict[str, Any] = {
    "source": {"topic_id": "t", "partition": 0, "offset": 5, "at_ms": 6},
    "kind": "response",
    "survey": "homes",
    "version": "1",
    "instance": "i" * 22,
    "fingerprint": "f",
    "record_key": 7,
    "answers": {"sex": "F", "cost": 12, "reason": ["work", "study"]},
    "rows": {"member": [{"member/kin": "F", "member/years": 3}]},
}


@given(responses)
def test_a_response_is_read_as_it_was_written(response: Response) -> None:
    wire = response.to_wire()
    found = read_response(wire)
    if found is None:  # a whole number beyond 64 bits is left to pydantic
        assert any(abs(n) >= 2**63 for n in _integers(json.loads(wire)))
        return
    assert found == response == read_outcome(wire)
    assert found.to_wire() == wire


@given(st.sampled_from([*WIRE, "schema_version", "replaces", "notes", "unknown"]), anything)
def test_whatever_stands_in_a_field_pydantic_agrees(name: str, value: object) -> None:
    _check(json.dumps({**WIRE, name: value}).encode())


@given(anything)
def test_whatever_stands_among_the_answers_pydantic_agrees(value: object) -> None:
    _check(json.dumps({**WIRE, "answers": {**WIRE["answers"], "x": value}}).encode())
    _check(json.dumps({**WIRE, "rows": {"member": [{"x": 1}, {"x": value}]}}).encode())
    _check(json.dumps({**WIRE, "rows": {"member": [{"x": 1}, value]}}).encode())
    _check(json.dumps({**WIRE, "rows": {"member": value}}).encode())


@given(st.binary(max_size=30))
def test_whatever_the_bytes_are_pydantic_agrees(tail: bytes) -> None:
    _check(tail)
    _check(json.dumps(WIRE).encode() + tail)


def test_the_usual_record_takes_the_short_way() -> None:
    assert read_response(json.dumps(WIRE).encode()) is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 2}, "newer release"),
        ({"kind": "answer"}, "union_tag_invalid"),
        ({"answers": {"sex": None}}, "no outcome"),
        ({"answers": {"cost": 1.5}}, "no outcome"),
        ({"rows": {"member": [{"kin": [1]}]}}, "no outcome"),
        ({"record_key": 256}, "less_than_equal"),
        ({"instance": "uuid:1"}, "string_pattern_mismatch"),
    ],
)
def test_what_is_no_response_stops_the_worker(change: dict[str, object], words: str) -> None:
    with pytest.raises(OperatorStop, match=words):
        read(0, 0, json.dumps({**WIRE, **change}).encode())


def _check(wire: bytes) -> None:
    found = read_response(wire)
    if found is not None:
        try:
            expected = read_outcome(wire)
        except (ValidationError, NewerMessage):
            raise AssertionError("read what pydantic refuses") from None
        assert found == expected
        assert found.to_wire() == expected.to_wire()


def _integers(value: object) -> list[int]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in _integers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in _integers(inner)]
    return [value] if isinstance(value, int) else []
