"""Responses read without pydantic where nothing is lost by it: nearly all records are responses, and large.

The envelope (kind, schema version, ids, source) is always checked by the message itself; the answers, most of a
record, by their types alone. Whatever is not plainly a response is left to `read_outcome`, which refuses with reasons.
"""

from collections.abc import Iterable

import orjson
from pydantic import ValidationError

from schemas.events import Response

_PLAIN = frozenset({str, int})


def read_response(value: bytes) -> Response | None:
    """The same as `read_outcome` gives for the record; None for a record that it must look at."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or found.get("kind") != "response":
        return None
    answers, rows = found.get("answers"), found.get("rows", {})
    if not _are_answers([answers]) or type(rows) is not dict or not all(map(_are_rows, rows.values())):
        return None
    found["answers"] = {}
    if rows:
        found["rows"] = {}
    try:
        response = Response.model_validate(found, extra="ignore")
    except ValidationError:
        return None
    if response.schema_version > Response.VERSION:
        return None
    # The model is frozen, and this one is still nobody's.
    response.__dict__["answers"] = answers
    response.__dict__["rows"] = rows
    return response


def _are_rows(rows: object) -> bool:
    return type(rows) is list and _are_answers(rows)


def _are_answers(maps: Iterable[object]) -> bool:
    """Whether each is a map of `schemas.events.Answer` as JSON gives them: neither floats nor true, false or null."""
    for answers in maps:
        if type(answers) is not dict:
            return False
        if not _PLAIN.issuperset(map(type, answers.values())):
            for answer in answers.values():
                if type(answer) is list:
                    if not all(type(code) is str for code in answer):
                        return False
                elif type(answer) not in _PLAIN:
                    return False
    return True
