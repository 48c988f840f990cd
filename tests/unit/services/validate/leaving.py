"""What leaves of answers, for the tests of anonymising."""

import json
from typing import Any

from schemas.survey.definition import FieldType as T
from services.validate.anonymise import Anonymised
from services.validate.compiled import CompiledSurvey
from services.validate.judge import Accepted
from services.validate.pseudonym import SurveySecrets

CANARY = "canary"


def leave(survey: CompiledSurvey, secrets: SurveySecrets, answers: dict[str, Any]) -> Anonymised:
    judged = survey.judge(survey.read_json(json.dumps({"answers": answers})), 0)
    assert isinstance(judged, Accepted), judged
    return survey.anonymiser(judged.instance.root, secrets)


def one(form: Any, secrets: SurveySecrets, type_: T, privacy: str, text: Any, **more: Any) -> Any:
    """What leaves of a form with one question, or None."""
    survey = CompiledSurvey(form.survey([form.field("a", type_, privacy, **more)]))
    return leave(survey, secrets, {"a": text}).answers.get("a")
