"""Encrypted forms and the quarantine on the real services: what phones encrypt waits for its key, whole and unread.

EF1 it is acknowledged, held and judged once its key is there; the classes add up all the time. EF2 a split submission
is one record. EF3 a replay that is interrupted and called again counts nothing twice. EF4 no answer stands in clear
anywhere: topics, databases, logs, metrics, answers, terminal. EF5 the commands say what is wrong.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import app
from cli.resend import resend
from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import summed
from schemas.tables.layout import layouts
from services.aggregate.slots import Kind
from tests.encrypting_phone import form
from tests.integration.encrypted_bench import CANARY, VISIT, EncryptedBench, encrypted, interview
from tests.integration.ingest_process import FORM, TOKEN, wait_until
from tests.integration.ingest_process import form as body_of

C = OutcomeClass


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EncryptedBench]:
    bench = EncryptedBench(kafka_and_database, tmp_path)
    for name, value in bench.env.items():
        monkeypatch.setenv(name, value)
    try:
        with bench.ingest() as bench.phone:
            wait_until(lambda: bench.phone.get(f"/key/{TOKEN}/formList").status == 200)
            yield bench
    finally:
        bench.close()


def rihla(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["rihla", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_ef_an_encrypted_submission_waits_for_its_key_and_is_counted_once(
    bench: EncryptedBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # EF2: two requests of one submission, and the retry of the one whose answer was lost.
    first = encrypted("uuid:1", 40)
    bench.post(first.manifest, {"photo.jpg.enc": first.media["photo.jpg.enc"]}, record=False)
    for _ in range(2):
        bench.post(first.manifest, {"submission.xml.enc": first.xml, "voice.mp3.enc": first.media["voice.mp3.enc"]})
    for sent in (encrypted("uuid:2", 20), encrypted("uuid:3", 999)):
        bench.post(sent.manifest, {"submission.xml.enc": sent.xml, **sent.media})
    bench.post(interview("uuid:4", 60), {})
    assert bench.written() == 5
    assert dict(bench.accounts().classes) == {C.HELD: 4, C.COUNTED: 1}
    waiting = list(bench.store.quarantine([Kind.HELD], "visit"))

    # EF5
    pem, other = tmp_path / "key.pem", tmp_path / "other.pem"
    pem.write_bytes(form().pem)
    other.write_bytes(form("second").pem)
    assert rihla(monkeypatch, "survey", "form-key", "list") == 0
    assert "missing" in capsys.readouterr().out
    assert rihla(monkeypatch, "survey", "form-key", "add", str(other), "--survey", "visit") == 1
    assert rihla(monkeypatch, "survey", "form-key", "add", str(pem), "--survey", "nothing") == 1
    assert rihla(monkeypatch, "replay") == 1
    assert rihla(monkeypatch, "replay", "--held", "--dry-run") == 0
    shown = capsys.readouterr()
    assert "No published version of visit" in shown.err
    assert "--held" in shown.err
    assert [line.split() for line in shown.out.splitlines()][-1] == ["held", "visit", "7", "4"]
    assert bench.written() == 5

    # EF1: nothing is started again.
    assert rihla(monkeypatch, "survey", "form-key", "add", str(pem), "--survey", "visit") == 0
    [kept] = bench.settings.keys.folder.glob("form-*.pem")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rihla(monkeypatch, "survey", "form-key", "list") == 0
    assert "here" in capsys.readouterr().out
    assert rihla(monkeypatch, "replay", "--held", "--survey", "visit") == 0
    bench.posted += 4
    expected = {C.COUNTED: 3, C.DUPLICATE: 1, C.REJECTED: 1, C.REPLAYED: 4}
    assert +bench.accounts().classes == expected
    said = capsys.readouterr().out
    assert "9 accepted = 3 counted + 1 duplicate + 1 rejected + 4 replayed + 0 in flight" in said
    [rejected] = bench.store.quarantine([*Kind], None)
    assert rejected.kind is Kind.REJECTION
    [_, layout] = layouts(VISIT)
    [sums] = summed(bench.store.live_pages("visit"), layout.id).values()
    assert sums[0] == 3
    assert 40 + 20 + 60 in sums

    # EF3: the same payloads once more, as after a crash between writing and forgetting.
    assert resend(bench.settings.kafka, waiting).written == 4
    bench.posted += 4
    assert +bench.accounts().classes == {**expected, C.DUPLICATE: 4, C.REJECTED: 2}
    # And the rejected ones, whose form nobody has mended.
    assert rihla(monkeypatch, "replay", "--rejected") == 0
    bench.posted += 2
    assert +bench.accounts().classes == {**expected, C.DUPLICATE: 4, C.REJECTED: 2, C.REPLAYED: 6}

    # EF4
    metrics = b"".join(bench.metrics())
    assert b'rihla_validate_held_total{why="sealed_by_form"} 4.0' in metrics
    assert b'rihla_aggregate_outcomes_total{code="sealed_by_form",outcome="held"} 4.0' in metrics
    assert b'rihla_ingest_parts_without_answers_total{survey="visit"} 1.0' in metrics
    secret = form().pem.splitlines()[3]
    leaks = {where for where, data in bench.everything() if CANARY.encode() in data or secret in data}
    captured = capsys.readouterr()
    assert not leaks
    assert CANARY not in captured.out + captured.err


def test_ef2_what_cannot_be_kept_stays_on_the_phone(bench: EncryptedBench) -> None:
    sent = encrypted("uuid:5", 30)
    raw = bench.phone.request("POST", f"/key/{TOKEN}/submission", sent.manifest.encode(), {"Content-Type": "text/xml"})
    assert (raw.status, raw.code) == (422, "ING-034")
    reply = bench.phone.request("POST", f"/key/{TOKEN}/submission", body_of(sent.manifest.encode(), {}), FORM)
    assert (reply.status, reply.code) == (422, "ING-034")
    large = {"submission.xml.enc": bytes(4 * 1024 * 1024)}
    reply = bench.phone.request("POST", f"/key/{TOKEN}/submission", body_of(sent.manifest.encode(), large), FORM)
    assert (reply.status, reply.code) == (413, "ING-020")
    assert bench.written() == 0
