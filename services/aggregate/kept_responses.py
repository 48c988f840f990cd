"""Responses as the ledger keeps them, read without a second look: this program wrote them there after it had read them
with all checks (services.aggregate.response_reader)."""

from typing import Any

import orjson

from schemas.events import Response, Source, read_outcome


def kept_response(record: bytes) -> Response | None:
    """The response, of which a contribution needs the answers, rows, record key, and when it came; None for what is
    none. A record of an older schema is read with all checks."""
    found = orjson.loads(record)
    if found.get("kind") != "response":
        return None
    if found.get("schema_version", Response.VERSION) != Response.VERSION:
        outcome = read_outcome(record)
        return outcome if isinstance(outcome, Response) else None
    build: Any = Response.model_construct
    source: Any = Source.model_construct
    response: Response = build(
        source=source(at_ms=found["source"]["at_ms"]),
        record_key=found["record_key"],
        answers=found["answers"],
        rows=found.get("rows", {}),
    )
    return response
