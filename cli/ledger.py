"""Which instances the ledger holds as counted: the proof, submission by submission, that none is lost or double."""

from collections.abc import Iterable

from pymongo import MongoClient

from services.aggregate.slots import State
from services.runtime.keys import load_public
from services.runtime.settings import ServiceSettings

TIMEOUT_MS = 10_000


def counted(settings: ServiceSettings, survey: str) -> set[str]:
    """Hashes of the instances that are counted."""
    client: MongoClient[dict[str, str]] = MongoClient(
        settings.mongodb.uri.get_secret_value(), serverSelectionTimeoutMS=TIMEOUT_MS
    )
    with client:
        slots = client[settings.mongodb.ledger].slots.find({"survey": survey, "state": State.COUNTED.value}, {"_id": 1})
        return {slot["_id"] for slot in slots}


def hashes(settings: ServiceSettings, survey: str, instances: Iterable[str]) -> set[str]:
    """Hashes of instance ids, as the ledger has them. Needs the folder of keys."""
    of = load_public(settings.keys.folder).instance_hash
    return {of(survey, instance) for instance in instances}
