"""Ingest as a process on a real broker.

IN1 every refusal has its status and its code, and writes nothing. IN2 an accepted submission is one sealed record.
IN3 Collect's wire behaviour. IN5 the JSON interface. IN6 many at once. IN7 bounds: in flight, silence. IN8 a survey
that was just published is found. IN9 no input makes a 500. IN4 and IN13 are in test_ingest_forms, IN10 to IN12 in
test_ingest_ends.
"""

import base64
import contextlib
import json
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import HEADER_KEY_ID, BodyFormat
from tests.integration.ingest_process import (
    BEARER,
    FORM,
    OTHER_TOKEN,
    TOKEN,
    IngestBench,
    IngestProcess,
    Reply,
    bench,
    form,
    ingest,
    survey,
    wait_until,
    xml,
)

__all__ = ["bench", "ingest"]  # fixtures

CANARY = "Amina-Canary-7391"
INSTANCE = "+41791234567"
SUBMISSIONS_URL = "/v1/surveys/visit/submissions"
JSON = {**BEARER, "Content-Type": "application/json"}
NDJSON = {**BEARER, "Content-Type": "application/x-ndjson"}


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"user:{token}".encode()).decode()}


def document(instance: str, **changes: object) -> dict[str, object]:
    return {"version": "1", "instance": instance, "replaces": None, "answers": {"name": CANARY}, **changes}


GOOD = form(xml("uuid:never-stored"))


