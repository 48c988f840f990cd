"""The identity of a JSON submission."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest import problems
from services.ingest.identity import Identity
from services.ingest.json_submission import JsonSubmission, read_json
from services.ingest.problems import Problem, ProblemType

GOOD = {"version": "1", "instance": "uuid:1", "replaces": None, "answers": {"profile": {"sex": "F"}, "member": [{}]}}


def test_the_body_is_kept_as_it_came() -> None:
    body = json.dumps(GOOD, indent=1).encode()
    assert read_json("s", body) == JsonSubmission(Identity("s", "1", "uuid:1", None), body.decode())


def test_replaces_may_be_absent_or_name_an_instance() -> None:
    without = {key: value for key, value in GOOD.items() if key != "replaces"}
    for document, replaces in ((without, None), ({**GOOD, "replaces": "uuid:0"}, "uuid:0")):
        read = read_json("s", json.dumps(document).encode())
        assert isinstance(read, JsonSubmission)
        assert read.identity.replaces == replaces


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", problems.MALFORMED_JSON),
        (b"{", problems.MALFORMED_JSON),
        (b'{"answers": NaN}', problems.MALFORMED_JSON),
        (b'{"version": "\xff"}', problems.MALFORMED_JSON),
        (b'{"version": "\n"}', problems.MALFORMED_JSON),
        (b'{"answers":' + b"[" * 5000 + b"]" * 5000 + b"}", problems.MALFORMED_JSON),
        (b"[]", problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "version": 1}).encode(), problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "instance": None}).encode(), problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "answers": []}).encode(), problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "replaces": 3}).encode(), problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "replace": "uuid:0"}).encode(), problems.WRONG_SHAPE),
        (json.dumps({**GOOD, "instance": ""}).encode(), problems.BAD_INSTANCE_ID),
        (json.dumps({**GOOD, "instance": "a\nb"}).encode(), problems.BAD_INSTANCE_ID),
        (json.dumps({**GOOD, "replaces": "\u0000"}).encode(), problems.BAD_INSTANCE_ID),
    ],
)
def test_what_is_refused(body: bytes, expected: ProblemType) -> None:
    read = read_json("s", body)
    assert isinstance(read, Problem)
    assert read.type is expected


KEYS = st.sampled_from(["version", "instance", "replaces", "answers"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text()
JSON = st.recursive(LEAVES, lambda value: st.lists(value) | st.dictionaries(KEYS, value), max_leaves=8)


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
def test_anything_is_read_or_refused(body: bytes) -> None:
    assert isinstance(read_json("s", body), JsonSubmission | Problem)
