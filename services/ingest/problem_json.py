"""A problem as RFC 9457 has it (application/problem+json)."""

import orjson

from services.ingest.problems import Problem

CONTENT_TYPE = b"application/problem+json"


def problem_object(problem: Problem) -> dict[str, object]:
    """`code` is Rihla's stable code; `type` is the same as a URI."""
    return {
        "type": f"urn:rihla:problem:{problem.type.code}",
        "title": problem.type.title,
        "status": problem.type.status,
        "detail": problem.detail,
        "code": problem.type.code,
    }


def problem_json(problem: Problem) -> bytes:
    return orjson.dumps(problem_object(problem))
