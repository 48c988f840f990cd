"""A question to the broker that is asked again and again, over one connection that is kept."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Generic, TypeVar

from kafka.errors import KafkaError

from services.runtime.admin import TopicAdmin, connect
from services.runtime.settings import KafkaSettings

T = TypeVar("T")


class KeptAdmin(Generic[T]):
    """Blocks; use it from one thread. Raises kafka.errors.KafkaError, and connects anew at the next call; and what
    `ask` raises."""

    def __init__(self, settings: KafkaSettings, ask: Callable[[TopicAdmin], T]) -> None:
        self._settings = settings
        self._ask = ask
        self._open = ExitStack()
        self._admin: TopicAdmin | None = None

    def __call__(self) -> T:
        try:
            if self._admin is None:
                self._admin = self._open.enter_context(connect(self._settings))
            return self._ask(self._admin)
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        self._admin = None
        with suppress(KafkaError):
            self._open.close()
