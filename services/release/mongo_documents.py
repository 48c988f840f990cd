"""How what aggregate wrote is read, and how what `audit` keeps lies in MongoDB. Plain conversions.

audit.releases   _id "survey/release"          what a release was made from: no figure of a cell
audit.memory     _id "survey/release/part"     Memory, compressed; of the last release alone
audit.inputs     _id "survey/release/part"     StoredInputs, compressed; until somebody is erased or retention is over
audit.surveys    _id survey                    when it was first seen, and which session writes its releases
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from bson.binary import Binary
from bson.int64 import Int64

from schemas.tables.cells import Page, read_sums
from services.release.epoch import Last
from services.release.inputs import Position
from services.release.moved import Mark
from services.release.store import Record

Document = dict[str, Any]

PART_BYTES = 4_000_000
"""Of one document of a long text, well under the 16 MB that MongoDB takes."""


def page(document: Mapping[str, Any]) -> Page:
    """A page of cells, as aggregate wrote it."""
    return Page(
        document["survey"],
        document["shard"],
        document["_id"].rpartition("/")[2],
        document["revision"],
        {table: {cell: read_sums(text) for cell, text in cells.items()} for table, cells in document["tables"].items()},
        document["moves"],
    )


def position(document: Mapping[str, Any]) -> Position:
    """From a watermark."""
    return Position(
        document["_id"],
        document["submissions_topic"],
        int(document["submissions_next"]),
        int(document["submissions_first"]),
    )


def mark(document: Mapping[str, Any]) -> Mark:
    """From a slot of the ledger."""
    return Mark(
        document["state"],
        document["partition"],
        int(document["offset"]),
        document.get("replaces") is not None,
        document.get("replaced_by") is not None,
        (taken[0], int(taken[1])) if (taken := document.get("taken")) else None,
    )


def record_document(survey: str, number: int, record: Record) -> Document:
    return {
        "_id": f"{survey}/{number}",
        "survey": survey,
        "release": number,
        "at_ms": Int64(record.last.at_ms),
        "closing": record.last.closing,
        "content": record.content,
        "positions": [
            {"partition": at.partition, "topic": at.topic, "next": Int64(at.next), "first": Int64(at.first)}
            for at in record.positions
        ],
        "key_check": record.key_check,
        "moved": record.moved,
        "erased": record.erased,
        "kept": [{"unit": unit, "cells": number} for unit, number in record.kept.items()],
        "recoverable_suppressed": record.recoverable_suppressed,
        "reasons": [
            {"table": table, "reason": reason, "number": number}
            for table, numbers in record.reasons.items()
            for reason, number in numbers.items()
        ],
    }


def record(document: Mapping[str, Any]) -> Record:
    reasons: dict[str, dict[str, int]] = {}
    for found in document["reasons"]:
        reasons.setdefault(found["table"], {})[found["reason"]] = found["number"]
    return Record(
        Last(document["release"], int(document["at_ms"]), document["closing"]),
        document["content"],
        [Position(at["partition"], at["topic"], int(at["next"]), int(at["first"])) for at in document["positions"]],
        document["key_check"],
        document["moved"],
        document["erased"],
        {kept["unit"]: kept["cells"] for kept in document["kept"]},
        document["recoverable_suppressed"],
        reasons,
    )


def part_documents(survey: str, number: int, text: str) -> list[Document]:
    """A long text, compressed, in parts."""
    data = zlib.compress(text.encode())
    return [
        {
            "_id": f"{survey}/{number}/{part}",
            "survey": survey,
            "release": number,
            "part": part,
            "data": Binary(data[start : start + PART_BYTES]),
        }
        for part, start in enumerate(range(0, len(data), PART_BYTES))
    ]


def whole_text(parts: Iterable[Mapping[str, Any]]) -> str | None:
    """None if there is no part."""
    data = b"".join(bytes(part["data"]) for part in sorted(parts, key=lambda part: int(part["part"])))
    return zlib.decompress(data).decode() if data else None
