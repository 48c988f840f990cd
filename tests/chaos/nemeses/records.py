"""Records that nobody should write, and a committed offset that ran ahead."""

import time
from random import Random

import orjson
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from schemas.events import HEADER_KEY_ID
from schemas.topics import RESPONSES, SUBMISSIONS
from services.runtime.keys import load_public
from services.runtime.sealing import Sealer
from tests.chaos.nemesis import WORKER_GOAL_S, Nemesis
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

POISON = 5
"""In a row: far from the 50 at which validate stops for the operator."""
REPEATED = 60
LAST = 200
"""A zombie repeats what it had in its hands, not what was long ago."""
DELIVERY_MS = 180_000
AHEAD = 25
END_S = 30.0
READY_S = 300.0
PATIENCE_S = 180.0
PAUSE_S = 0.3


def poison(stage: Stage, random: Random) -> Struck:
    """Straight to `submissions`: noise, plain text, sealed nonsense, a box for another key."""
    public = load_public(stage.world.settings.keys.folder)
    sealer = Sealer(public.sealing_id, public.sealing)
    values = [
        random.randbytes(200),
        b"not sealed at all",
        sealer.seal(b"sealed and no JSON"),
        sealer.seal(orjson.dumps({"kind": "submission", "survey": "household-migration"})),
        b"",
    ]
    headers = [(HEADER_KEY_ID, random.choice((public.sealing_id.encode(), b"no-such-key")))]
    _write(stage, SUBMISSIONS, [(random.randrange(4), None, value, headers) for value in values[:POISON]])
    stage.wrote("rejected", len(values[:POISON]))
    return Struck(time.monotonic())


def repeat_outcomes(stage: Stage, random: Random) -> Struck:
    """Outcomes of a moment ago once more, as a zombie or an older worker writes them that does not know better."""
    partition = random.randrange(stage.world.partitions)
    deadline = time.monotonic() + PATIENCE_S
    found: list[tuple[bytes | None, bytes]] = []
    while not found:
        try:
            found = _last_outcomes(stage, partition)
        except KafkaError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_S)
    first = random.randrange(max(1, len(found) - REPEATED))
    again = found[first : first + REPEATED]
    _write(stage, RESPONSES, [(partition, key, value, []) for key, value in again])
    return Struck(time.monotonic())


def offset_ahead(stage: Stage, random: Random) -> Struck:
    """Both validate down, their committed offsets set beyond what they have judged, and up again."""
    names = ("validate-1", "validate-2")
    for name in names:
        stage.world.wait_ready(name, READY_S)
    for name in names:
        stage.world.kill(name, hold=True)
    try:
        _commit_ahead(stage)
    finally:
        for name in names:
            stage.world.release(name)
    return Struck(time.monotonic())


def _commit_ahead(stage: Stage) -> None:
    settings = stage.world.settings.kafka
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers.split(","))
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers.split(","), enable_auto_commit=False)
    try:
        topic = settings.topic(SUBMISSIONS)
        ends = consumer.end_offsets([TopicPartition(topic, each) for each in range(stage.world.partitions)])
        ahead = {partition: OffsetAndMetadata(end + AHEAD, "", -1) for partition, end in ends.items()}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            # Refused until the sessions of the two that were killed are over.
            answer = admin.alter_group_offsets(settings.prefix + "validate", ahead)
            refused = {getattr(error, "__name__", str(error)) for error in answer.values()} - {"NoError"}
            if not refused:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"the group's offsets could not be set: {sorted(refused)}")
            time.sleep(PAUSE_S)
    finally:
        consumer.close()
        admin.close()


def _last_outcomes(stage: Stage, partition: int) -> list[tuple[bytes | None, bytes]]:
    settings = stage.world.settings.kafka
    consumer = KafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers.split(","), enable_auto_commit=False, request_timeout_ms=10_000
    )
    try:
        tp = TopicPartition(settings.topic(RESPONSES), partition)
        consumer.assign([tp])
        end = consumer.end_offsets([tp])[tp]
        consumer.seek(tp, max(0, end - LAST))
        found: list[tuple[bytes | None, bytes]] = []
        deadline = time.monotonic() + END_S
        while consumer.position(tp) < end and time.monotonic() < deadline:
            for record in consumer.poll(timeout_ms=500).get(tp, ()):
                found.append((record.key, record.value))
        return found
    finally:
        consumer.close()


def _write(stage: Stage, topic: str, records: list[tuple[int, bytes | None, bytes, list[tuple[str, bytes]]]]) -> None:
    """Returns when all are acknowledged; the idempotent producer writes each once."""
    settings = stage.world.settings.kafka
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap_servers.split(","), acks="all", delivery_timeout_ms=DELIVERY_MS,
        reconnect_backoff_max_ms=1000,
    )  # fmt: skip
    try:
        sent = [
            producer.send(settings.topic(topic), value=value, key=key, headers=headers, partition=partition)
            for partition, key, value, headers in records
        ]
        for future in sent:
            future.get(timeout=DELIVERY_MS / 1000 + 5)
    finally:
        producer.close(timeout=5)


NEMESES = (
    Nemesis("poison_records", frozenset({"records"}), poison, weight=3, goal_s=WORKER_GOAL_S),
    Nemesis("repeated_outcomes", frozenset({"records"}), repeat_outcomes, weight=3, goal_s=WORKER_GOAL_S),
    Nemesis("committed_offset_ahead", frozenset({"validate", "brokers"}), offset_ahead),
)
