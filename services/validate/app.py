"""Entry point of validate: `python -m services.validate.app`."""

import asyncio
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kafka.errors import KafkaError
from nacl.public import PrivateKey

from schemas.topics import SUBMISSIONS
from services.runtime import keys, logs
from services.runtime.admin import connect
from services.runtime.faults import Fatal, OperatorStop
from services.runtime.kept_admin import KeptAdmin
from services.runtime.logs import logger, places
from services.runtime.sealing import Opener
from services.runtime.settings import KafkaSettings
from services.runtime.stream import Batching, Stream, end_process
from services.runtime.surveys import SurveyCatalogue
from services.runtime.topic_guard import TopicGuard, extent, look_at
from services.runtime.topic_loss import TopicLoss
from services.runtime.watch import WatchServer
from services.validate import metrics
from services.validate.agent import FLUSH_S, Agent
from services.validate.compiled import CompiledSurvey
from services.validate.dlq_limit import DlqLimit
from services.validate.encrypted_forms import EncryptedForms
from services.validate.form_keys import FormKeys
from services.validate.outcome import Letter
from services.validate.producer import OutcomeProducer
from services.validate.settings import Settings
from services.validate.start import Range, start_of
from services.validate.tail import read_tails
from services.validate.verdict import Verdicts

MAX_DEPENDENCE = 20_000
"""Python calls within each other: a form in which 1,000 questions each depend on the next needs 4,000."""


def main() -> None:
    settings = Settings()
    logs.configure(settings.log, metrics.SERVICE)
    sys.setrecursionlimit(MAX_DEPENDENCE)
    # A core dump would hold answers and keys.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        stream = _wire(settings)
    except Exception as fault:
        end_process(fault)
    stream()


def _wire(settings: Settings) -> "Start":
    private = keys.load_private(settings.keys.folder)
    topic_id = _topic_id(settings.kafka)
    catalogue = SurveyCatalogue(settings.kafka)
    producer = OutcomeProducer(settings.kafka)
    mine = settings.validate_
    forms = FormKeys(settings.keys.folder, mine.form_key_passphrase.get_secret_value(), _log_unusable)
    verdicts = Verdicts(
        Opener(private.sealing, lambda: _look_again(settings.keys.folder)),
        private,
        catalogue,
        topic_id,
        _log_fault,
        _log_compiled,
        EncryptedForms(forms),
        catalogue.data_files,
    )
    agent = Agent(verdicts, producer, DlqLimit(mine.dlq_limit), _Starts(settings.kafka, topic_id))
    batching = Batching(mine.batch_records, mine.batch_within_s)
    reader, loss = KeptAdmin(settings.kafka, extent(SUBMISSIONS)), TopicLoss(SUBMISSIONS, topic_id)
    guard = TopicGuard(look_at(reader, loss, lambda: stream.positions))
    stream = Stream(
        settings.kafka,
        mine.group,
        SUBMISSIONS,
        batching,
        agent.positions,
        agent.handle,
        agent.undone,
        guard.explain,
    )
    return Start(settings, stream, agent, producer, catalogue, guard)


class Start:
    """Starts and stops the parts around the stream."""

    def __init__(
        self,
        settings: Settings,
        stream: Stream,
        agent: Agent,
        producer: OutcomeProducer,
        catalogue: SurveyCatalogue,
        guard: TopicGuard,
    ) -> None:
        self._stream = stream
        self._agent = agent
        self._producer = producer
        self._catalogue = catalogue
        self._guard = guard
        self._watch = WatchServer(settings.watch, self._readiness)
        self._tasks: list[asyncio.Task[None]] = []

    def __call__(self) -> None:
        self._watch.start()
        self._catalogue.start()
        self._stream.run(self._on_start, self._on_stop)

    def _readiness(self) -> Mapping[str, bool]:
        return {
            "surveys": self._catalogue.ready,
            "producer": self._producer.started,
            "partitions": self._stream.joined,
        }

    async def _on_start(self) -> None:
        await self._producer.start()
        self._tasks += [asyncio.create_task(self._run(part)) for part in (self._flush, self._guard.run)]

    async def _on_stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._guard.close()
        await self._producer.stop()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await self._agent.flush_held()

    async def _run(self, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            end_process(fault)


class _Starts:
    """Where to start in each partition, as the broker has it now."""

    def __init__(self, settings: KafkaSettings, topic_id: str) -> None:
        self._settings = settings
        self._topic_id = topic_id

    def __call__(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        if not committed:
            return {}
        # Before the ends: what an older worker writes in between must not look like a topic that lost its end.
        tails = read_tails(self._settings, committed)
        with connect(self._settings) as admin:
            present = admin.topic_ids()[SUBMISSIONS]
            first, end = admin.start_offsets(SUBMISSIONS), admin.end_offsets(SUBMISSIONS)
        if present != self._topic_id:
            raise OperatorStop(f"`submissions` was made anew while validate ran: its id is {present} now.")
        return {
            partition: start_of(
                partition,
                offset,
                tails[partition].outcomes,
                tails[partition].ever_written,
                Range(first[partition], end[partition]),
                present,
            )
            for partition, offset in committed.items()
        }


def _topic_id(settings: KafkaSettings) -> str:
    try:
        with connect(settings) as admin:
            return admin.topic_ids()[SUBMISSIONS]
    except KafkaError as error:
        raise Fatal(f"the broker at {settings.bootstrap_servers} does not answer ({type(error).__name__})") from None


def _look_again(folder: Path) -> Mapping[str, PrivateKey]:
    """The sealing keys that are there now. What cannot be read is no reason to stop at a record."""
    try:
        return keys.private_sealing_keys(folder)
    except OperatorStop as fault:
        logger().error("keys_not_readable", reason=str(fault))
        return {}


def _log_fault(fault: BaseException, letter: Letter) -> None:
    logger().error(
        "record_failed",
        fault=type(fault).__name__,
        at=places(fault),
        partition=letter.partition,
        offset=letter.offset,
    )


def _log_unusable(name: str, why: str) -> None:
    logger().error("form_key_unusable", file=name, reason=why)


def _log_compiled(survey: CompiledSurvey) -> None:
    definition = survey.definition
    metrics.DROPPED_FIELDS.labels(definition.survey).set(len(definition.fields) - survey.anonymiser.leaving)
    unsupported = survey.judge.unsupported
    metrics.UNSUPPORTED_RULES.labels(survey.definition.survey).set(len(unsupported))
    if unsupported:
        logger().warning("rules_not_enforced", survey=survey.definition.key, paths=unsupported)


if __name__ == "__main__":
    main()
