"""How long after a fault what phones are told is safe shows up in the ledger again, in every partition; and whether
the law of conservation holds then."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from aiokafka.partitioner import DefaultPartitioner
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from deploy.local.failure import Failure
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate.mongo_documents import watermark
from services.aggregate.slots import State
from services.aggregate.watermark import Watermark
from services.runtime.keys import load_public
from services.runtime.settings import ServiceSettings
from tests.chaos.history import Acknowledged, Recent
from tests.chaos.load import Load
from tests.chaos.world import World

POLL_S = 0.1
CANDIDATES = 6
"""Submissions to look for in each partition: all of them are on their way, and the first is enough."""
SHOWN = {State.COUNTED.value, State.SUPERSEDED.value, State.WITHDRAWN.value, State.REFUSED.value}

T = TypeVar("T")


@dataclass(frozen=True)
class Struck:
    """A fault that is over. Recovery counts from `since_s` (monotonic): the end of a hindrance, or a kill; of a kill
    only submissions count that a phone began to send afterwards."""

    since_s: float
    killed: bool = False


class Watcher:
    """Looks at the ledger as the database's administrator, straight, and at the topics as an operator."""

    def __init__(self, world: World, survey: str, recent: Recent) -> None:
        self._world = world
        self._survey = survey
        self._recent = recent
        self._settings: ServiceSettings = world.settings
        self.hash_of: Callable[[str], str] = _hasher(self._settings, survey)
        self._partition_of = DefaultPartitioner()
        self._client = world.root()

    def close(self) -> None:
        self._client.close()

    def recovered(self, struck: Struck, deadline_s: float, load: Load) -> float:
        """Seconds from the end of a fault until a newly acknowledged submission of each partition is in the ledger.
        Raises `Failure` when the deadline is over."""
        seen: dict[int, float] = {}
        deadline = time.monotonic() + deadline_s
        while len(seen) < self._world.partitions:
            self._world.check()
            load.check()
            if time.monotonic() > deadline:
                missing = sorted(set(range(self._world.partitions)) - seen.keys())
                raise Failure(
                    f"no recovery after {deadline_s:g} s in the partitions {missing}: {self._world.described()}; "
                    f"{self.positions()}"
                )
            waiting = self._waiting(struck, seen)
            there = self._shown([name for names in waiting.values() for name in names])
            now = time.monotonic()
            seen |= {partition: now - struck.since_s for partition, names in waiting.items() if there & set(names)}
            time.sleep(POLL_S)
        return max(seen.values())

    def law(self, deadline_s: float, load: Load) -> None:
        """Takes the ends of `submissions`, and waits until all that was accepted so far is in a class; at each look the
        classes must add up to the watermarks. Raises `Failure`."""
        deadline = time.monotonic() + deadline_s
        ends = self._patient(self._ends, deadline)
        while True:
            marks = self._patient(self.watermarks, deadline)
            for mark in marks:
                in_classes = sum(number for numbers in mark.classes.values() for number in numbers.values())
                if in_classes != mark.accounted:
                    raise Failure(
                        f"partition {mark.partition}: the classes add up to {in_classes}, but {mark.accounted} are "
                        "accounted for"
                    )
            if all(mark.submissions_next >= ends[mark.partition] for mark in marks):
                break
            self._world.check()
            load.check()
            if time.monotonic() > deadline:
                raise Failure(f"what was accepted is not in a class after {deadline_s:g} s: {self.positions()}")
            time.sleep(POLL_S)
        accounted = {mark.partition: mark.submissions_next for mark in marks}
        accepted = self._patient(self._ends, deadline)
        ahead = {partition for partition, end in accepted.items() if accounted[partition] > end}
        if ahead:
            raise Failure(f"more is accounted for than was accepted in the partitions {sorted(ahead)}")

    def watermarks(self) -> list[Watermark]:
        """PyMongoError if the database does not answer."""
        found = self._client[self._settings.mongodb.ledger].watermarks.find()
        return [watermark(document) for document in found]

    def positions(self) -> str:
        """For a message: how far each partition is."""
        try:
            marks = {mark.partition: (mark.submissions_next, mark.responses_next) for mark in self.watermarks()}
            return f"watermarks {marks}, ends of submissions {self._ends()}, of responses {self._ends(RESPONSES)}"
        except (PyMongoError, KafkaError) as error:
            return f"positions cannot be read ({type(error).__name__})"

    def _waiting(self, struck: Struck, seen: Mapping[int, float]) -> dict[int, list[str]]:
        """Hashes of the first submissions of each partition that would prove that it moves again."""

        def proves(one: Acknowledged) -> bool:
            return (one.begun_s if struck.killed else one.at_s) > struck.since_s

        found: dict[int, list[str]] = defaultdict(list)
        partitions = list(range(self._world.partitions))
        for one in self._recent.where(proves):
            name = self.hash_of(one.instance)
            partition = self._partition_of(name.encode("ascii"), partitions, partitions)
            if partition not in seen and len(found[partition]) < CANDIDATES:
                found[partition].append(name)
            if all(len(found[each]) >= CANDIDATES for each in partitions if each not in seen):
                break
        return dict(found)

    def _shown(self, names: list[str]) -> set[str]:
        if not names:
            return set()
        slots = self._client[self._settings.mongodb.ledger].slots
        try:
            found = slots.find({"_id": {"$in": names}}, {"_id": 1, "state": 1})
            return {str(slot["_id"]) for slot in found if slot["state"] in SHOWN}
        except PyMongoError:
            return set()

    def _ends(self, topic: str = SUBMISSIONS) -> dict[int, int]:
        """KafkaError if the brokers do not answer."""
        consumer = KafkaConsumer(
            bootstrap_servers=self._settings.kafka.bootstrap_servers.split(","),
            enable_auto_commit=False,
            request_timeout_ms=5_000,
        )
        try:
            name = self._settings.kafka.topic(topic)
            wanted = [TopicPartition(name, partition) for partition in range(self._world.partitions)]
            return {found.partition: int(end) for found, end in consumer.end_offsets(wanted).items()}
        finally:
            consumer.close()

    def _patient(self, ask: Callable[[], T], deadline: float) -> T:
        while True:
            try:
                return ask()
            except (PyMongoError, KafkaError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)


def _hasher(settings: ServiceSettings, survey: str) -> Callable[[str], str]:
    of = load_public(settings.keys.folder).instance_hash
    return lambda instance: of(survey, instance)
