"""The simulator's truth and the pipeline's decisions agree on the reference survey, without a broker or a database.

Both are computed on their own from the same respondents: the truth from their attributes, the tables from what
validate and aggregate make of their XML and JSON.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from cli.accounts import account
from cli.compare import differences, integers
from cli.field import REFERENCE
from cli.fieldwork.history import planned
from cli.fieldwork.plan import Interface, Plan, Scenario, make
from cli.fieldwork.submission import SURVEY, VERSION, Instance, as_json, as_xml
from cli.log_ends import LogEnds
from cli.table_figures import figures
from cli.verdict import judge as verdict_of
from schemas.events import BodyFormat, Refusal, Rejection, Response, Submission, read_outcome
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from schemas.tables.cells import Deltas, Page, applied
from schemas.tables.layout import layouts
from schemas.tables.psu_runs import Sums, gather, runs
from services.aggregate.batch import BatchWriter
from services.aggregate.contributor import Contributor
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.slots import Arrival, Kind
from services.aggregate.watermark import Arrived, Watermark, plan
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer
from services.validate.outcome import Letter
from services.validate.verdict import Verdicts

PARTITIONS = 3

PLAN = make(Scenario(seed=11, phones=8, submissions=300, invalid=0.1, edits=0.2, refusals=0.05))


class OneSurvey:
    def __init__(self, survey: SurveyDefinition) -> None:
        self._survey = survey

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return self._survey if (survey, version) == (self._survey.survey, self._survey.version) else None

    def latest(self, survey: str) -> SurveyDefinition | None:
        return self._survey


@pytest.fixture(scope="module")
def survey() -> SurveyDefinition:
    compiled = compile_survey(REFERENCE)
    assert compiled.publishable is not None, compiled.findings
    return compiled.publishable


@pytest.fixture(scope="module")
def judge(survey: SurveyDefinition, tmp_path_factory: pytest.TempPathFactory) -> "Judge":
    return Judge(survey, tmp_path_factory.mktemp("keys"))


class Judge:
    """Seals an instance as ingest does, and has validate judge it."""

    def __init__(self, survey: SurveyDefinition, folder: Path) -> None:
        keys.create(folder)
        keys.create_survey_secret(folder, survey.survey)
        public, private = keys.load_public(folder), keys.load_private(folder)
        self._sealer = Sealer(public.sealing_id, public.sealing)
        self._verdicts = Verdicts(Opener(private.sealing), private, OneSurvey(survey), "topic", on_fault=self._fail)

    def __call__(self, instance: Instance, interface: Interface) -> object:
        xml = interface is Interface.OPENROSA
        submission = Submission(
            kind="submission",
            survey=SURVEY,
            version=VERSION,
            instance=instance.id,
            replaces=instance.replaces,
            format=BodyFormat.XML if xml else BodyFormat.JSON,
            body=(as_xml(instance) if xml else as_json(instance)).decode(),
            collector="c",
            received_ms=0,
        )
        letter = Letter(0, 0, 0, self._sealer.key_id, self._sealer.seal(submission.to_wire()))
        return read_outcome(self._verdicts(letter).wire)

    def _fail(self, fault: BaseException, _: Letter) -> None:
        raise fault


@pytest.mark.parametrize("interface", Interface)
def test_each_submission_is_judged_as_it_was_made(judge: Judge, interface: Interface) -> None:
    for instance in _instances(PLAN):
        outcome = judge(instance, interface)
        if instance.fault is not None:
            assert isinstance(outcome, Rejection), instance.fault
        elif not instance.respondent.consent:
            assert isinstance(outcome, Refusal)
        else:
            assert isinstance(outcome, Response)
            assert outcome.notes == []


@pytest.mark.parametrize("interface", Interface)
def test_the_tables_of_what_counts_equal_the_truth(
    judge: Judge, survey: SurveyDefinition, interface: Interface
) -> None:
    expected = planned(PLAN)
    contributor = Contributor(survey)
    deltas = Deltas()
    sums: Sums = {}
    for name, respondent in expected.outcomes.counted.items():
        outcome = judge(Instance(name, respondent), interface)
        assert isinstance(outcome, Response)
        contribution = contributor(outcome)
        deltas.add(contribution)
        gather(sums, contribution)
    pages = applied(Page.empty(SURVEY, 0), deltas)
    texts = [run.sums for run in runs(SURVEY, 0, "0-1", 0, sums)]
    shown = figures(layouts(survey), pages, texts)
    assert integers(expected.figures) > 1000
    assert differences(expected.figures, shown) == []


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_partitions_are_read_the_tables_and_classes_equal_the_truth(
    judge: Judge, survey: SurveyDefinition, seed: int
) -> None:
    """Each phone's queue in its order, phones and partitions interleaved at random, read in batches of any size."""
    rng = Random(seed)
    contributor = Contributor(survey)
    logs: list[list[Arrival]] = [[] for _ in range(PARTITIONS)]
    for instance in _interleaved(rng, PLAN):
        partition = crc32((instance.replaces or instance.id).encode()) % PARTITIONS
        outcome = judge(instance, Interface.JSON)
        logs[partition].append(_arrival(outcome, contributor, partition, len(logs[partition])))
    marks = {partition: Watermark(partition, "responses", "submissions", 0, 0) for partition in range(PARTITIONS)}
    store = MemoryStore(MemoryDatabase(marks.values()))
    store.acquire(marks)
    writer = BatchWriter(store)
    while waiting := [partition for partition in marks if marks[partition].responses_next < len(logs[partition])]:
        partition = rng.choice(waiting)
        first = marks[partition].responses_next
        batch = logs[partition][first : first + rng.randint(1, 20)]
        records = [Arrived(partition, one.offset, partition, one.offset, "submissions") for one in batch]
        marks |= writer.apply(marks, plan(marks, records).after, batch).watermarks
    expected = planned(PLAN)
    shown = figures(layouts(survey), store.live_pages(SURVEY), store.live_runs(SURVEY))
    ends = {partition: len(log) for partition, log in enumerate(logs)}
    verdict = verdict_of(
        expected, account(LogEnds(ends, ends), store.watermarks()), 0, 0, differences(expected.figures, shown)
    )
    assert verdict.good, verdict


def _interleaved(rng: Random, fieldwork: Plan) -> Iterator[Instance]:
    queues = [[delivery.instance for delivery in phone.deliveries] for phone in fieldwork.phones]
    while queues := [queue for queue in queues if queue]:
        yield rng.choice(queues).pop(0)


def _arrival(outcome: object, contributor: Contributor, partition: int, offset: int) -> Arrival:
    match outcome:
        case Response():
            return Arrival(
                Kind.RESPONSE, partition, offset, 0, outcome.survey, outcome.version, outcome.instance,
                outcome.replaces, outcome.fingerprint, contributor(outcome), b"{}",
            )  # fmt: skip
        case Refusal():
            return Arrival(
                Kind.REFUSAL, partition, offset, 0, outcome.survey, outcome.version, outcome.instance, outcome.replaces
            )
        case Rejection():
            return Arrival(
                Kind.REJECTION, partition, offset, 0, outcome.survey, outcome.version, outcome.instance,
                outcome.replaces, reasons=tuple(outcome.reasons),
            )  # fmt: skip
    raise AssertionError(outcome)


def _instances(fieldwork: Plan) -> list[Instance]:
    return [delivery.instance for phone in fieldwork.phones for delivery in phone.deliveries]
