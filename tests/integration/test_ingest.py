"""Ingest as a process on a real broker.

IN1 every refusal has its status and its code, and writes nothing. IN2 an accepted submission is one sealed record.
IN3 Collect's wire behaviour. IN4 formList and forms. IN5 the JSON interface. IN6 many at once.
IN7 bounds: in flight, silence. IN8 a survey that was just published is found. IN9 no input makes a 500. IN10 SIGTERM.
IN11 a broker that goes away and comes back. IN12 a broken producer ends the process with 70. IN13 files of forms.
"""

import base64
import contextlib
import hashlib
import json
import signal
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from cli.survey_media import publish_media
from deploy.local.stack import Stack
from schemas.events import HEADER_KEY_ID, BodyFormat
from schemas.survey.attached import media_of
from schemas.topics import SUBMISSIONS, SURVEYS
from services.runtime import exit_codes
from services.runtime.publish import publish_all
from services.runtime.surveys import SurveyCatalogue
from tests.integration.ingest_process import (
    BEARER,
    FORM,
    OTHER_TOKEN,
    TOKEN,
    IngestBench,
    IngestProcess,
    Reply,
    form,
    survey,
    wait_until,
    xml,
)

CANARY = "Amina-Canary-7391"
INSTANCE = "+41791234567"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
LIST = "{http://openrosa.org/xforms/xformsList}"
SUBMISSIONS_URL = "/v1/surveys/visit/submissions"
JSON = {**BEARER, "Content-Type": "application/json"}
NDJSON = {**BEARER, "Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def bench(kafka_and_database: Stack, tmp_path_factory: pytest.TempPathFactory) -> IngestBench:
    return IngestBench(kafka_and_database.kafka, tmp_path_factory.mktemp("ingest"))


@pytest.fixture(scope="module")
def ingest(bench: IngestBench) -> Iterator[IngestProcess]:
    with bench.ingest(RIHLA_INGEST__MAX_SUBMISSION_BYTES="20000", RIHLA_INGEST__MAX_BATCH_LINES="50") as process:
        yield process


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


def test_form_list_and_forms(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN4, rules 5 and 6"""
    reply = ingest.get(
        f"/key/{TOKEN}/formList?deviceID=x", {"Host": "surveys.example.org", "X-Forwarded-Proto": "https"}
    )
    assert reply.status == 200
    assert "text/xml" in reply.headers["content-type"]
    assert reply.headers["x-openrosa-version"] == "1.0"
    [listed] = ET.fromstring(reply.body)
    assert listed.findtext(f"{LIST}formID") == "visit"
    url = listed.findtext(f"{LIST}downloadUrl") or ""
    base = f"https://surveys.example.org/key/{TOKEN}"
    assert url == f"{base}/forms/visit.xml?version=1"
    served = ingest.get(url.removeprefix("https://surveys.example.org"))
    assert served.status == 200
    assert "text/xml" in served.headers["content-type"]
    assert served.body.decode() == survey().xform
    assert listed.findtext(f"{LIST}hash") == "md5:" + hashlib.md5(served.body, usedforsecurity=False).hexdigest()


def test_files_of_a_form(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN13"""
    files = {"towns.csv": b"name,label\na,A\n", "Größe.png": b"\x89PNG" + bytes(range(256)) * 30_000}
    with_files = survey("visit", "with-files").model_copy(update={"media": media_of(files)})
    assert publish_media(bench.settings.kafka, with_files, files, [survey("visit")]) == 2
    assert publish_media(bench.settings.kafka, with_files, files, [with_files]) == 0
    bench.publish(with_files)
    wait_until(lambda: ingest.get("/xformsManifest/visit?version=with-files", BEARER).status == 200)
    base = f"http://127.0.0.1:{ingest.port}"
    [listed] = ET.fromstring(ingest.get(f"/key/{TOKEN}/formList").body)
    url = listed.findtext(f"{LIST}manifestUrl") or ""
    assert url == f"{base}/key/{TOKEN}/xformsManifest/visit?version=with-files"
    reply = ingest.get(url.removeprefix(base))
    assert "text/xml" in reply.headers["content-type"] and reply.headers["x-openrosa-version"] == "1.0"
    entries = ET.fromstring(reply.body)
    assert len(entries) == 2
    for entry in entries:
        name = entry.findtext(f"{MANIFEST}filename") or ""
        served = ingest.get((entry.findtext(f"{MANIFEST}downloadUrl") or "").removeprefix(base))
        assert (served.status, served.body) == (200, files[name])
        digest = hashlib.md5(served.body, usedforsecurity=False).hexdigest()
        assert entry.findtext(f"{MANIFEST}hash") == f"md5:{digest}"
        assert served.headers["x-content-type-options"] == "nosniff"
    assert ingest.get("/xformsMedia/visit/towns.csv?version=1", BEARER).code == "ING-014"
    assert ingest.get("/xformsMedia/visit/nothing.csv", BEARER).code == "ING-014"
    assert ingest.get("/xformsMedia/other/towns.csv", BEARER).code == "ING-004"
    assert ingest.get("/xformsMedia/visit/towns.csv").code == "ING-001"
    assert ET.fromstring(ingest.get("/xformsManifest/visit?version=1", BEARER).body).tag == f"{MANIFEST}manifest"


def test_a_catalogue_reads_files_when_they_are_asked_for(bench: IngestBench) -> None:
    """Also one that was published again, and none whose content is not what its key says."""
    files = {"a.csv": b"k\n1\n", "b.png": b"png", "c.csv": b"k\n2\n"}
    definition = survey("visit", "catalogue").model_copy(update={"media": media_of(files)})
    first, second, third = (media.sha256 for media in definition.media)
    records = [(first, files["a.csv"]), (second, files["b.png"]), (third, b"forged"), (first, files["a.csv"])]
    publish_all(bench.settings.kafka, SURVEYS, records)
    bench.publish(definition)
    catalogue = SurveyCatalogue(bench.settings.kafka)
    catalogue.start()
    try:
        assert catalogue.find("visit", "catalogue") == definition
        assert catalogue.media(second) == b"png"
        assert catalogue.data_files(definition) == {"a.csv": files["a.csv"]}
        assert catalogue.media("0" * 64) is None
    finally:
        catalogue.stop()


def test_form_list_of_one_form_and_by_head(ingest: IngestProcess) -> None:
    """IN4: an exact match, none otherwise; Enketo asks by HEAD whether it may come in."""
    assert len(ET.fromstring(ingest.get("/formList?formID=visit", BEARER).body)) == 1
    for other in ("Visit", "visi", "other", ""):
        assert len(ET.fromstring(ingest.get(f"/formList?formID={other}&x=", BEARER).body)) == (1 if other == "" else 0)
    head = ingest.request("HEAD", "/formList", None, BEARER)
    assert (head.status, head.body) == (200, b"")
    assert ingest.request("HEAD", "/formList").status == 401


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


def test_sigterm_lets_what_is_in_finish(bench: IngestBench) -> None:
    """IN10"""
    body = form(xml("uuid:last"))
    with bench.ingest() as ending, contextlib.closing(ending.begin(body)) as phone:
        wait_until(lambda: b"rihla_ingest_in_flight_records 1.0" in ending.get("/metrics").body)
        ending.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(ending))
        before = bench.written()
        phone.sendall(body[len(body) // 2 :])
        assert phone.recv(100).startswith(b"HTTP/1.1 201")
        assert bench.written() == before + 1
        assert ending.process.wait(15) == exit_codes.OK


def is_listening(process: IngestProcess) -> bool:
    try:
        process.get("/healthz")
    except OSError:
        return False
    return True


def test_a_broken_producer_ends_the_process(bench: IngestBench) -> None:
    """IN12: a batch that the broker refuses for good has broken the sequence of the idempotent producer."""
    topic = bench.settings.kafka.topic(SUBMISSIONS)
    admin = KafkaAdminClient(bootstrap_servers=bench.settings.kafka.bootstrap_servers)
    largest = ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": "2000"})
    with bench.ingest() as doomed:
        admin.alter_configs([largest])
        try:
            reply = doomed.post(form(xml("uuid:refused", answer="x" * 10_000)))
            assert (reply.status, reply.code) == (503, "ING-042")
            assert doomed.process.wait(15) == exit_codes.FATAL
        finally:
            largest.configs["max.message.bytes"] = "8388608"
            admin.alter_configs([largest])
            admin.close()


def test_a_broker_that_goes_away_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    """IN11, on a broker of its own."""
    with Stack(tmp_path_factory.mktemp("outage"), services=(), prepare=None) as stack:
        bench = IngestBench(stack.kafka, tmp_path_factory.mktemp("ingest-outage"))
        with bench.ingest(RIHLA_INGEST__ACK_TIMEOUT_S="1", RIHLA_INGEST__MAX_IN_FLIGHT="20") as ingest:
            assert ingest.post(form(xml("uuid:before"))).status == 201
            stack.kill("kafka", hold=True)
            with ThreadPoolExecutor(30) as phones:
                replies = list(phones.map(lambda number: ingest.post(form(xml(f"uuid:{number}"))), range(30)))
            assert {(reply.status, reply.code) for reply in replies} == {(504, "ING-041"), (503, "ING-040")}
            assert ingest.get("/healthz").status == 200
            stack.release("kafka")
            stack.wait_ready("kafka", 60)
            again = wait_until(lambda: ingest.post(form(xml("uuid:after"))).status == 201)
            assert again
            stored = [bench.open(record).instance for record in bench.records()]
            assert {"uuid:before", "uuid:after"} <= set(stored)
            # What was not confirmed may have been written, once.
            assert len([name for name in stored if name not in ("uuid:before", "uuid:after")]) <= 20
            assert ingest.process.poll() is None
