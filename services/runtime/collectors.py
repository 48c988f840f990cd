"""Who may submit, as followed from the topic `collectors`. Tokens are known by their hash alone."""

import hashlib

from pydantic import ValidationError

from schemas.events import Collector
from schemas.message import NewerMessage
from schemas.topics import COLLECTORS
from services.runtime.follower import Follower
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings


def token_hash(token: str) -> str:
    """SHA-256 as hex. Tokens have 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class CollectorRegistry:
    def __init__(self, settings: KafkaSettings) -> None:
        self._collectors: dict[str, Collector] = {}
        self.follower = Follower(settings, COLLECTORS, self._change)

    def start(self) -> None:
        self.follower.start()

    def stop(self) -> None:
        self.follower.stop()

    @property
    def ready(self) -> bool:
        return self.follower.caught_up.is_set()

    def find(self, token: str) -> Collector | None:
        return self._collectors.get(token_hash(token))

    def all(self) -> dict[str, Collector]:
        """By token hash."""
        return dict(self._collectors)

    def _change(self, key: str, value: bytes | None) -> None:
        if value is None:
            self._collectors.pop(key, None)
            return
        try:
            self._collectors[key] = Collector.from_wire(value)
        except (NewerMessage, ValidationError) as error:
            logger().error("collector_unreadable", error=type(error).__name__)
