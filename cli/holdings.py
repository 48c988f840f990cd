"""What the database holds of each survey: how many documents, never one of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.aggregate.mongo_documents import ended as read_ended
from services.aggregate.retention import Closing, Ended, closings
from services.aggregate.slots import State
from services.runtime.follower import NotCaughtUp
from services.runtime.settings import KafkaSettings, MongoSettings
from services.runtime.surveys import SurveyCatalogue

TIMEOUT_MS = 10_000
READ_TIMEOUT_S = 20.0

Document = dict[str, Any]


@dataclass
class Held:
    """Of one survey. `slots` by state and `quarantine` by kind; `cells` and `psu` are documents of `live`."""

    slots: Counter[str] = field(default_factory=Counter)
    quarantine: Counter[str] = field(default_factory=Counter)
    rejections: int = 0
    cells: int = 0
    psu: int = 0

    @property
    def to_delete(self) -> int:
        """Slots that do not stay as markers."""
        return self.slots.total() - self.slots[State.WITHDRAWN]


@dataclass(frozen=True)
class Surveys:
    """Of the topic `surveys`: the newest version of each, and those that are closed."""

    latest: list[SurveyDefinition]
    closings: Mapping[str, Closing]


@contextmanager
def opened(settings: MongoSettings) -> Iterator[MongoClient[Document]]:
    """The database, as whoever the settings name. What it answers with an error becomes a `Failure`."""
    client: MongoClient[Document] = MongoClient(
        settings.uri.get_secret_value(), serverSelectionTimeoutMS=TIMEOUT_MS, appname="rihla"
    )
    try:
        with client:
            yield client
    except PyMongoError as error:
        raise Failure(
            f"The database does not answer, or does not let you read ({type(error).__name__}): see `rihla status`."
        ) from None


def held(client: MongoClient[Document], settings: MongoSettings) -> dict[str, Held]:
    """By survey. What could not be opened belongs to the survey ""."""
    ledger, live = client[settings.ledger], client[settings.live]
    found: dict[str, Held] = defaultdict(Held)
    for survey, state, number in _grouped(ledger, "slots", "state"):
        found[survey].slots[state] += number
    for survey, kind, number in _grouped(ledger, "quarantine", "kind"):
        found[survey].quarantine[kind] += number
    for survey, _, number in _grouped(live, "rejections"):
        found[survey].rejections += number
    for survey, _, number in _grouped(live, "cells"):
        found[survey].cells += number
    for survey, _, number in _grouped(live, "psu"):
        found[survey].psu += number
    return dict(found)


def ended(client: MongoClient[Document], settings: MongoSettings) -> dict[str, Ended]:
    return {document["_id"]: read_ended(document) for document in client[settings.ledger].ended.find()}


def surveys(kafka: KafkaSettings) -> Surveys:
    """Raises `Failure` if the topic cannot be read to its end."""
    catalogue = SurveyCatalogue(kafka)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TIMEOUT_S)
        latest = catalogue.all_latest()
        return Surveys(latest, {one.survey: one for one in closings(latest, catalogue.closed)})
    except NotCaughtUp:
        raise Failure("The list of surveys could not be read: is the stack up? See `rihla status`.") from None
    finally:
        catalogue.stop()


def _grouped(database: Database[Document], collection: str, by: str = "") -> Iterator[tuple[str, str, int]]:
    key = {"survey": "$survey", **({"by": f"${by}"} if by else {})}
    for found in database[collection].aggregate([{"$group": {"_id": key, "number": {"$sum": 1}}}]):
        yield found["_id"].get("survey") or "", found["_id"].get("by") or "", found["number"]
