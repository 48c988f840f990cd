"""Gathers the facts of a record of processing from the topics, the database and the folder of keys."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from cli.holdings import Held, Surveys, ended, held, opened, surveys
from cli.key_folder import Keys
from cli.key_table import KeyRow, key_rows
from cli.privacy_facts import Events, Facts, FieldFacts, SurveyFacts
from cli.survey_words import leaves, short
from cli.topic_ages import topic_facts
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.aggregate.slots import State
from services.release.risk.roles import risk_fields
from services.runtime.settings import MongoSettings, ServiceSettings
from services.validate.privacy import leaving

Document = dict[str, Any]
_AT_MS = re.compile(rb'"at_ms":\s?(\d{1,16})')


def read_facts(settings: ServiceSettings, survey: str | None, here: Keys) -> Facts:
    """Of one survey or of all; `here` are the folders of keys.

    Raises `Failure` where something does not answer, or there is no such survey."""
    known = surveys(settings.kafka)
    chosen = [one for one in known.latest if survey in (None, one.survey)]
    if survey is not None and not chosen:
        raise Failure(f"No survey {survey} is published: `rihla survey list` shows those that are.")
    with opened(settings.mongodb) as client:
        holdings = held(client, settings.mongodb)
        found = _of_surveys(client, settings.mongodb, chosen, known, holdings)
        analysts = _analysts(client[settings.mongodb.released])
    return Facts(
        int(time.time() * 1000),
        found,
        topic_facts(settings.kafka),
        _keys(here, chosen, known),
        analysts,
        holdings.get("", Held()).quarantine.total(),
    )


def field_facts(definition: SurveyDefinition) -> list[FieldFacts]:
    """The fields of which something leaves, in the order of the form."""
    found = []
    for one in risk_fields(definition, {each.path for each in leaving(definition)}):
        field = definition.field(one.path)
        assert field is not None
        argument = f":{field.privacy.argument}" if field.privacy.argument else ""
        privacy = f"{field.privacy.kind.value}{argument}"
        found.append(FieldFacts(short(one.path, definition), privacy, leaves(field), one.part.value, one.special))
    return found


def _of_surveys(
    client: MongoClient[Document],
    settings: MongoSettings,
    chosen: Iterable[SurveyDefinition],
    known: Surveys,
    holdings: Mapping[str, Held],
) -> list[SurveyFacts]:
    done = ended(client, settings)
    erased = _events(client[settings.ledger], "erasures", "asked_ms")
    released = _events(client[settings.released], "releases", "made_at")
    found = []
    for one in chosen:
        oldest, newest = _span(client[settings.ledger], one.survey)
        found.append(
            SurveyFacts(
                one,
                field_facts(one),
                known.closings.get(one.survey),
                done.get(one.survey),
                holdings.get(one.survey, Held()),
                oldest,
                newest,
                erased.get(one.survey, Events()),
                released.get(one.survey, Events()),
            )
        )
    return found


def _events(database: Database[Document], collection: str, when: str) -> dict[str, Events]:
    group = {"_id": "$survey", "number": {"$sum": 1}, "last": {"$max": f"${when}"}}
    return {
        found["_id"] or "": Events(found["number"], _ms(found["last"]))
        for found in database[collection].aggregate([{"$group": group}])
    }


def _ms(when: datetime | int | None) -> int | None:
    """Epoch milliseconds, of a number of them or of a date as the database gives it: UTC, without saying so."""
    return int(when.replace(tzinfo=UTC).timestamp() * 1000) if isinstance(when, datetime) else when


def _span(ledger: Database[Document], survey: str) -> tuple[int | None, int | None]:
    """Times of the oldest and the newest counted submission. The first and last of each partition are looked at: a
    slot keeps its place in the topic, and only the record in it the time."""
    counted = {"survey": survey, "state": State.COUNTED.value}
    ends = {"_id": "$partition", "first": {"$min": "$offset"}, "last": {"$max": "$offset"}}
    places: dict[int, set[int]] = defaultdict(set)
    for found in ledger.slots.aggregate([{"$match": counted}, {"$group": ends}]):
        places[found["_id"]] |= {found["first"], found["last"]}
    either = [{"partition": partition, "offset": {"$in": sorted(offsets)}} for partition, offsets in places.items()]
    if not either:
        return None, None
    query = {**counted, "$or": either}
    times = []
    for slot in ledger.slots.find(query, {"_id": 0, "response": 1}):
        match = _AT_MS.search(bytes(slot.get("response") or b""))
        times += [int(match[1])] if match else []
    return min(times, default=None), max(times, default=None)


def _analysts(released: Database[Document]) -> list[str] | None:
    """None where this user may not list them, or the database has no users."""
    try:
        return sorted(str(user["user"]) for user in released.command("usersInfo", 1)["users"])
    except OperationFailure:
        return None


def _keys(here: Keys, chosen: Iterable[SurveyDefinition], known: Surveys) -> list[KeyRow]:
    if not here.folder.is_dir():
        return []
    closed = {name: one.closed_ms for name, one in known.closings.items()}
    return key_rows(here.folder, here.release, chosen, closed)
