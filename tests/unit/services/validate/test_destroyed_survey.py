"""What becomes of submissions to a survey whose keys were destroyed, and after a rotation of its pseudonyms."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.events import BodyFormat, Rejection, Response, Submission, Withdrawal, Withdrawn, read_outcome
from schemas.survey.definition import SurveyDefinition
from services.runtime import keys, survey_keys
from services.runtime.sealing import Opener, Sealer
from services.validate import known_secrets
from services.validate.outcome import Letter
from services.validate.verdict import Verdicts


class Bench:
    def __init__(self, folder: Path, definition: SurveyDefinition) -> None:
        self.folder = folder
        public, private = keys.load_public(folder), keys.load_private(folder)
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self._definition = definition
        self._offset = 0
        self.verdicts = Verdicts(Opener(private.sealing), private, self, "topic", self._fail)

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return self._definition

    def latest(self, survey: str) -> SurveyDefinition | None:
        return self._definition

    def outcome(self, message: Submission | Withdrawal) -> Any:
        self._offset += 1
        sealed = self.sealer.seal(message.to_wire())
        return read_outcome(self.verdicts(Letter(0, self._offset, 0, self.sealer.key_id, sealed)).wire)

    def _fail(self, fault: BaseException, letter: Letter) -> None:
        raise AssertionError from fault


@pytest.fixture
def bench(form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(known_secrets, "LOOK_S", 0.0)
    keys.create(tmp_path)
    keys.create_survey_secret(tmp_path, "household")
    return Bench(tmp_path, form.definition)


def visit(form: Any, instance: str, replaces: str | None = None) -> Submission:
    return Submission(
        kind="submission",
        survey="household",
        version="1",
        instance=instance,
        replaces=replaces,
        format=BodyFormat.JSON,
        body=json.dumps({"answers": form.good()}),
        collector="c",
        received_ms=0,
    )


def test_what_comes_in_is_rejected_with_a_code_and_not_kept(form: Any, bench: Bench) -> None:
    assert isinstance(bench.outcome(visit(form, "uuid:1")), Response)
    survey_keys.destroy(bench.folder, "household")
    found = bench.outcome(visit(form, "uuid:2"))
    assert isinstance(found, Rejection)
    assert [reason.code for reason in found.reasons] == ["VAL-007"]
    assert found.sealed == ""


def test_a_withdrawal_needs_no_key_of_the_survey(form: Any, bench: Bench) -> None:
    survey_keys.destroy(bench.folder, "household")
    found = bench.outcome(Withdrawal(kind="withdrawal", survey="household", instance="uuid:1"))
    assert isinstance(found, Withdrawn)


def test_over_a_rotation_a_repetition_and_an_edit_are_recognised(form: Any, bench: Bench) -> None:
    before = bench.outcome(visit(form, "uuid:1"))
    survey_keys.rotate_pseudonyms(bench.folder, "household")
    after = bench.outcome(visit(form, "uuid:1"))
    edit = bench.outcome(visit(form, "uuid:2", replaces="uuid:1"))
    assert (after.instance, after.fingerprint, after.record_key) == (
        before.instance,
        before.fingerprint,
        before.record_key,
    )
    assert (edit.replaces, edit.record_key) == (before.instance, before.record_key)
    who = "interview/enumerator"
    assert before.answers[who][:3] == "p1:" and after.answers[who][:3] == "p2:"
    assert {**before.answers, who: ""} == {**after.answers, who: ""}
