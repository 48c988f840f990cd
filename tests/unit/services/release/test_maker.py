"""REL maker and rounds: what keeps a release back, in which order, and the last one of a survey.

RM1 due and enough moved. RM2 keys, erasures, tables. RM3 the closing waits for its input, and is the last. RM4 what a
round does with each outcome. RM5 what changes in the middle of a look. RM6 `audit` behind what is out. RM7 exact copies
go.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import REGISTRY

from schemas.events import Response
from schemas.survey.definition import SurveyDefinition, TableDefinition
from services.release.epoch import Last
from services.release.exact_copies import MARGIN_MS, Gone, let_go
from services.release.inputs import Position
from services.release.maker import Maker, Refused, Surroundings, made_of
from services.release.memory_store import Kept, MemoryStore
from services.release.moved import Mark, Moved, moved
from services.release.policy import DAY_MS, Policy
from services.release.problems import NotReleased, Problem
from services.release.protect import Release
from services.release.rounds import Rounds
from services.release.schedule import needs_somebody, next_due_ms
from services.release.store import Unavailable
from services.runtime.faults import OperatorStop
from tests.counted import Counted

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]

TABLES = [TableDefinition(name="by_sex", dimensions=["sex"], indicators=["share"])]
PEOPLE = 500


@dataclass
class Bench:
    """A maker in a world that a test can change."""

    survey: SurveyDefinition
    counted: Counted
    store: MemoryStore = field(default_factory=MemoryStore)
    key: bytes | None = b"k" * 32
    closed_ms: int | None = None
    end: int = PEOPLE
    missing: int = 0
    now_ms: int = 10 * DAY_MS

    def __post_init__(self) -> None:
        self.maker = Maker(
            self.store,
            Surroundings(
                versions=lambda survey: [self.survey],
                closed_ms=lambda survey: self.closed_ms,
                key=lambda survey: self.key,
                ends=lambda: {0: self.end},
                unapplied_erasures=lambda: self.missing,
                now_ms=lambda: self.now_ms,
            ),
            Policy(every_ms=7 * DAY_MS),
            closing_after_ms=1_000,
        )
        self.show(range(PEOPLE))

    def show(self, offsets: range) -> None:
        """What aggregate has counted."""
        marks = [Mark("counted", 0, offset) for offset in offsets]
        self.store.kept["homes"] = Kept(self.counted.pages, self.counted.runs, marks, self.counted.contributions)
        self.store.at = [Position(0, "s", offsets.stop)]

    def made(self) -> Release:
        found = self.maker.make("homes")
        assert isinstance(found, Release), found
        return found

    def refused(self) -> Problem:
        found = self.maker.make("homes")
        assert isinstance(found, Refused)
        return found.reason.problem


@pytest.fixture
def bench(make_survey: MakeSurvey, make_response: MakeResponse) -> Bench:
    survey = make_survey((), TABLES)
    people = [
        make_response({"sex": "FM"[place % 2], "borrowed": "yes" if place % 3 else "no", "cost": "5"})
        for place in range(PEOPLE)
    ]
    return Bench(survey, Counted(survey).count(people))


def test_rm1_a_release_is_written_and_the_next_is_not_due(bench: Bench) -> None:
    made = bench.made()
    assert made.manifest.epoch == 1 and not made.manifest.closing
    [document] = bench.store.releases("homes")
    assert document["content"] == made.manifest.content and document["withheld"] == []
    cells = bench.store.cells("homes", 1)
    assert [cell["obs_value"] for cell in cells] == [row.obs_value for row in made.tables[0].rows]
    assert bench.refused() is Problem.NOT_DUE
    bench.now_ms += 7 * DAY_MS
    found = bench.maker.make("homes")
    assert isinstance(found, Refused) and found.reason.problem is Problem.FEW_MOVES and found.moved == 0
    bench.show(range(2 * PEOPLE))
    assert bench.made().manifest.previous == made.manifest.content
    last = bench.store.last("homes")
    assert last is not None and last.moved == PEOPLE


def test_rm1_the_same_inputs_give_the_same_release(bench: Bench) -> None:
    made = bench.made()
    inputs = bench.store.inputs("homes", 1)
    assert inputs is not None
    again = made_of("homes", inputs, None, b"k" * 32)
    assert isinstance(again, Release) and again.manifest == made.manifest


def test_rm2_nothing_without_its_key_or_with_another(bench: Bench) -> None:
    bench.key = None
    assert bench.refused() is Problem.NO_KEY
    bench.key = b"k" * 32
    bench.made()
    bench.now_ms += 8 * DAY_MS
    bench.key = b"x" * 32
    assert bench.refused() is Problem.OTHER_KEY


def test_rm2_nothing_while_an_erasure_is_missing(bench: Bench) -> None:
    bench.missing = 2
    assert bench.refused() is Problem.ERASURES
    bench.missing = 0
    bench.made()


def test_rm2_a_survey_without_tables_has_no_release(bench: Bench) -> None:
    bench.survey = bench.survey.model_copy(update={"tables": []})
    assert bench.refused() is Problem.NO_TABLES


def test_rm3_the_closing_release_waits_for_what_had_come_in_and_is_the_last(bench: Bench) -> None:
    bench.made()
    bench.closed_ms = bench.now_ms
    assert bench.refused() is Problem.JUST_CLOSED
    bench.now_ms += 1_000
    bench.end = PEOPLE + 1
    found = bench.maker.make("homes")
    assert isinstance(found, Refused) and str(found.reason).endswith("(1 records to go)")
    bench.end = PEOPLE + 50  # refused submissions of others: the end as it was is what counts
    bench.show(range(PEOPLE + 1))
    made = bench.made()
    assert made.manifest.closing and made.tables[0].step == 5
    bench.now_ms += 100 * DAY_MS
    assert bench.refused() is Problem.CLOSED


def test_rm4_a_round_makes_what_is_due_and_says_why_not_once(bench: Bench) -> None:
    rounds = Rounds(bench.maker, lambda: [bench.survey])
    rounds()
    assert rounds.answered and bench.store.releases() == [], "the first waits as long as all others"
    bench.now_ms += 7 * DAY_MS
    rounds()
    assert len(bench.store.releases()) == 1

    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"rihla_release_{name}", {"survey": "homes", **labels})

    assert value("last_made_timestamp_seconds") == bench.now_ms / 1000
    bench.now_ms += 8 * DAY_MS
    bench.key = None
    rounds()
    assert value("held_back_state", code="REL-031") == 1 and value("overdue_seconds") == DAY_MS / 1000
    bench.key = b"k" * 32
    rounds()
    assert value("held_back_state", code="REL-031") == 0 and value("refused_total", code="REL-002") == 1


def test_rm4_a_fault_at_one_survey_is_counted_and_nothing_comes_out(bench: Bench) -> None:
    bench.store.kept["homes"] = replace(bench.store.kept["homes"], runs=["no json"], pages=[])
    broken = Rounds(bench.maker, lambda: [bench.survey])
    bench.store.read = lambda *arguments: 1 / 0  # type: ignore[assignment]
    broken()
    bench.now_ms += 7 * DAY_MS
    broken()
    assert bench.store.releases() == [] and broken.answered


def test_rm4_a_database_that_is_away_is_asked_again(bench: Bench) -> None:
    def away() -> None:
        raise Unavailable("ServerSelectionTimeoutError")

    rounds = Rounds(bench.maker, lambda: [bench.survey])
    bench.store.positions = away  # type: ignore[assignment]
    rounds()
    assert not rounds.answered


def test_rm4_what_only_a_person_can_mend_stops_the_service(bench: Bench) -> None:
    def stop() -> int:
        raise OperatorStop("the topic erasures holds a record that is no erasure")

    bench.maker.around = replace(bench.maker.around, unapplied_erasures=stop)
    rounds = Rounds(bench.maker, lambda: [bench.survey])
    rounds()
    bench.now_ms += 7 * DAY_MS
    with pytest.raises(OperatorStop):
        rounds()


def test_rm5_a_survey_closed_in_the_middle_of_a_look_gets_no_closing_release_of_it(bench: Bench) -> None:
    bench.end = PEOPLE + 400  # came in and are not counted
    asked: list[int] = []

    def closed_ms(survey: str) -> int | None:
        asked.append(1)
        return bench.now_ms - 10_000 if len(asked) > 1 else None

    bench.maker.around = replace(bench.maker.around, closed_ms=closed_ms)
    assert not bench.made().manifest.closing
    assert bench.refused() is Problem.INCOMPLETE


def test_rm5_an_erasure_that_comes_in_the_middle_of_a_look_is_waited_for(bench: Bench) -> None:
    def late() -> int:
        """The first question is too early to see it."""
        before, bench.missing = bench.missing, 1
        return before

    bench.maker.around = replace(bench.maker.around, unapplied_erasures=late)
    assert bench.refused() is Problem.ERASURES


def test_rm5_an_erasure_under_way_in_the_look_itself_is_waited_for(bench: Bench) -> None:
    read = bench.store.read
    bench.store.read = lambda *asked: replace(read(*asked), waiting_erasures=1)  # type: ignore[method-assign]
    assert bench.refused() is Problem.ERASURES and bench.store.releases() == []


def test_rm6_nothing_comes_out_while_audit_knows_less_than_is_out(bench: Bench) -> None:
    bench.made()
    last = bench.store.last
    bench.store.last = lambda survey: None  # type: ignore[method-assign]
    rounds = Rounds(bench.maker, lambda: [bench.survey])
    rounds()  # at once, and not when a first release is due

    def held_back() -> float | None:
        return REGISTRY.get_sample_value("rihla_release_held_back_state", {"survey": "homes", "code": "REL-035"})

    assert held_back() == 1 and needs_somebody(Problem.AUDIT_BEHIND)
    bench.now_ms += 8 * DAY_MS
    bench.show(range(2 * PEOPLE))
    assert bench.refused() is Problem.AUDIT_BEHIND and len(bench.store.releases()) == 1
    bench.store.last = last  # type: ignore[method-assign]
    rounds()
    assert held_back() == 0 and len(bench.store.releases()) == 2


def test_rm7_inputs_go_when_an_erasure_is_done(bench: Bench) -> None:
    bench.made()
    rounds = Rounds(bench.maker, lambda: [bench.survey])
    bench.now_ms += DAY_MS
    rounds()
    assert bench.store.inputs("homes", 1) is not None
    bench.store.erased["homes"] = bench.now_ms
    rounds()
    assert bench.store.inputs("homes", 1) is None
    assert bench.store.memory("homes", 1) is not None, "the next release is compared with it"


def test_rm7_after_the_last_release_nothing_exact_outlives_an_erasure_or_the_retention(bench: Bench) -> None:
    bench.closed_ms = bench.now_ms - 10_000
    assert bench.made().manifest.closing
    rounds = Rounds(bench.maker, lambda: [bench.survey])
    ends = bench.closed_ms + bench.survey.retention_days * DAY_MS
    bench.now_ms = ends - 1
    rounds()
    assert bench.store.inputs("homes", 1) is not None and bench.store.memory("homes", 1) is not None
    bench.now_ms = ends
    rounds()
    assert bench.store.inputs("homes", 1) is None and bench.store.memory("homes", 1) is None
    assert let_go(Last(1, 50, True), 60, None, 70) == Gone(60 + MARGIN_MS, True)
    assert let_go(Last(2, 61 + MARGIN_MS, True), 60, None, 2 * MARGIN_MS) == Gone(60 + MARGIN_MS, False)
    assert let_go(Last(1, 50, True), None, 71, 70) is None


def test_rm1_who_moved_is_counted_by_respondent() -> None:
    marks = [
        Mark("counted", 0, 9),  # before
        Mark("counted", 0, 10),
        Mark("counted", 1, 3, replaces=True),  # the edit
        Mark("superseded", 1, 2, replaced=True),  # of this one
        Mark("counted", 1, 4, replaced=True),
        Mark("withdrawn", 1, 7, taken=(0, 9)),
        Mark("withdrawn", 1, 8, replaced=True, taken=(0, 8)),  # a later edit of it was rejected
        Mark("withdrawn", 1, 8, taken=(0, 10)),  # came since, and went again
        Mark("withdrawn", 1, 8),  # another version of an interview, or an id that nobody knew
        Mark("withdrawn", 0, 2, taken=(0, 1)),  # before
        Mark("refused", 1, 8),  # never counted
        Mark("refused", 1, 9, replaces=True),  # took back the consent
    ]
    assert moved(marks, {0: 10, 1: 0}) == Moved(5, 3)
    assert moved(marks, None) == Moved(3, 0), "before the first release nobody could be missed"


def test_rm4_when_a_release_is_due() -> None:
    policy = Policy(every_ms=100)
    assert next_due_ms(None, 5, None, policy) == 105
    assert next_due_ms(Last(1, 50, False), 5, None, policy) == 150
    assert next_due_ms(Last(1, 50, False), 5, 70, policy) == 70
    assert next_due_ms(Last(2, 80, True), 5, 70, policy) is None


def test_codes_are_told_apart_and_every_one_has_a_message() -> None:
    assert not needs_somebody(Problem.FEW_MOVES) and needs_somebody(Problem.DELTA) and needs_somebody(Problem.NO_KEY)
    assert all(str(NotReleased(problem)).startswith(f"{problem.value}: ") for problem in Problem)
