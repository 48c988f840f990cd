"""OR1 an outcome says which revision of its survey version judged it, and the first revision says nothing extra. OR2 a
version that was revised is compiled anew."""

import json
from pathlib import Path
from typing import Any

from schemas.events import BodyFormat, Rejection, Response, Submission, read_outcome
from schemas.survey.definition import SurveyDefinition
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer
from services.validate.outcome import Letter, Verdict
from services.validate.verdict import Verdicts


class Catalogue:
    def __init__(self, definition: SurveyDefinition) -> None:
        self.definition = definition

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return self.definition

    def latest(self, survey: str) -> SurveyDefinition | None:
        return self.definition

    def data_files(self, definition: SurveyDefinition) -> dict[str, bytes]:
        return {}


def test_outcomes_follow_the_revision(form: Any, key_folder: Path) -> None:
    public, private = keys.load_public(key_folder), keys.load_private(key_folder)
    sealer, opener = Sealer(public.sealing_id, public.sealing), Opener(private.sealing)
    catalogue = Catalogue(form.definition)
    compiled: list[int] = []
    verdicts = Verdicts(
        opener, private, catalogue, "topic-1", lambda *_: None, lambda each: compiled.append(each.definition.revision)
    )

    def judged(**cost: Any) -> Verdict:
        body = form.good()
        body["cost"] |= cost
        submission = Submission(
            kind="submission",
            survey="household",
            version="1",
            instance="uuid:1",
            format=BodyFormat.JSON,
            body=json.dumps({"answers": body}),
            collector="c",
            received_ms=1_772_000_000_000,
        )
        return verdicts(Letter(0, 0, 0, sealer.key_id, sealer.seal(submission.to_wire())))

    first = judged(agency=200_000, total="200149")
    outcome = read_outcome(first.wire)
    assert isinstance(outcome, Rejection) and outcome.revision == 0
    assert b"revision" not in first.wire

    fields = [
        each.model_copy(update={"constraint": ". >= 0"}) if each.path == "cost/agency" else each
        for each in form.definition.fields
    ]
    catalogue.definition = form.definition.model_copy(update={"fields": fields, "revision": 1})
    outcome = read_outcome(judged(agency=200_000, total="200149").wire)
    assert isinstance(outcome, Response) and (outcome.version, outcome.revision) == ("1", 1)
    outcome = read_outcome(judged(agency=-1, total="148").wire)
    assert isinstance(outcome, Rejection) and (outcome.version, outcome.revision) == ("1", 1)
    assert compiled == [0, 1]