REFUSED: list[tuple[str, str, bytes | None, dict[str, str], int, str]] = [
    ("POST", "/submission", GOOD, FORM, 401, "ING-001"),
    ("POST", "/submission", GOOD, {**FORM, "Authorization": "Bearer wrong"}, 401, "ING-002"),
    ("POST", "/submission", GOOD, {**FORM, **basic("wrong")}, 401, "ING-002"),
    ("POST", "/submission?st=wrong", GOOD, FORM, 401, "ING-002"),
    ("POST", "/key/wrong/submission", GOOD, FORM, 403, "ING-003"),
    ("POST", f"/key/{OTHER_TOKEN}/submission", GOOD, FORM, 403, "ING-004"),
    ("POST", "/submission", form(xml("a", name="unknown")), {**FORM, **BEARER}, 403, "ING-004"),
    ("POST", "/submission", form(xml("a", version="9")), {**FORM, **BEARER}, 404, "ING-011"),
    ("POST", "/submissions", GOOD, {**FORM, **BEARER}, 404, "ING-012"),
    ("PUT", "/submission", GOOD, {**FORM, **BEARER}, 405, "ING-013"),
    ("GET", "/submission", None, BEARER, 405, "ING-013"),
    ("POST", "/submission", form(xml("a", answer="x" * 30_000)), {**FORM, **BEARER}, 413, "ING-020"),
    ("POST", "/submission", GOOD, {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}, 415, "ING-022"),
    ("POST", "/submission", GOOD[:-10], {**FORM, **BEARER}, 400, "ING-023"),
    ("POST", "/submission", form(None, {"a": b"a"}), {**FORM, **BEARER}, 400, "ING-024"),
    ("POST", "/submission", form(b"<data id='visit'>"), {**FORM, **BEARER}, 400, "ING-025"),
    ("POST", "/submission", form(b"<!DOCTYPE a><data id='visit'/>"), {**FORM, **BEARER}, 400, "ING-026"),
    ("POST", "/submission", form(b"<data id='visit'>\x00</data>"), {**FORM, **BEARER}, 400, "ING-027"),
    ("POST", "/submission", form(b"<data/>"), {**FORM, **BEARER}, 400, "ING-028"),
    ("POST", "/submission", form(xml("a&#10;b")), {**FORM, **BEARER}, 400, "ING-029"),
    ("POST", "/submission", form(b"<data id='visit' encrypted='yes'/>"), {**FORM, **BEARER}, 422, "ING-034"),
    ("POST", SUBMISSIONS_URL, b"{", JSON, 400, "ING-031"),
    ("POST", SUBMISSIONS_URL, b"{}", JSON, 422, "ING-032"),
    ("POST", SUBMISSIONS_URL, b"{}", {**BEARER, "Content-Type": "text/plain"}, 415, "ING-033"),
    ("POST", SUBMISSIONS_URL, b"{}", {"Content-Type": "application/json"}, 401, "ING-001"),
    ("POST", SUBMISSIONS_URL, json.dumps(document("a", version="9")).encode(), JSON, 404, "ING-011"),
    ("POST", SUBMISSIONS_URL, b"x" * 30_000, JSON, 413, "ING-020"),
    ("POST", "/v1/surveys/other/submissions", b"{}", JSON, 403, "ING-004"),
    ("POST", SUBMISSIONS_URL + ":batch", b"{}", JSON, 415, "ING-033"),
    ("POST", SUBMISSIONS_URL + ":batch", b"\n" * 60, NDJSON, 413, "ING-021"),
    ("GET", "/v1/nothing", None, BEARER, 404, "ING-012"),
    ("GET", "/key/wrong/formList", None, {}, 403, "ING-003"),
    ("GET", "/formList", None, {}, 401, "ING-001"),
    ("GET", "/forms/other.xml", None, BEARER, 403, "ING-004"),
    ("GET", "/forms/visit.xml?version=9", None, BEARER, 404, "ING-011"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    REFUSED,
    ids=[f"{method}-{path}-{code}" for method, path, _, _, _, code in REFUSED],
)
def test_every_refusal_has_its_status_and_writes_nothing(
    bench: IngestBench,
    ingest: IngestProcess,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """IN1"""
    before = bench.written()
    reply = ingest.request(method, path, body, headers)
    assert (reply.status, reply.code) == (status, code), reply
    assert bench.written() == before
    if path.startswith("/v1/"):
        assert reply.headers["content-type"] == "application/problem+json"
        assert json.loads(reply.body)["status"] == status
    else:
        is_envelope(reply)
    assert ("www-authenticate" in reply.headers) == (status == 401)


def is_envelope(reply: Reply) -> None:
    assert "text/xml" in reply.headers["content-type"]
    assert reply.headers["x-openrosa-version"] == "1.0"
    assert int(reply.headers["x-openrosa-accept-content-length"]) > 0
    assert reply.headers["date"]
    root = ET.fromstring(reply.body)
    assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
    assert (root[0].text or "").strip()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/submission?deviceID=collect%3Aabc", BEARER),
        ("/submission", basic(TOKEN)),
        (f"/submission?deviceID=x&st={TOKEN}", {}),
        (f"/key/{TOKEN}/submission?deviceID=collect%3Aabc", {}),
    ],
)
def test_every_way_to_bring_a_token(
    bench: IngestBench, ingest: IngestProcess, path: str, headers: dict[str, str]
) -> None:
    before = bench.written()
    reply = ingest.post(form(xml("uuid:1")), path, headers)
    assert reply.status == 201
    is_envelope(reply)
    assert bench.written() == before + 1


