"""CPU time of validate's verdict on a submission of the household survey: `make bench-verdict`.

A verdict is all that validate does with a record but for Kafka: open the sealed box, read the envelope and the XML,
judge, anonymise, fingerprint, serialise the outcome. The respondents are the simulator's.
"""

import gc
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.interruptible import interruptible
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.submission import SURVEY, VERSION, as_json, as_xml
from schemas.events import BodyFormat, Submission
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer
from services.validate.outcome import Letter
from services.validate.verdict import Verdicts

FORM = Path(__file__).parent.parent / "surveys" / "household-migration" / "form.xlsx"
SUBMISSIONS = 500
ROUNDS = 9
"""The median of nine: other processes on the machine disturb some of them."""


class OneSurvey:
    """A reader of `surveys` that knows one."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._definition = definition

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return self._definition

    def latest(self, survey: str) -> SurveyDefinition | None:
        return self._definition


def judge(definition: SurveyDefinition, folder: Path) -> tuple[Verdicts, Sealer]:
    """Verdicts on the survey with keys of their own, made in `folder`, and what seals submissions for them."""
    keys.create(folder)
    keys.create_survey_secret(folder, definition.survey)
    public, private = keys.load_public(folder), keys.load_private(folder)
    verdicts = Verdicts(Opener(private.sealing), private, OneSurvey(definition), "bench", lambda fault, letter: None)
    return verdicts, Sealer(public.sealing_id, public.sealing)


def letters(sealer: Sealer, format_: BodyFormat, interviews: int = SUBMISSIONS) -> list[Letter]:
    """Sound submissions of as many interviews; a few of them refuse."""
    plan = make(Scenario(seed=3, phones=20, submissions=interviews, duplicates=0, invalid=0, edits=0))
    found: list[Letter] = []
    for phone in plan.phones:
        for delivery in phone.deliveries:
            body = as_xml(delivery.instance) if format_ is BodyFormat.XML else as_json(delivery.instance)
            plain = Submission(
                kind="submission",
                survey=SURVEY,
                version=VERSION,
                instance=delivery.instance.id,
                format=format_,
                body=body.decode(),
                collector="bench",
                received_ms=1_700_000_000_000,
            ).to_wire()
            found.append(Letter(0, len(found), 1_700_000_000_000, sealer.key_id, sealer.seal(plain)))
    return found


def milliseconds(verdicts: Verdicts, batch: list[Letter]) -> float:
    """Median over rounds of the CPU time of one verdict."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        kinds = {verdicts(letter).kind for letter in batch}
        rounds.append((time.process_time() - began) / len(batch) * 1000)
        assert kinds <= {"response", "refusal"}, kinds
    return statistics.median(rounds)


def main() -> None:
    definition = compile_survey(FORM).publishable
    assert definition is not None
    with tempfile.TemporaryDirectory() as folder:
        verdicts, sealer = judge(definition, Path(folder))
        xml, json_ = letters(sealer, BodyFormat.XML), letters(sealer, BodyFormat.JSON)
        gc.collect()
        result = {
            "name": "bench-verdict",
            "xml_ms": round(milliseconds(verdicts, xml), 4),
            "json_ms": round(milliseconds(verdicts, json_), 4),
            "submissions": len(xml),
        }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    interruptible(main)
