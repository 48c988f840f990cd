"""Topics in the cluster, through kafka-python's admin client: what is there, what should be, and the difference."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import (
    KafkaTimeoutError,
    LeaderNotAvailableError,
    NotLeaderForPartitionError,
    UnknownTopicOrPartitionError,
)

from schemas.topics import RESPONSES, SUBMISSIONS, TOPICS, Scope, Topic
from services.runtime.faults import OperatorStop
from services.runtime.settings import KafkaSettings

GROW_S = 60.0
"""For new partitions to get their leaders."""
KNOWN_S = 5.0
"""For a broker to hear of a topic that was made a moment ago, or of its leader: the one that is asked of the topics may
know it before the one that leads a partition. Shorter than a worker waits for an explanation (stream.EXPLAIN_S)."""
NOT_YET_KNOWN = (UnknownTopicOrPartitionError, NotLeaderForPartitionError, LeaderNotAvailableError)


@dataclass(frozen=True)
class Existing:
    """A topic as the cluster has it. `config` is what is in force, defaults included."""

    topic_id: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One line of the difference. `refused` says why it is not made; `kind` is create, partitions or config."""

    topic: str
    kind: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False
    partitions: int = 0


def wanted_partitions(topic: Topic, settings: KafkaSettings) -> int:
    return settings.partitions if topic.scope is Scope.DATA else 1


def wanted_config(topic: Topic, settings: KafkaSettings) -> dict[str, str]:
    return {**topic.config, "min.insync.replicas": str(settings.min_insync)}


def difference(settings: KafkaSettings, existing: Mapping[str, Existing]) -> list[Change]:
    """What provisioning would do, in the order of the table of topics. Pure.

    The settings say how many partitions the first start makes. More are added by `rihla partitions grow` alone, because
    their order matters; so a topic that has more is as it should be. Another replication is never made: it moves data
    and is the operator's to plan (kafka-reassign-partitions).
    """
    changes = []
    submissions = existing.get(settings.topic(SUBMISSIONS))
    for topic in TOPICS:
        name = settings.topic(topic.name)
        partitions, config = wanted_partitions(topic, settings), wanted_config(topic, settings)
        if topic.name == RESPONSES and submissions is not None:
            # An outcome goes to the partition number of its source.
            partitions = max(partitions, submissions.partitions)
        found = existing.get(name)
        if found is None:
            text = f"create with {partitions} partitions, replication {settings.replication}"
            changes.append(Change(name, "create", text, config, partitions=partitions))
            continue
        if partitions > found.partitions:
            text = (
                f"has {found.partitions} partitions, but {partitions} are wanted: `rihla partitions grow {partitions}`"
            )
            changes.append(Change(name, "partitions", text, refused=True))
        if settings.replication != found.replication:
            text = f"has replication {found.replication}, settings say {settings.replication}: reassign it yourself"
            changes.append(Change(name, "replication", text, refused=True))
        differing = {key: value for key, value in config.items() if found.config.get(key) != value}
        if differing:
            text = ", ".join(
                f"{key}: {found.config.get(key, 'default')} -> {value}" for key, value in differing.items()
            )
            changes.append(Change(name, "config", text, differing))
    return changes


class TopicsMissing(OperatorStop):
    """A data topic is not in the cluster."""


class TopicAdmin:
    """A connection for administration. Use `connect`."""

    def __init__(self, client: KafkaAdminClient, settings: KafkaSettings) -> None:
        self._client = client
        self._settings = settings

    def existing(self) -> dict[str, Existing]:
        """The topics of our table that the cluster has, by their name there."""
        wanted = {self._settings.topic(topic.name) for topic in TOPICS}
        present = [name for name in self._client.list_topics() if name in wanted]
        if not present:
            return {}
        described = self._client.describe_topics(present)
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
        configs = self._client.describe_configs(resources, config_filter="all")["topic"]
        return {
            topic["name"]: Existing(
                str(topic["topic_id"]),
                len(topic["partitions"]),
                len(topic["partitions"][0]["replica_nodes"]),
                {key: str(entry["value"]) for key, entry in configs[topic["name"]].items()},
            )
            for topic in described
        }

    def apply(self, changes: list[Change]) -> None:
        """Makes what `difference` lists. Raises `OperatorStop` if it lists something that is refused."""
        refused = [change for change in changes if change.refused]
        if refused:
            raise OperatorStop("; ".join(f"topic {change.topic} {change.text}" for change in refused))
        create = {
            change.topic: {
                "num_partitions": change.partitions,
                "replication_factor": self._settings.replication,
                "configs": dict(change.values),
            }
            for change in changes
            if change.kind == "create"
        }
        if create:
            self._client.create_topics(create)
            self._client.wait_for_topics(list(create))
        for change in changes:
            if change.kind == "config":
                resource = ConfigResource(ConfigResourceType.TOPIC, change.topic, dict(change.values))
                answer = self._client.alter_configs([resource])["topic"][change.topic]
                if answer != "OK":
                    raise OperatorStop(f"topic {change.topic} could not be changed: {answer}")

    def topic_ids(self) -> dict[str, str]:
        """Kafka's id of each data topic, by its name in schemas.topics: a topic made anew has another id.

        Raises `TopicsMissing` if one is not there."""
        names = {self._settings.topic(name): name for name in (SUBMISSIONS, RESPONSES)}
        # A topic that is not there is described as well, without an id.
        described = [topic for topic in self._client.describe_topics(list(names)) if topic["topic_id"]]
        found = {names[topic["name"]]: str(topic["topic_id"]) for topic in described}
        missing = [name for name, of_ours in names.items() if of_ours not in found]
        if missing:
            raise TopicsMissing(f"the topics {', '.join(missing)} are not there: provision first (`rihla up` does)")
        return found

    def partitions(self, topic: str) -> int:
        return len(self._client.describe_topics([self._settings.topic(topic)])[0]["partitions"])

    def start_offsets(self, topic: str) -> dict[int, int]:
        """Partition -> offset of the oldest record that is still there."""
        return self._offsets(topic, OffsetSpec.EARLIEST)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Partition -> offset that the next record will get."""
        return self._offsets(topic, OffsetSpec.LATEST)

    def _offsets(self, topic: str, spec: OffsetSpec) -> dict[int, int]:
        name = self._settings.topic(topic)
        deadline = time.monotonic() + KNOWN_S
        while True:
            asked = {TopicPartition(name, partition): spec for partition in range(self.partitions(topic))}
            try:
                return {tp.partition: found.offset for tp, found in self._client.list_partition_offsets(asked).items()}
            except NOT_YET_KNOWN:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def grow(self, topic: str, partitions: int) -> None:
        """Adds partitions, and returns when each has a leader. Raises kafka.errors.KafkaError."""
        name = self._settings.topic(topic)
        self._client.create_partitions({name: partitions})
        deadline = time.monotonic() + GROW_S
        while True:
            found = self._client.describe_topics([name])[0]["partitions"]
            if len(found) == partitions and all(one["leader_id"] >= 0 for one in found):
                return
            if time.monotonic() > deadline:
                raise KafkaTimeoutError(f"{name} has not got {partitions} partitions with a leader in {GROW_S:g} s")
            time.sleep(0.2)


@contextmanager
def connect(settings: KafkaSettings) -> Iterator[TopicAdmin]:
    """Raises kafka.errors.KafkaError when no broker answers."""
    client = KafkaAdminClient(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        request_timeout_ms=15_000,
        reconnect_backoff_max_ms=1000,
    )
    try:
        yield TopicAdmin(client, settings)
    finally:
        client.close()
