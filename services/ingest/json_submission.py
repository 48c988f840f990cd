"""Reads who a JSON submission is. Its answers are not looked at here, only that they are an object.

Here an instance id is required (XML without one gets one from its content): scripts often post forms without times,
where two people with the same answers would become one.
"""

from dataclasses import dataclass

import orjson

from services.ingest import problems
from services.ingest.identity import MAX_ID_CHARS, Identity, usable_id
from services.ingest.problems import Problem

_KEYS = frozenset(("version", "instance", "replaces", "answers"))


@dataclass(frozen=True, slots=True)
class JsonSubmission:
    """`text` is the body as it came."""

    identity: Identity
    text: str


def read_json(survey: str, body: bytes) -> JsonSubmission | Problem:
    try:
        # orjson refuses NaN, numbers beyond 64 bits are floats, and nesting beyond 1024.
        value = orjson.loads(body)
        text = body.decode()
    except ValueError:
        return problems.MALFORMED_JSON.of()
    if not isinstance(value, dict):
        return problems.WRONG_SHAPE.of(what="The body is not an object.")
    unknown = value.keys() - _KEYS
    if unknown:
        # A misspelt "replaces" would otherwise make an edit a second submission.
        return problems.WRONG_SHAPE.of(what=f"{len(unknown)} of its keys are not known.")
    version, instance, replaces = value.get("version"), value.get("instance"), value.get("replaces")
    if not isinstance(version, str):
        return problems.WRONG_SHAPE.of(what="'version' must be text.")
    if not isinstance(value.get("answers"), dict):
        return problems.WRONG_SHAPE.of(what="'answers' must be an object.")
    if not isinstance(instance, str):
        return problems.WRONG_SHAPE.of(what="'instance' must be text that no other submission has.")
    if replaces is not None and not isinstance(replaces, str):
        return problems.WRONG_SHAPE.of(what="'replaces' must be text or null.")
    if not usable_id(instance) or (replaces is not None and not usable_id(replaces)):
        return problems.BAD_INSTANCE_ID.of(limit=MAX_ID_CHARS)
    return JsonSubmission(Identity(survey, version, instance, replaces), text)
