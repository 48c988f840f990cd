"""JSON Schema of every message, as it is written to schemas/json/ (by `make schemas`) and checked to be current."""

import json
from typing import Any

from pydantic import TypeAdapter

from schemas.erasure import ErasureNotice
from schemas.events import AnyOutcome, Collector, Sealed
from schemas.survey.closing import SurveyClosing
from schemas.survey.definition import SurveyDefinition
from schemas.survey.rebuilding import SurveyRebuild

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, str]:
    """File name -> text. Names follow the topics: what a record of the topic holds once it is readable."""
    documents: dict[str, TypeAdapter[Any]] = {
        "surveys": TypeAdapter(SurveyDefinition | SurveyClosing | SurveyRebuild),
        "collectors": TypeAdapter(Collector),
        "submissions": TypeAdapter(Sealed),
        "responses": TypeAdapter(AnyOutcome),
        "erasures": TypeAdapter(ErasureNotice),
    }
    return {
        f"{topic}.json": json.dumps({"$schema": DIALECT, "title": topic, **adapter.json_schema()}, indent=2) + "\n"
        for topic, adapter in documents.items()
    }
