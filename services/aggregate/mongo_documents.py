"""How slots, watermarks, pages and the rest lie in MongoDB: plain conversions, both ways.

ledger.watermarks   _id partition
ledger.slots        _id instance hash
ledger.quarantine   _id "partition:offset"
ledger.erasures     _id "partition:offset"
ledger.ended        _id survey                           (services.aggregate.retention)
live.cells          _id "survey/shard/prefix"            (schemas.tables.cells)
live.psu            _id "survey/shard/sequence/part"     (schemas.tables.psu_runs)
live.rejections     _id "partition:offset"
live.tables         _id "survey/table"                   (schemas.tables.live_view)
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from bson.int64 import Int64

from schemas.erasure import ErasureKind
from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import Page, read_sums, sums_text
from schemas.tables.psu_runs import Run
from services.aggregate.erasing import Erasure, Source, Taken
from services.aggregate.retention import Ended
from services.aggregate.slots import Kind, Quarantined, RejectionEntry, Slot, State
from services.aggregate.watermark import Watermark

Document = dict[str, Any]

SLOT_TEXTS = ("fingerprint", "replaces", "replaced_by", "applied", "response")
SLOT_MAY_LACK = {*SLOT_TEXTS, "subjects", "linked", "origin", "taken", "epoch"}


def watermark_document(mark: Watermark) -> Document:
    """All but the owner's session."""
    return {
        "_id": mark.partition,
        "responses_topic": mark.responses_topic,
        "submissions_topic": mark.submissions_topic,
        "responses_next": Int64(mark.responses_next),
        "submissions_next": Int64(mark.submissions_next),
        "submissions_first": Int64(mark.submissions_first),
        "classes": classes_document(mark),
    }


def classes_document(mark: Watermark) -> Document:
    return {
        str(partition): {of.value: number for of, number in numbers.items()}
        for partition, numbers in mark.classes.items()
    }


def watermark(document: Mapping[str, Any]) -> Watermark:
    return Watermark(
        document["_id"],
        document["responses_topic"],
        document["submissions_topic"],
        int(document["responses_next"]),
        int(document["submissions_next"]),
        int(document["submissions_first"]),
        {
            int(partition): {OutcomeClass(of): int(number) for of, number in numbers.items()}
            for partition, numbers in document["classes"].items()
        },
    )


def slot_document(slot: Slot) -> Document:
    """Without fields that are empty. `writes` counts writes, so that every write of a slot is one to the database."""
    document: Document = {
        "_id": slot.instance,
        "survey": slot.survey,
        "state": slot.state.value,
        "partition": slot.partition,
        "offset": Int64(slot.offset),
        "version": slot.version,
        "writes": 1,
    }
    for name in (*SLOT_TEXTS, "epoch"):
        value = getattr(slot, name)
        if value:
            document[name] = value
    for name in ("subjects", "linked"):
        if getattr(slot, name):
            document[name] = list(getattr(slot, name))
    for name in ("origin", "taken"):
        source = getattr(slot, name)
        if source is not None:
            document[name] = _source_document(source)
    return document


def slot_update(slot: Slot) -> Document:
    """The update of a slot that is there. The stored response stays while it is counted."""
    values = slot_document(slot)
    del values["_id"], values["writes"]
    kept = {"response"} if slot.state is State.COUNTED else set()
    absent = SLOT_MAY_LACK - values.keys() - kept
    return {"$set": values, "$inc": {"writes": 1}, **({"$unset": dict.fromkeys(sorted(absent), "")} if absent else {})}


def slot(document: Mapping[str, Any]) -> Slot:
    return Slot(
        document["_id"],
        document["survey"],
        State(document["state"]),
        document["partition"],
        int(document["offset"]),
        document["version"],
        document.get("fingerprint", ""),
        document.get("replaces"),
        document.get("replaced_by"),
        document.get("applied"),
        subjects=tuple(document.get("subjects", ())),
        linked=tuple(document.get("linked", ())),
        origin=_source(document.get("origin")),
        taken=_source(document.get("taken")),
        epoch=document.get("epoch", 0),
    )


