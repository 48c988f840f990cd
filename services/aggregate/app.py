"""Entry point of aggregate: `python -m services.aggregate.app`."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from kafka.errors import KafkaError

from schemas.topics import RESPONSES
from services.aggregate import metrics
from services.aggregate.agent import Agent
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.finder import Finder
from services.aggregate.mongo_store import MongoStore
from services.aggregate.retention import closings
from services.aggregate.settings import Settings
from services.aggregate.sweeper import Sweeper
from services.aggregate.topic_reader import ClusterTopics
from services.runtime import logs
from services.runtime.erasure_topic import ErasureTopic
from services.runtime.logs import logger
from services.runtime.stream import Batching, Stream, end_process
from services.runtime.surveys import SurveyCatalogue
from services.runtime.watch import WatchServer

IN_FLIGHT_S = 5.0
"""How often the ends of the topics are asked for, to show what is in flight."""


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
        self._store = MongoStore(settings.mongodb, lambda why: metrics.RETRIES.labels(why).inc())
        contributors = Contributors(self._catalogue.find, self._store.declare)
        self._topics = ClusterTopics(settings.kafka)
        self._agent = Agent(
            self._store, contributors, self._topics, ErasureMemory(self._store, ErasureTopic(settings.kafka))
        )
        batching = Batching(mine.batch_records, mine.batch_within_s)
        self._stream = Stream(
            settings.kafka, mine.group, RESPONSES, batching, self._agent.positions, self._agent.handle
        )
        self._watch = WatchServer(settings.watch, self._readiness)
        self._ends = ClusterTopics(settings.kafka)
        self._sweeper = Sweeper(
            self._store, self._agent, lambda: closings(self._catalogue.all_latest(), self._catalogue.closed)
        )
        self._finder = Finder(self._store, self._agent)
        self._tasks: list[asyncio.Task[None]] = []

    def __call__(self) -> None:
        self._watch.start()
        self._catalogue.start()
        self._stream.run(self._on_start, self._on_stop)

    def _readiness(self) -> Mapping[str, bool]:
        return {"surveys": self._catalogue.ready, "partitions": self._stream.joined}

    async def _on_start(self) -> None:
        self._tasks += [asyncio.create_task(self._look())]
        self._tasks += [asyncio.create_task(self._run(part)) for part in (self._sweeper.run, self._finder.run)]

    async def _on_stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._sweeper.close()
        self._finder.close()
        self._store.close()

    async def _run(self, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            end_process(fault)

    async def _look(self) -> None:
        """Shows what is in flight in the partitions of this worker."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="ends")
        while True:
            try:
                ends = (await asyncio.get_running_loop().run_in_executor(thread, self._ends)).submissions_end
                for partition, mark in self._agent.marks.items():
                    in_flight = max(0, ends[partition] - mark.submissions_next)
                    metrics.IN_FLIGHT_RECORDS.labels(str(partition)).set(in_flight)
            except KafkaError as error:
                logger().warning("ends_not_readable", fault=type(error).__name__)
            except asyncio.CancelledError:
                raise
            except BaseException as fault:
                end_process(fault)
            await asyncio.sleep(IN_FLIGHT_S)


if __name__ == "__main__":
    main()
