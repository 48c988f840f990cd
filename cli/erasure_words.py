"""What `rihla erase` says: before, what will happen; after, what did, and what is left until when."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kafka.errors import KafkaError

from schemas.erasure import ErasureKind
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate.erasing import Erasure
from services.runtime.admin import connect
from services.runtime.settings import KafkaSettings, ServiceSettings

INSTANCE = (
    "The interview is taken back with every version of it (edits, rejected and waiting ones), what the database holds "
    "of it is deleted, and a marker without contents keeps each of its ids from being counted again."
)
LAG_MS = 10 * 60 * 1000
"""Kafka looks every five minutes for what expired, and deletes files a minute later."""


def respondent(subjects: Sequence[str]) -> str:
    return (
        f"Every interview that names this person as {', '.join(subjects)} and was accepted before now is taken back "
        "with every version of it, what the database holds of it is deleted, and markers without contents keep its ids "
        "from being counted again. An interview in which the person is one of several (a household) goes as a whole. "
        "What the person gives anew counts. What is still on a phone has not been accepted: ask again when it has sent."
    )


def done(erasure: Erasure, settings: ServiceSettings, closed: bool) -> str:
    taken = erasure.taken
    return "\n".join(
        (
            f"Done {moment(erasure.done_ms or 0)}: {_number(taken.interviews, 'interview')} taken back from the "
            f"statistics; {_number(taken.versions, 'version')} and {_number(taken.payloads, 'waiting payload')} are "
            "deleted.",
            *_nothing(erasure),
            f"Left are the records in the topics {SUBMISSIONS} (sealed) and {RESPONSES} (pseudonymised), "
            f"{_until(erasure, settings.kafka)}, and "
            "backups of the database for as long as you keep them: after a restore it is erased again by itself.",
            "The survey is closed: once its last release is out, no release will reflect it any more."
            if closed
            else "The next release reflects it, once it is due and enough respondents have moved.",
            "Releases that are out stay as they were issued.",
        )
    )


def moment(ms: int) -> str:
    return f"{minute(ms)} UTC"


def minute(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _nothing(erasure: Erasure) -> tuple[str, ...]:
    if erasure.taken.versions or erasure.taken.payloads:
        return ()
    if erasure.kind is ErasureKind.INSTANCE:
        return ("Nothing was found of it: compare the id and the survey. If it comes later, it is not counted.",)
    return ("Nothing was found of it: compare the value, the survey and the subject.",)


def _until(erasure: Erasure, kafka: KafkaSettings) -> str:
    """A segment is deleted when its newest record is past the retention, and it is open for `segment.ms`."""
    try:
        with connect(kafka) as admin:
            topics = admin.existing()
        longest = max(
            int(topics[kafka.topic(name)].config["retention.ms"]) + int(topics[kafka.topic(name)].config["segment.ms"])
            for name in (SUBMISSIONS, RESPONSES)
        )
    except (KafkaError, KeyError):
        return "until their retention is over (the broker did not say when)"
    return f"until {moment((erasure.done_ms or 0) + longest + LAG_MS)}"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
