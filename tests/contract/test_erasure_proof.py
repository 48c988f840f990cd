"""ERA5: 1,000 of 20,000 respondents are erased, and the figures are those of a run that never had them.

Validate and aggregate do their real work on the real database server. Half of the erasures name an instance, half a
person; among both are edits, repetitions, what was rejected and what waits for the key of its form.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import bson
from pymongo import MongoClient

from schemas.outcome_class import OutcomeClass
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.mongo_store import MongoStore
from services.aggregate.slots import Kind, State
from services.aggregate.watermark import Watermark
from services.runtime.settings import MongoSettings
from tests.contract.erased_fieldwork import SURVEY, Asked, Office, Sent, Worker, erased, fieldwork, phone
from tests.contract.stores import PARTITIONS, Server, server

__all__ = ["server"]  # a fixture

INTERVIEWS = 20_000
ERASURES = 1_000
WORD = re.compile(rb"[A-Za-z0-9_-]+")


def documents(settings: MongoSettings) -> list[tuple[str, dict[str, object]]]:
    """Everything in both databases, by collection."""
    with MongoClient[dict[str, object]](settings.uri.get_secret_value()) as client:
        return [
            (f"{kind}.{collection}", document)
            for kind, name in (("ledger", settings.ledger), ("live", settings.live))
            for collection in client[name].list_collection_names()
            for document in client[name][collection].find()
        ]


def words(found: Iterable[dict[str, object]]) -> set[bytes]:
    """What stands in documents, word by word: hashes, pseudonyms, numbers, wherever in them they are."""
    return {word for document in found for word in WORD.findall(bson.encode(document))}


def test_era5_erased_respondents_have_never_been(server: Server, tmp_path: Path) -> None:
    random = Random(5)
    events = fieldwork(random, INTERVIEWS, ERASURES)
    gone = erased(events)
    office = Office(tmp_path / "keys", PARTITIONS)
    arrivals = list(office.arrivals(events))

    settings = server.settings()
    store = MongoStore(settings)
    worker = Worker(store, PARTITIONS)
    # Whatever is replayed was in the quarantine before.
    worker.take(arrival for event, arrival in arrivals if not (isinstance(event, Sent) and event.again))
    worker.work(random)
    worker.take(arrival for event, arrival in arrivals if isinstance(event, Sent) and event.again)
    worker.work(random)

    never = Worker(MemoryStore(MemoryDatabase(Watermark(p, "r", "s", 0, 0) for p in range(PARTITIONS))), PARTITIONS)
    kept = [
        arrival
        for event, arrival in arrivals
        if isinstance(event, Sent) and event.interview not in gone and not (event.encrypted and not event.again)
    ]
    never.take(kept)
    never.work(random, looks=False)
    assert worker.figures() == never.figures()
    assert len(gone) > ERASURES * 0.9

    everything = documents(settings)
    left = {name: [d for of, d in everything if of == name] for name in {of for of, _ in everything}}
    erased_ = [event for event in events if isinstance(event, Sent) and event.interview in gone]
    hashes = {office.hash(SURVEY, event.instance): event for event in erased_}
    markers = [slot for slot in left["ledger.slots"] if slot["_id"] in hashes]
    allowed = {"_id", "survey", "state", "partition", "offset", "version", "writes", "replaces", "replaced_by", "taken"}
    assert {field for slot in markers for field in slot} <= allowed
    assert {slot["state"] for slot in markers} <= {State.WITHDRAWN.value, State.REJECTED.value}
    others = words(d for of, d in everything if not (of == "ledger.slots" and d["_id"] in hashes))
    kept_hashes = {office.hash(SURVEY, e.instance) for e in events if isinstance(e, Sent)} - hashes.keys()
    assert len(others & {name.encode() for name in kept_hashes}) > INTERVIEWS / 2, "the search finds nothing at all"
    assert others.isdisjoint(name.encode() for name in hashes)
    assert others.isdisjoint(str(event.income).encode() for event in erased_)

    # Who asked is found in the log of erasures alone, unless they came again.
    persons = {event.person for event in events if isinstance(event, Asked) and event.person >= 0}
    again = {event.person for event in events if isinstance(event, Sent) and event.interview not in gone}
    elsewhere = words(d for of, d in everything if of != "ledger.erasures")
    names = [office.secrets.pseudonyms("phone", phone(person)) for person in persons - again]
    assert elsewhere.isdisjoint(name.removeprefix("p1:").encode() for pseudonyms in names for name in pseudonyms)

    log = store.erasure_log.all()
    assert len(log) == ERASURES and all(erasure.done_ms is not None for erasure in log)
    classes = {
        of: sum(m.classes.get(p, {}).get(of, 0) for m in store.watermarks() for p in range(PARTITIONS))
        for of in OutcomeClass
    }
    assert sum(classes.values()) == len(arrivals)
    assert classes[OutcomeClass.CONTROL] == ERASURES
    assert classes[OutcomeClass.COUNTED] == sum(slot["state"] == "counted" for slot in left["ledger.slots"])
    assert classes[OutcomeClass.HELD] == 0 and not list(store.quarantine([Kind.HELD], None))
    store.close()
    worker.finder.close()
    never.finder.close()