def page_document(page: Page) -> Document:
    return {
        "_id": page.id,
        "survey": page.survey,
        "shard": page.shard,
        "revision": page.revision,
        "tables": {
            table: {cell: sums_text(amounts) for cell, amounts in cells.items()} for table, cells in page.tables.items()
        },
        "moves": page.moves,
    }


def page(document: Mapping[str, Any]) -> Page:
    return Page(
        document["survey"],
        document["shard"],
        document["_id"].rpartition("/")[2],
        document["revision"],
        {table: {cell: read_sums(text) for cell, text in cells.items()} for table, cells in document["tables"].items()},
        document["moves"],
    )


def run_document(run: Run) -> Document:
    return {"_id": run.id, "survey": run.survey, "shard": run.shard, "level": run.level, "sums": run.sums}


def rejection_document(entry: RejectionEntry) -> Document:
    return {
        "_id": f"{entry.partition}:{entry.offset}",
        "survey": entry.survey,
        "version": entry.version,
        "reasons": [dict(reason) for reason in entry.reasons],
        "source": {"partition": entry.partition, "offset": Int64(entry.offset), "at_ms": Int64(entry.at_ms)},
    }


def quarantine_document(entry: Quarantined) -> Document:
    return {
        "_id": f"{entry.partition}:{entry.offset}",
        "partition": entry.partition,
        "offset": Int64(entry.offset),
        "kind": entry.kind.value,
        "survey": entry.survey,
        "version": entry.version,
        "instance": entry.instance,
        "replaces": entry.replaces,
        "key_id": entry.key_id,
        "sealed": entry.sealed,
        **({"subjects": list(entry.subjects)} if entry.subjects else {}),
        **({"origin": _source_document(entry.origin)} if entry.origin is not None else {}),
    }


def quarantined(document: Mapping[str, Any]) -> Quarantined:
    """The payload is empty where it was not read; nobody but validate can open it."""
    return Quarantined(
        document["partition"],
        int(document["offset"]),
        Kind(document["kind"]),
        document["survey"],
        document["version"],
        document["instance"],
        document["replaces"],
        document["key_id"],
        document.get("sealed") or "",
        tuple(document.get("subjects", ())),
        _source(document.get("origin")),
    )


def erasure_document(erasure: Erasure) -> Document:
    """Without what was taken back, which is counted up in the database."""
    partition, offset = erasure.source
    return {
        "_id": f"{partition}:{offset}",
        "partition": partition,
        "offset": Int64(offset),
        "survey": erasure.survey,
        "kind": erasure.kind.value,
        "asked_ms": Int64(erasure.asked_ms),
        "done_ms": None if erasure.done_ms is None else Int64(erasure.done_ms),
        **({"pseudonyms": sorted(erasure.pseudonyms)} if erasure.pseudonyms else {}),
        **({"before": {str(of): Int64(end) for of, end in erasure.before.items()}} if erasure.before else {}),
    }


def erasure(document: Mapping[str, Any]) -> Erasure:
    done_ms = document["done_ms"]
    return Erasure(
        (document["partition"], int(document["offset"])),
        document["survey"],
        ErasureKind(document["kind"]),
        int(document["asked_ms"]),
        frozenset(document.get("pseudonyms", ())),
        {int(partition): int(end) for partition, end in document.get("before", {}).items()},
        Taken(document["interviews"], document["versions"], document["payloads"]),
        None if done_ms is None else int(done_ms),
    )


def _source_document(source: Source) -> list[Any]:
    return [source[0], Int64(source[1])]


def _source(stored: Sequence[Any] | None) -> Source | None:
    return None if stored is None else (stored[0], int(stored[1]))


def ended_document(ended: Ended) -> Document:
    found = {field.name: getattr(ended, field.name) for field in fields(ended)}
    times = {name: Int64(found[name]) for name in ("closed_ms", "began_ms", "done_ms") if found[name] is not None}
    return {"_id": found.pop("survey"), **found, **times}


def ended(document: Mapping[str, Any]) -> Ended:
    values = {field.name: document[field.name] for field in fields(Ended) if field.name in document}
    times = {name: int(values[name]) for name in ("closed_ms", "began_ms", "done_ms") if values[name] is not None}
    return Ended(survey=document["_id"], **values | times)
