"""How many records the data topics hold, asked of the broker itself."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from deploy.local.failure import Failure
from schemas.topics import RESPONSES, SUBMISSIONS
from services.runtime.settings import KafkaSettings


@dataclass(frozen=True)
class LogEnds:
    """The end offset of each partition: how many records were ever written to it."""

    submissions: dict[int, int]
    responses: dict[int, int]

    @property
    def accepted(self) -> int:
        return sum(self.submissions.values())

    @property
    def judged(self) -> int:
        return sum(self.responses.values())


class LogReader:
    """Use as a context manager. Not for several threads at once."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: KafkaConsumer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def ends(self) -> LogEnds:
        """Raises `Failure` if the broker does not answer."""
        try:
            if self._consumer is None:
                self._consumer = KafkaConsumer(
                    bootstrap_servers=self._settings.bootstrap_servers.split(","), enable_auto_commit=False
                )
            return LogEnds(self._of(self._consumer, SUBMISSIONS), self._of(self._consumer, RESPONSES))
        except KafkaError as error:
            raise Failure(f"The broker does not answer ({type(error).__name__}): see `rihla status`.") from None

    def _of(self, consumer: KafkaConsumer, topic: str) -> dict[int, int]:
        name = self._settings.topic(topic)
        # As many as there are, which can be more than at the first start; asked anew, because more can be added.
        consumer.topics()
        found = consumer.partitions_for_topic(name) or set(range(self._settings.partitions))
        partitions = [TopicPartition(name, number) for number in sorted(found)]
        return {partition.partition: end for partition, end in consumer.end_offsets(partitions).items()}
