"""Makes one release: looks at the databases, lets `protect` decide, writes. Fails closed: whatever is not as it should
be, nothing comes out, with a code that says why."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.survey.definition import SurveyDefinition
from schemas.tables.generations import Generations
from services.release.documents import cell_documents, edition, release_document
from services.release.epoch import Moment, epoch
from services.release.inputs import Inputs, Position, since, watermark
from services.release.live_tables import Plan, live_tables, plans, same_people
from services.release.policy import Policy
from services.release.problems import NotReleased, Problem
from services.release.protect import Memory, Release, protect
from services.release.single_contributions import SingleContributions
from services.release.store import Made, MadeElsewhere, Record, ReleaseStore, Unavailable
from services.release.stored_inputs import StoredInputs

MOST_CELLS = 100_000
"""Of a release: it is one transaction, which MongoDB ends after a minute."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`moved` is how many respondents have moved since the last release, where it was counted: for operators' eyes
    alone, never for a log or a metric that others read."""

    reason: NotReleased
    moved: int | None = None


@dataclass(frozen=True)
class Surroundings:
    """What the maker asks of others. `versions` are those of a survey in the order of their publication. `closed_ms` is
    when it was closed, None while it is open. `ends` are the end offsets of `submissions` now. `unapplied_erasures`
    counts those that the database does not have."""

    versions: Callable[[str], Sequence[SurveyDefinition]]
    closed_ms: Callable[[str], int | None]
    key: Callable[[str], bytes | None]
    ends: Callable[[], Mapping[int, int]]
    unapplied_erasures: Callable[[], int]
    now_ms: Callable[[], int]


@dataclass
class Maker:
    """`closing_after_ms`: how long after a survey was closed its input may still come in, because ingest follows the
    closing as every service does."""

    store: ReleaseStore
    around: Surroundings
    policy: Policy
    closing_after_ms: int
    _last_ends: dict[str, Mapping[int, int]] = field(default_factory=dict)

    def make(self, survey: str) -> Release | Refused:
        """The next release of a survey, written; once it is closed, its last one. Raises `Unavailable` of the store,
        and KafkaError where the ends cannot be read."""
        # First: a release that another process writes meanwhile then is in what is asked for next.
        newest = self.store.newest(survey)
        last = self.store.last(survey)
        if behind := audit_behind(newest, last):
            return Refused(behind)
        # Once: closed in the middle of this, it is closed for the next.
        closed_ms = self.around.closed_ms(survey)
        versions = self.around.versions(survey)
        key = self.around.key(survey)
        problem = self._problem(survey, versions, key, last, closed_ms)
        if problem is not None:
            return Refused(problem)
        assert key is not None
        generations = self.store.generations(survey)
        planned = plans(versions, generations)
        single = SingleContributions(
            ((plan.layout, plan.several()) for plan in planned),
            ((histogram, plan.several()) for plan in planned for histogram in plan.histograms),
        )
        inputs = self.store.read(
            survey, None if last is None else since(last.positions), single.add if single.are_needed else None
        )
        if _epoch(inputs.generations) != _epoch(generations):
            raise Unavailable("tables of the survey were made anew meanwhile")
        # Those of the look as well: one can have come after the question and be done before it is asked again.
        waiting = _erasures(max(inputs.waiting_erasures, self.around.unapplied_erasures()))
        waiting = waiting or self._missing(survey, inputs.positions, closed_ms)
        if waiting is not None:
            return Refused(waiting, inputs.moved.respondents)
        return self._make(versions[-1], planned, inputs, single, last, key, closed_ms is not None)

    def _make(
        self,
        definition: SurveyDefinition,
        planned: Sequence[Plan],
        inputs: Inputs,
        single: SingleContributions,
        last: Record | None,
        key: bytes,
        closing: bool,
    ) -> Release | Refused:
        survey, moved = definition.survey, inputs.moved
        tables, withheld = same_people(planned, live_tables(planned, inputs.pages, inputs.runs, single))
        moment = Moment(self.around.now_ms(), moved.respondents, watermark(inputs.positions), closing)
        stored = StoredInputs(tuple(tables), self.policy, moment)
        made = made_of(survey, stored, None if last is None else self._memory(survey, last), key)
        if isinstance(made, NotReleased):
            return Refused(made, moved.respondents)
        cells = list(cell_documents(definition, made))
        if len(cells) > MOST_CELLS:
            return Refused(NotReleased(Problem.TOO_LARGE, f"{len(cells)}, {MOST_CELLS} at most"))
        record = Record(
            made.memory.last,
            made.memory.content,
            inputs.positions,
            key_check(key),
            moved.respondents,
            moved.erased,
            made.audit.kept,
            made.audit.recoverable_suppressed,
            {table: numbers for table, numbers in made.audit.reasons.items() if numbers},
        )
        number = made.manifest.epoch
        there = {plan.definition.name for plan in planned}
        unfilled = [table.name for table in definition.tables if table.name not in there]
        document = release_document(definition, made, [*withheld, *unfilled])
        try:
            self.store.write(Made(survey, number, document, cells, record, made.memory, stored))
        except MadeElsewhere:
            return Refused(NotReleased(Problem.MADE_ELSEWHERE, edition(survey, number)))
        return made

    def _problem(
        self,
        survey: str,
        versions: Sequence[SurveyDefinition],
        key: bytes | None,
        last: Record | None,
        closed_ms: int | None,
    ) -> NotReleased | None:
        """What keeps a release back and is known without a look at the cells."""
        closing = closed_ms is not None
        # As if enough had moved: whether they have is known after the look.
        due = epoch(None if last is None else last.last, Moment(self.around.now_ms(), 0, "", closing), 0, self.policy)
        if isinstance(due, NotReleased):
            return due
        if not versions or not versions[-1].tables:
            return NotReleased(Problem.NO_TABLES)
        if key is None:
            return NotReleased(Problem.NO_KEY)
        if last is not None and not hmac.compare_digest(last.key_check, key_check(key)):
            return NotReleased(Problem.OTHER_KEY)
        if waiting := _erasures(self.around.unapplied_erasures()):
            return waiting
        return self._missing(survey, self.store.positions(), closed_ms) if closing else None

    def _missing(self, survey: str, positions: Sequence[Position], closed_ms: int | None) -> NotReleased | None:
        """Of a closed survey: what its last release still has to wait for."""
        if closed_ms is None:
            return None
        if self.around.now_ms() < closed_ms + self.closing_after_ms:
            return NotReleased(Problem.JUST_CLOSED)
        if survey not in self._last_ends:
            self._last_ends[survey] = self.around.ends()
        counted = {position.partition: position.next for position in positions}
        ends = self._last_ends[survey]
        waiting = sum(max(0, end - counted.get(partition, 0)) for partition, end in ends.items())
        return NotReleased(Problem.INCOMPLETE, f"{waiting} records to go") if waiting else None

    def _memory(self, survey: str, last: Record) -> Memory:
        found = self.store.memory(survey, last.last.epoch)
        if found is None or found.content != last.content:
            raise RuntimeError("the memory of the last release is not in the database")
        return found


def made_of(survey: str, inputs: StoredInputs, memory: Memory | None, key: bytes) -> Release | NotReleased:
    """The release from its stored inputs: the same each time."""
    if not inputs.tables:
        return NotReleased(Problem.NO_TABLES)
    return protect(survey, inputs.tables, inputs.policy, memory, inputs.moment, key)


def audit_behind(newest: int, last: Record | None) -> NotReleased | None:
    """`newest` is the number of the last release that is out, and `last` what `audit` has of its last. Without the
    memory of what is out, the next release could tell of one respondent by its difference."""
    known = 0 if last is None else last.last.epoch
    return NotReleased(Problem.AUDIT_BEHIND, f"{newest} out, {known} in audit") if newest > known else None


def _epoch(generations: Generations | None) -> int:
    return 0 if generations is None else generations.epoch


def _erasures(waiting: int) -> NotReleased | None:
    return NotReleased(Problem.ERASURES, str(waiting)) if waiting else None


def key_check(key: bytes) -> str:
    """Tells one release key from another without saying it."""
    return hmac.new(key, b"release-key", hashlib.sha256).hexdigest()[:16]
