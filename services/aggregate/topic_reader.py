"""Where the data topics stand, from one connection to the broker that is kept."""

from contextlib import ExitStack, suppress

from kafka.errors import KafkaError

from services.aggregate.provision import Topics, topics
from services.runtime.admin import TopicAdmin, connect
from services.runtime.settings import KafkaSettings


class ClusterTopics:
    """Blocks; use each one from one thread. Raises kafka.errors.KafkaError, and connects anew at the next call."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._admin: TopicAdmin | None = None

    def __call__(self) -> Topics:
        try:
            if self._admin is None:
                self._admin = self._open.enter_context(connect(self._settings))
            return topics(self._admin)
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        self._admin = None
        with suppress(KafkaError):
            self._open.close()
