"""Bytes in, one outcome out: VE1 whatever the bytes. VE2 each kind of outcome, as readers of `responses` see it.
VE3 our own fault is an outcome without a word of the answers. VE4 what concerns all records is raised. VE5 an outcome
fits into a record. VE6 consent comes before judgement."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import (
    BodyFormat,
    Held,
    Refusal,
    Rejection,
    Response,
    Submission,
    Withdrawal,
    Withdrawn,
    read_outcome,
)
from schemas.survey.definition import SurveyDefinition
from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime import keys
from services.runtime.faults import OperatorStop
from services.runtime.sealing import Opener, Sealer
from services.validate import compiled, judge
from services.validate.outcome import Letter
from services.validate.verdict import Verdicts


class Catalogue:
    def __init__(self, *definitions: SurveyDefinition) -> None:
        self._definitions = definitions

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return next((each for each in self._definitions if (each.survey, each.version) == (survey, version)), None)

    def latest(self, survey: str) -> SurveyDefinition | None:
        return next((each for each in self._definitions if each.survey == survey), None)


class Bench:
    def __init__(self, folder: Path, *definitions: SurveyDefinition) -> None:
        public, private = keys.load_public(folder), keys.load_private(folder)
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self.hash = private.instance_hash
        self.faults: list[BaseException] = []
        self.verdicts = Verdicts(
            Opener(private.sealing),
            private,
            Catalogue(*definitions),
            "topic-1",
            lambda fault, _: self.faults.append(fault),
        )

    def letter(self, plain: bytes) -> Letter:
        return Letter(3, 17, 1_700_000_000_000, self.sealer.key_id, self.sealer.seal(plain))

    def submit(self, body: str, format_: BodyFormat = BodyFormat.JSON, **more: Any) -> Letter:
        given: dict[str, Any] = {
            "kind": "submission",
            "survey": "household",
            "version": "1",
            "instance": "uuid:canary",
            "format": format_,
            "body": body,
            "collector": "c",
            "received_ms": 1_772_000_000_000,
        }
        return self.letter(Submission(**{**given, **more}).to_wire())

    def outcome(self, letter: Letter) -> Any:
        verdict = self.verdicts(letter)
        outcome = read_outcome(verdict.wire)
        assert verdict.kind == outcome.kind
        assert outcome.source.model_dump() == {
            "topic_id": "topic-1",
            "partition": letter.partition,
            "offset": letter.offset,
            "at_ms": letter.at_ms,
            "replay_of": None,
        }
        assert len(verdict.wire) <= MAX_MESSAGE_BYTES
        return outcome


@pytest.fixture
def bench(form: Any, key_folder: Path) -> Bench:
    return Bench(key_folder, form.definition)


def answers(form: Any, **more: Any) -> str:
    return json.dumps({"answers": {**form.good(), **more}})


def codes(outcome: Any) -> list[str]:
    assert isinstance(outcome, Rejection), outcome
    return [found.code for found in outcome.reasons]


def plain_text(data: bytes) -> bytes:
    return data.decode(errors="ignore").encode()


@given(st.binary(max_size=200), st.none() | st.text(max_size=8), st.booleans())
@settings(max_examples=200)
def test_ve1_any_bytes_are_one_outcome(
    form: Any, key_folder: Path, data: bytes, key_id: str | None, sealed: bool
) -> None:
    bench = Bench(key_folder, form.definition)
    letter = bench.letter(data) if sealed else Letter(0, 0, 0, key_id, data)
    outcome = bench.outcome(letter)
    assert codes(outcome) == ["VAL-002" if sealed else "VAL-001"]
    # What is plain text never was sealed, and must not be carried on.
    assert base64.b64decode(outcome.sealed) == (b"" if letter.sealed == plain_text(letter.sealed) else letter.sealed)
    assert bench.verdicts(letter).bad


@given(st.text(max_size=60) | st.sampled_from(["<data/>", '{"answers": {}}', "<data><x>"]), st.sampled_from(BodyFormat))
@settings(max_examples=200)
def test_ve1_any_body_is_one_outcome(form: Any, key_folder: Path, body: str, format_: BodyFormat) -> None:
    bench = Bench(key_folder, form.definition)
    bench.outcome(bench.submit(body, format_))
    assert bench.faults == []


def test_ve2_a_response(bench: Bench, form: Any) -> None:
    outcome = bench.outcome(bench.submit(answers(form), replaces="uuid:first"))
    assert isinstance(outcome, Response)
    assert (outcome.survey, outcome.version, outcome.notes) == ("household", "1", [])
    assert outcome.instance == bench.hash("household", "uuid:canary")
    assert outcome.replaces == bench.hash("household", "uuid:first")
    assert outcome.answers["profile/age"] == "Y25T34"
    assert len(outcome.rows["member"]) == 2


def test_ve2_what_is_written_is_what_the_model_would_write(bench: Bench, form: Any) -> None:
    for body in (answers(form), answers(form, member=[]), json.dumps({"answers": form.changed("cost/total", "1")})):
        wire = bench.verdicts(bench.submit(body)).wire
        outcome = read_outcome(wire)
        assert json.loads(outcome.to_wire()) == json.loads(wire)


def test_ve2_xml_and_json_of_the_same_answers_are_one_content(bench: Bench, form: Any) -> None:
    one = bench.outcome(bench.submit(answers(form)))
    other = bench.outcome(bench.submit(form.to_xml(form.good()), BodyFormat.XML))
    assert one == other


def test_ve2_an_edit_keeps_the_record_key_of_what_it_replaces(bench: Bench, form: Any) -> None:
    first = bench.outcome(bench.submit(answers(form)))
    edit = bench.outcome(bench.submit(answers(form), instance="uuid:2", replaces="uuid:canary"))
    assert first.record_key == edit.record_key


def test_ve2_rejections_name_the_survey_and_keep_the_record(bench: Bench, form: Any) -> None:
    letter = bench.submit(json.dumps({"answers": form.changed("profile/sex", "Canary")}))
    outcome = bench.outcome(letter)
    assert codes(outcome) == ["VAL-031"]
    assert outcome.instance == bench.hash("household", "uuid:canary")
    assert (outcome.key_id, base64.b64decode(outcome.sealed)) == (bench.sealer.key_id, letter.sealed)
    assert b"anary" not in bench.verdicts(letter).wire
    assert not bench.verdicts(letter).bad


@pytest.mark.parametrize(
    ("more", "code"), [({"survey": "other"}, "VAL-005"), ({"version": "2"}, "VAL-006"), ({"format": "xml"}, "VAL-010")]
)
def test_ve2_unknown_names_and_formats(bench: Bench, form: Any, more: dict[str, Any], code: str) -> None:
    assert codes(bench.outcome(bench.submit(answers(form), **more))) == [code]


def test_ve2_a_withdrawal(bench: Bench) -> None:
    wire = Withdrawal(kind="withdrawal", survey="household", instance="uuid:canary").to_wire()
    outcome = bench.outcome(bench.letter(wire))
    assert isinstance(outcome, Withdrawn)
    assert outcome.instance == bench.hash("household", "uuid:canary")


def test_ve2_a_form_that_encrypts_is_held(bench: Bench) -> None:
    xml = '<data xmlns="http://opendatakit.org/submissions" id="household" version="1" encrypted="yes"><x/></data>'
    letter = bench.submit(xml, BodyFormat.XML)
    outcome = bench.outcome(letter)
    assert isinstance(outcome, Held)
    assert base64.b64decode(outcome.sealed) == letter.sealed


def test_ve3_our_own_fault_is_an_outcome(bench: Bench, form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Canary-Name")

    monkeypatch.setattr(judge.Judge, "__call__", fail)
    letter = bench.submit(answers(form))
    outcome = bench.outcome(letter)
    assert codes(outcome) == ["VAL-003"]
    assert outcome.instance == bench.hash("household", "uuid:canary")
    assert b"anary" not in bench.verdicts(letter).wire
    assert bench.verdicts(letter).bad
    assert [type(fault) for fault in bench.faults] == [RuntimeError] * 3


def test_ve3_a_form_that_does_not_compile_is_our_fault(
    bench: Bench, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(compiled, "CompiledSurvey", fail)
    assert codes(bench.outcome(bench.submit(answers(form)))) == ["VAL-003"]


def test_ve4_a_message_of_a_newer_release_stops_for_the_operator(bench: Bench, form: Any) -> None:
    with pytest.raises(OperatorStop, match="Upgrade validate"):
        bench.verdicts(bench.submit(answers(form), schema_version=2))


def test_ve4_a_missing_survey_key_stops_for_the_operator(form: Any, tmp_path: Path) -> None:
    keys.create(tmp_path)
    bench = Bench(tmp_path, form.definition)
    with pytest.raises(OperatorStop, match="key of survey household"):
        bench.verdicts(bench.submit(answers(form)))


def test_ve4_a_catalogue_that_cannot_look_is_not_a_reason_to_reject(form: Any, key_folder: Path) -> None:
    class Away(Catalogue):
        def find(self, survey: str, version: str) -> SurveyDefinition | None:
            raise TimeoutError

    bench = Bench(key_folder)
    bench.verdicts = Verdicts(bench.verdicts._opener, bench.verdicts._keys, Away(), "t", lambda *_: None)
    with pytest.raises(TimeoutError):
        bench.verdicts(bench.submit(answers(form)))


def test_ve5_a_payload_that_is_too_large_to_be_kept_is_left_out(bench: Bench, form: Any) -> None:
    letter = bench.submit("x" * 7_000_000)
    outcome = bench.outcome(letter)
    assert codes(outcome) == ["VAL-004", "VAL-004"]
    assert outcome.sealed == ""
    assert outcome.instance == bench.hash("household", "uuid:canary")


def test_ve5_a_response_that_would_be_too_large_is_rejected(form: Any, key_folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.validate.outcome.MAX_OUTCOME_BYTES", 5000)
    bench = Bench(key_folder, form.definition)
    rows = [{"sex": "M", "age": 40}] * 300
    assert codes(bench.outcome(bench.submit(answers(form, member=rows))))[0] == "VAL-004"


def refused(form: Any, value: str | None, **more: Any) -> str:
    return json.dumps({"answers": {**form.changed("interview/consent", value), **more}})


def test_ve6_without_consent_nothing_is_kept_even_of_a_broken_submission(bench: Bench, form: Any) -> None:
    for body in (refused(form, "no"), refused(form, "no", nonsense="1")):
        verdict = bench.verdicts(bench.submit(body, replaces="uuid:first"))
        outcome = read_outcome(verdict.wire)
        assert isinstance(outcome, Refusal)
        assert outcome.replaces == bench.hash("household", "uuid:first")
        assert len(verdict.wire) < 400


def test_ve6_an_unanswered_consent_is_a_refusal_unless_the_form_was_not_this_one(bench: Bench, form: Any) -> None:
    assert isinstance(bench.outcome(bench.submit(refused(form, None))), Refusal)
    # The consent stands elsewhere: another version of the form. Refusing would lose the interview.
    assert codes(bench.outcome(bench.submit(refused(form, None, consent="yes")))) == ["VAL-020"]
    assert codes(bench.outcome(bench.submit(refused(form, "")))) == ["VAL-032"]
