"""Erasures that outlived the database, and those that are on their way through it: a release waits for both."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from schemas.erasure import unapplied
from services.release.store import Unavailable
from services.runtime.erasure_topic import ErasureTopic
from services.runtime.settings import ServiceSettings

TIMEOUT_MS = 3_000


def unapplied_erasures(settings: ServiceSettings) -> int:
    """How many erasures wait for what they concern to be found, or are on the topic `erasures` and not in the database,
    which then was restored from an older backup. No release is made while there is one.

    Raises `Unavailable`, and kafka.errors.KafkaError where the broker does not answer."""
    notices = ErasureTopic(settings.kafka).read()
    uri = settings.mongodb.uri.get_secret_value()
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=TIMEOUT_MS, appname="rihla-release")
    try:
        with client:
            ledger = client[settings.mongodb.ledger]
            topics = {mark["submissions_topic"] for mark in ledger.watermarks.find({}, {"submissions_topic": 1})}
            known = {found["_id"]: found["done_ms"] for found in ledger.erasures.find({}, {"done_ms": 1})}
    except PyMongoError as error:
        raise Unavailable(f"the database does not answer: {type(error).__name__}") from None
    return len(unapplied(notices, topics, known)) + sum(done_ms is None for done_ms in known.values())
