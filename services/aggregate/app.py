"""Entry point of aggregate: `python -m services.aggregate.app`."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping

from schemas.topics import RESPONSES
from services.aggregate import metrics
from services.aggregate.agent import Agent
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.filler import Filler
from services.aggregate.finder import Finder
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import topics
from services.aggregate.registering import Registrar
from services.aggregate.retention import closings
from services.aggregate.settings import Settings
from services.aggregate.sweeper import Sweeper
from services.aggregate.topic_guard import TopicLook
from services.runtime import logs
from services.runtime.erasure_topic import ErasureTopic
from services.runtime.kept_admin import KeptAdmin
from services.runtime.stream import Batching, Stream, end_process
from services.runtime.surveys import SurveyCatalogue
from services.runtime.topic_guard import TopicGuard
from services.runtime.watch import WatchServer


def main() -> None:
    settings = Settings()
    logs.configure(settings.log, metrics.SERVICE)
    # A core dump would hold answers, pseudonymised as they are.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        start = Start(settings)
    except Exception as fault:
        end_process(fault)
    start()


class Start:
    """Wires the parts, and starts and stops those around the stream."""

    def __init__(self, settings: Settings) -> None:
        mine = settings.aggregate
        self._catalogue = SurveyCatalogue(settings.kafka)
        self._store = MongoStore(
            settings.mongodb, lambda why: metrics.RETRIES.labels(why).inc(), self._is_changing_hands
        )
        registrar = Registrar(self._store, self._catalogue.versions)
        contributors = Contributors(self._catalogue.find, self._store.declare, registrar)
        self._topics = KeptAdmin(settings.kafka, topics)
        self._agent = Agent(
            self._store,
            contributors,
            self._topics,
            ErasureMemory(self._store, ErasureTopic(settings.kafka)),
            self._is_changing_hands,
        )
        self._guard = TopicGuard(TopicLook(KeptAdmin(settings.kafka, topics), lambda: self._agent.marks))
        batching = Batching(mine.batch_records, mine.batch_within_s)
        self._stream = Stream(
            settings.kafka,
            mine.group,
            RESPONSES,
            batching,
            self._agent.positions,
            self._agent.handle,
            explain=self._guard.explain,
        )
        self._watch = WatchServer(settings.watch, self._readiness)
        self._sweeper = Sweeper(
            self._store, self._agent, lambda: closings(self._catalogue.all_latest(), self._catalogue.closed)
        )
        self._finder = Finder(self._store, self._agent)
        self._filler = Filler(
            self._store, self._agent, registrar, self._catalogue.names, lambda: self._catalogue.rebuilds
        )
        self._tasks: list[asyncio.Task[None]] = []

    def __call__(self) -> None:
        self._watch.start()
        self._catalogue.start()
        self._stream.run(self._on_start, self._on_stop)

    def _is_changing_hands(self) -> bool:
        return self._stream.is_changing_hands

    def _readiness(self) -> Mapping[str, bool]:
        return {"surveys": self._catalogue.ready, "partitions": self._stream.joined}

    async def _on_start(self) -> None:
        parts = (self._guard.run, self._sweeper.run, self._finder.run, self._filler.run)
        self._tasks += [asyncio.create_task(self._run(part)) for part in parts]

    async def _on_stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._guard.close()
        self._sweeper.close()
        self._finder.close()
        self._filler.close()
        self._store.close()

    async def _run(self, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            end_process(fault)


if __name__ == "__main__":
    main()