def test_an_accepted_submission_is_one_sealed_record(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN2"""
    before = bench.written()
    sent = xml(INSTANCE, answer=CANARY, files=("Größe.jpg", "voice.m4a"))
    assert ingest.post(form(sent, {"Größe.jpg": b"\xff\xd8" * 100_000})).status == 201
    [record] = bench.records(before)
    raw = record.key + record.value + b"".join(name.encode() + value for name, value in record.headers)
    for secret in (CANARY, INSTANCE, "visit team", "jpg", TOKEN):
        assert secret.encode() not in raw
    assert [name for name, _ in record.headers] == [HEADER_KEY_ID]
    assert len(record.key) == 22
    submission = bench.open(record)
    assert (submission.survey, submission.version, submission.instance) == ("visit", "1", INSTANCE)
    assert (submission.format, submission.collector) == (BodyFormat.XML, "visit team")
    assert submission.body.encode() == sent
    assert submission.missing_files == 1
    for secret in (CANARY, INSTANCE, TOKEN):
        assert secret not in ingest.log()
        assert secret not in ingest.get("/metrics").body.decode()


def test_head_submission_is_exactly_204(ingest: IngestProcess) -> None:
    """IN3, rules 1, 2 and 7"""
    for path, headers in ((f"/key/{TOKEN}/submission?deviceID=x", {}), ("/submission", BEARER)):
        reply = ingest.request("HEAD", path, None, headers)
        assert (reply.status, reply.body) == (204, b"")
        assert reply.headers["x-openrosa-version"] == "1.0"
        assert int(reply.headers["x-openrosa-accept-content-length"]) > 0
        assert "location" not in reply.headers
    assert ingest.request("HEAD", "/submission").status == 401
    assert ingest.request("HEAD", "/key/wrong/submission").status == 403


def test_chunked_transfer_and_any_date(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN3, rule 8 and 1.2"""
    body = form(xml("uuid:chunked"), {"a.jpg": b"x" * 50_000})
    pieces = (body[at : at + 777] for at in range(0, len(body), 777))
    before = bench.written()
    assert ingest.post(pieces, headers={**BEARER, "Date": "Sat, 21 Nov 2026 13:61:00 pm"}).status == 201
    assert bench.open(bench.records(before)[0]).instance == "uuid:chunked"


def test_the_parts_of_a_split_submission_are_accepted_one_by_one(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN3, rule 9: every part repeats the XML; they lie in one partition under one key."""
    before = bench.written()
    sent = xml("uuid:split", files=("one.jpg", "two.m4a"))
    assert ingest.post(form(sent, {"one.jpg": b"1"}, {"*isIncomplete*": "yes"})).status == 201
    assert ingest.post(form(sent, {"two.m4a": b"2"})).status == 201
    first, second = bench.records(before)
    assert (first.key, first.partition) == (second.key, second.partition)
    assert [bench.open(record).missing_files for record in (first, second)] == [1, 1]


def test_more_than_the_advertised_size_is_accepted(bench: IngestBench) -> None:
    """IN3, rule 9: one file alone may exceed it."""
    with bench.ingest(RIHLA_INGEST__ADVERTISED_BYTES="2000", RIHLA_INGEST__MAX_REQUEST_BYTES="100000") as small:
        assert small.post(form(xml("uuid:big"), {"a.jpg": b"x" * 50_000})).status == 201
        reply = small.post(form(xml("uuid:too-big"), {"a.jpg": b"x" * 150_000}))
        assert (reply.status, reply.code) == (413, "ING-021")


def test_plain_xml_is_accepted(ingest: IngestProcess) -> None:
    reply = ingest.request(
        "POST", "/submission", xml("uuid:plain"), {**BEARER, "Content-Type": "text/xml; charset=utf-8"}
    )
    assert reply.status == 201


def test_json_is_sealed_as_it_came(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN5"""
    before = bench.written()
    body = json.dumps(document(INSTANCE, replaces="uuid:0"), indent=2).encode()
    reply = ingest.request("POST", SUBMISSIONS_URL, body, JSON)
    assert (reply.status, json.loads(reply.body)) == (201, {"instance": INSTANCE, "status": "accepted"})
    [record] = bench.records(before)
    assert CANARY.encode() not in record.value
    submission = bench.open(record)
    assert (submission.format, submission.body) == (BodyFormat.JSON, body.decode())
    assert (submission.instance, submission.replaces) == (INSTANCE, "uuid:0")


def test_a_batch_has_a_result_for_each_line(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN5"""
    before = bench.written()
    lines = [json.dumps(document(f"uuid:{number}")).encode() for number in range(20)]
    lines[3] = b"{"
    lines[5] = b""
    lines[7] = json.dumps(document("uuid:7", version="9")).encode()
    lines[9] = b"x" * 30_000
    reply = ingest.request("POST", SUBMISSIONS_URL + ":batch", b"\n".join(lines), NDJSON)
    assert reply.status == 200
    results = [json.loads(line) for line in reply.body.splitlines()]
    assert [result["line"] for result in results] == [number + 1 for number in range(20) if number != 5]
    refused = {result["line"]: result["problem"]["code"] for result in results if result["status"] == "refused"}
    assert refused == {4: "ING-031", 8: "ING-011", 10: "ING-020"}
    accepted = {result["instance"] for result in results if result["status"] == "accepted"}
    assert {bench.open(record).instance for record in bench.records(before)} == accepted
    assert bench.written() == before + 16


def test_many_at_once(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN6"""
    before = bench.written()
    with ThreadPoolExecutor(20) as phones:
        replies = list(phones.map(lambda number: ingest.post(form(xml(f"uuid:many-{number}"))), range(200)))
    assert {reply.status for reply in replies} == {201}
    stored = [bench.open(record).instance for record in bench.records(before)]
    assert sorted(stored) == sorted(f"uuid:many-{number}" for number in range(200))


def test_a_full_gate_is_503_with_a_time_to_come_back(bench: IngestBench) -> None:
    """IN7"""
    body = form(xml("uuid:slow", answer="x" * 3000))
    with bench.ingest(RIHLA_INGEST__MAX_IN_FLIGHT="1") as small, contextlib.closing(small.begin(body)) as slow:
        wait_until(lambda: b"rihla_ingest_in_flight_records 1.0" in small.get("/metrics").body)
        before = bench.written()
        reply = small.post(form(xml("uuid:turned-away")))
        assert (reply.status, reply.code) == (503, "ING-040")
        assert int(reply.headers["retry-after"]) > 0
        assert bench.written() == before
        slow.sendall(body[len(body) // 2 :])
        assert slow.recv(100).startswith(b"HTTP/1.1 201")
        assert small.post(form(xml("uuid:again"))).status == 201


def test_silence_is_not_waited_for(bench: IngestBench) -> None:
    """IN7"""
    with bench.ingest(RIHLA_INGEST__IDLE_TIMEOUT_S="0.4") as hasty, contextlib.closing(hasty.begin(GOOD)) as phone:
        before = bench.written()
        answer = phone.recv(5000)
        assert answer.startswith(b"HTTP/1.1 408")
        assert bench.written() == before
        assert hasty.post(form(xml("uuid:quick"))).status == 201


def test_a_version_that_was_just_published_is_found(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN8"""
    for number in range(5):
        version = f"fresh-{number}"
        assert ingest.post(form(xml("uuid:fresh", version=version))).status == 404
        bench.publish(survey("visit", version))
        assert ingest.post(form(xml("uuid:fresh", version=version))).status == 201


WHOLE = form(xml("uuid:fuzz", files=("é.jpg", "b")), {"é.jpg": b"123"}, {"*isIncomplete*": "yes"})


@given(
    at=st.integers(0, len(WHOLE)),
    cut=st.integers(0, 40),
    added=st.binary(max_size=20) | st.sampled_from([b"<", b"&", b"\r\n\r\n", b"\x00", b"<!DOCTYPE a>", b"]]>"]),
    path=st.sampled_from(["/submission", f"/key/{TOKEN}/submission", SUBMISSIONS_URL, SUBMISSIONS_URL + ":batch"]),
    kind=st.sampled_from(
        [
            FORM["Content-Type"],
            "text/xml",
            "application/json",
            "application/x-ndjson",
            "multipart/form-data; boundary=",
            "\xff",
        ]
    ),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_input_makes_a_500(ingest: IngestProcess, at: int, cut: int, added: bytes, path: str, kind: str) -> None:
    """IN9"""
    body = WHOLE[:at] + added + WHOLE[at + cut :]
    reply = ingest.request("POST", path, body, {**BEARER, "Content-Type": kind})
    assert reply.status < 500, reply
    assert '"fault"' not in ingest.log()


@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30), head=st.binary(max_size=30))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_or_header_makes_a_500(ingest: IngestProcess, path: str, head: bytes) -> None:
    """IN9"""
    value = head.decode("latin1").replace("\n", "").replace("\r", "")
    for prefix in ("/", "/key/", "/forms/", "/v1/surveys/"):
        reply = ingest.get(prefix + path, {"Authorization": value, "X-Forwarded-Host": value})
        assert reply.status < 500, reply


def test_metrics_name_only_what_is_published(ingest: IngestProcess) -> None:
    ingest.post(form(xml("a", name="strangers-survey")))
    ingest.get("/strangers-path")
    text = ingest.get("/metrics").body.decode()
    assert 'rihla_ingest_submissions_total{outcome="accepted",survey="visit"}' in text
    assert "Remedy:" in text
    assert "strangers" not in text
