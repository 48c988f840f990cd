"""Carries out what cli.repair_plan says. Each step can be repeated; after an interruption the facts say what is
left."""

import time
from collections.abc import Iterator, Mapping, Sequence

from kafka import KafkaAdminClient, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.errors import NoError

from cli.repair_facts import group, read_records
from cli.repair_plan import Diagnosis, Facts
from deploy.local.failure import Failure
from schemas.events import Lost, Source
from schemas.topics import MAX_MESSAGE_BYTES, RESPONSES, SUBMISSIONS
from services.runtime.settings import KafkaSettings

UNCONFIRMED_BYTES = 2 * MAX_MESSAGE_BYTES
DELIVERY_MS = 120_000
"""As services.runtime.publish."""
LEAVING_S = 15.0
"""A worker that was killed is a member for six seconds more."""
POLL_S = 0.3
EMPTY = frozenset({"Empty", "Dead"})


def wait_until_stopped(settings: KafkaSettings) -> None:
    """Returns once validate's group has no member. Raises `Failure` if it keeps one."""
    client = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers.split(","), request_timeout_ms=15_000)
    try:
        deadline = time.monotonic() + LEAVING_S
        while str(client.describe_groups([group(settings)])[group(settings)]["group_state"]) not in EMPTY:
            if time.monotonic() > deadline:
                raise Failure("Validate runs: stop all of its workers, call this again, and start them.")
            time.sleep(POLL_S)
    finally:
        client.close()


def write_outcomes(settings: KafkaSettings, facts: Facts, diagnosis: Diagnosis) -> None:
    """Writes the outcomes of `diagnosis.write` to `responses`, in the order of their sources: again where they are
    there, else as lost. Returns when all in-sync replicas have them. Raises kafka.errors.KafkaError."""
    if diagnosis.write is None:
        return
    partition = diagnosis.partition
    waiting, waiting_bytes = [], 0
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        acks="all",
        delivery_timeout_ms=DELIVERY_MS,
        max_request_size=MAX_MESSAGE_BYTES,
        reconnect_backoff_max_ms=1000,
    )
    try:
        for value in _values(settings, facts, *diagnosis.write):
            waiting.append(producer.send(settings.topic(RESPONSES), value=value, partition=partition))
            waiting_bytes += len(value)
            if waiting_bytes >= UNCONFIRMED_BYTES:
                _confirm(waiting)
                waiting, waiting_bytes = [], 0
        _confirm(waiting)
    finally:
        producer.close(timeout=5)


def rewind(settings: KafkaSettings, offsets: Mapping[int, int]) -> None:
    """Sets the offsets from which validate reads, which must not run. Raises `Failure`."""
    if not offsets:
        return
    client = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers.split(","), request_timeout_ms=15_000)
    topic = settings.topic(SUBMISSIONS)
    wanted = {TopicPartition(topic, at): OffsetAndMetadata(offset, "", -1) for at, offset in offsets.items()}
    try:
        answers = client.alter_group_offsets(group(settings), wanted)
    finally:
        client.close()
    refused = {type_.__name__ for type_ in answers.values() if type_ is not NoError}
    if refused:
        raise Failure(f"The broker does not set validate's offsets ({', '.join(sorted(refused))}): does validate run?")


def _values(settings: KafkaSettings, facts: Facts, first: int, end: int) -> Iterator[bytes]:
    there: dict[int, int] = {}
    for offset, source in facts.outcomes:
        if first <= source < end:
            there.setdefault(source, offset)
    copies = _read(settings, facts.mark.partition, [there[source] for source in sorted(there)])
    now_ms = round(time.time() * 1000)
    for source in range(first, end):
        if source in there:
            yield next(copies)
        else:
            place = Source(topic_id=facts.submissions_id, partition=facts.mark.partition, offset=source, at_ms=now_ms)
            yield Lost(kind="lost", source=place).to_wire()


def _read(settings: KafkaSettings, partition: int, offsets: Sequence[int]) -> Iterator[bytes]:
    """The records at these offsets of `responses`, in this order, which mostly ascends."""
    begin = 0
    while begin < len(offsets):
        end = begin + 1
        while end < len(offsets) and offsets[end] > offsets[end - 1]:
            end += 1
        wanted = set(offsets[begin:end])
        for _, offset, value in read_records(settings, {partition: (offsets[begin], offsets[end - 1] + 1)}):
            if offset in wanted:
                yield value or b""
        begin = end


def _confirm(waiting: Sequence) -> None:  # type: ignore[type-arg]
    for future in waiting:
        future.get(timeout=DELIVERY_MS / 1000)
