"""Takes away the sealing keys that nothing needs any more. What a key has sealed is lost with it, so three things must
say yes: the time, the quarantine, and the records of `submissions` themselves."""

from collections.abc import Iterable, Sequence, Set
from datetime import UTC, datetime

import typer
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from cli.key_folder import Keys
from deploy.local.failure import Failure
from schemas.events import HEADER_KEY_ID
from schemas.topics import SUBMISSIONS
from services.aggregate.mongo_store import MongoStore
from services.runtime.key_files import unmake
from services.runtime.sealing_keys import PRIVATE, PUBLIC, SealingKey, needed_until, path_of, sealing_keys
from services.runtime.settings import KafkaSettings

POLL_MS = 5_000
EMPTY_POLLS = 6
"""Half a minute without a record, and the broker is taken to be away."""


def expired(keys: Iterable[SealingKey], now: datetime) -> list[str]:
    """Keys that by the time alone can go: the topics cannot hold anything any more that they sealed. Never the newest,
    and none whose end nobody knows."""
    return [key_id for key_id, until in needed_until(keys).items() if until is not None and until < now]


def prune(here: Keys) -> None:
    settings = here.cluster()
    held = sealing_keys(here.folder)
    due = expired(held, datetime.now(UTC))
    if not due:
        typer.echo("No sealing key is old enough: `rihla keys list` says until when each is needed.")
        return
    typer.echo("Reading the key of every record in `submissions` ...")
    wanted = sealed_in_topic(settings.kafka)
    store = MongoStore(settings.mongodb)
    try:
        # After the topic: what is rejected meanwhile is in one of both.
        waiting = store.quarantined_key_ids()
    finally:
        store.close()
    for key_id, why in verdicts(due, wanted, waiting, [key.key_id for key in held]):
        if why:
            typer.echo(f"sealing-{key_id} stays: {why}")
            continue
        for half in (PRIVATE, PUBLIC):
            unmake(path_of(here.folder, key_id, half))
        typer.echo(f"sealing-{key_id} is gone. Nothing that it sealed was left; backups still hold it.")


def verdicts(
    due: Iterable[str], in_topic: Set[str], in_quarantine: Set[str], oldest_first: Sequence[str]
) -> list[tuple[str, str]]:
    """Each key with why it stays, or "" if it can go. In a quiet time an ingest that never got the newer key has left
    nothing in the topic either, and will seal with the old one tomorrow: so a newer one must have been seen there."""
    found = []
    for key_id in due:
        why = ""
        if key_id in in_quarantine:
            why = "the quarantine holds what it sealed (rihla replay, or the end of the survey's retention)."
        elif key_id in in_topic:
            why = "`submissions` holds records of it: some ingest never got the newer key."
        elif not in_topic & set(oldest_first[oldest_first.index(key_id) + 1 :]):
            why = "`submissions` holds nothing sealed by a newer key, so nobody knows that ingest has one."
        found.append((key_id, why))
    return found


def sealed_in_topic(kafka: KafkaSettings) -> frozenset[str]:
    """The keys of all records that `submissions` holds. Raises `Failure` if it cannot be read to its end."""
    found: set[str] = set()
    name = kafka.topic(SUBMISSIONS)
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=kafka.bootstrap_servers.split(","), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            parts = [TopicPartition(name, number) for number in sorted(consumer.partitions_for_topic(name) or ())]
            ends = consumer.end_offsets(parts)
            firsts = consumer.beginning_offsets(parts)
            left = {part for part in parts if firsts[part] < ends[part]}
            consumer.assign(sorted(left))
            for part in left:
                consumer.seek(part, firsts[part])
            silent = 0
            while left:
                batches = consumer.poll(timeout_ms=POLL_MS)
                silent = 0 if batches else silent + 1
                if silent > EMPTY_POLLS:
                    raise Failure("`submissions` could not be read to its end: nothing was destroyed.")
                for records in batches.values():
                    for record in records:
                        found |= {
                            value.decode("ascii", "replace") for key, value in record.headers if key == HEADER_KEY_ID
                        }
                left = {part for part in left if consumer.position(part) < ends[part]}
        finally:
            consumer.close()
    except KafkaError as error:
        raise Failure(f"The broker does not answer ({type(error).__name__}): nothing was destroyed.") from None
    return frozenset(found)
