"""The memory of a release as text, and back. As secret as `live`. Pure."""

import json
from typing import Any

from services.release.delta import Fresh
from services.release.epoch import Last
from services.release.identity import Identity
from services.release.primary import Reason
from services.release.protect import Memory
from services.release.quantities import Quantities


def encode(memory: Memory) -> str:
    document = {
        "last": [memory.last.epoch, memory.last.at_ms, memory.last.closing],
        "content": memory.content,
        "steps": dict(memory.steps),
        "fresh": {
            unit: [[at[1], _fresh_document(fresh)] for at, fresh in cells.items()]
            for unit, cells in memory.fresh.items()
        },
        "scales": {unit: dict(scales) for unit, scales in memory.scales.items()},
    }
    return json.dumps(document, separators=(",", ":"))


def decode(text: str) -> Memory:
    document = json.loads(text)
    fresh = {
        unit: {_identity(unit, pairs): _fresh(found) for pairs, found in cells}
        for unit, cells in document["fresh"].items()
    }
    return Memory(Last(*document["last"]), document["content"], document["steps"], fresh, document["scales"])


def _identity(unit: str, pairs: list[list[str]]) -> Identity:
    return unit, tuple((dimension, code) for dimension, code in pairs)


def _fresh_document(fresh: Fresh) -> list[Any]:
    reasons = {name: reason.value for name, reason in fresh.quantities.reasons.items()}
    return [dict(fresh.quantities.values), reasons, fresh.submissions, fresh.moves]


def _fresh(document: list[Any]) -> Fresh:
    values, reasons, submissions, moves = document
    return Fresh(Quantities(values, {name: Reason(reason) for name, reason in reasons.items()}), submissions, moves)
