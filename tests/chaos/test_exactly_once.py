"""Nothing acknowledged is lost or counted twice, whatever process dies or hangs.

Time is counted in acknowledged submissions and not in seconds, so that a fault strikes at the same point of the
fieldwork on a fast machine and on a slow one. The truth comes from the simulator, which shares no code with the
pipeline (cli/fieldwork/truth.py).
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from cli import ledger
from cli.accounts import wait_until_closed
from cli.background_round import BackgroundRound
from cli.compare import differences
from cli.field import Field, open_field
from cli.fieldwork import plan as planning
from cli.fieldwork.history import History, Truth, truth
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Scenario
from cli.live_tables import read_figures
from cli.verdict import judge
from deploy.local.plan import SERVICES
from deploy.local.stack import Stack

PARTS = ("ingest", "validate", "aggregate", "kafka", "database")
ROUNDS_OF_KILLS = 2
READY_S = 90.0
"""Until a killed part is back. A killed broker is let into its cluster again after 9 to 13 s on a quiet machine."""
CLOSED_S = 120.0


def play(field: Field, scenario: Scenario) -> BackgroundRound:
    return BackgroundRound(planning.make(scenario), field.target, Pace())


def wait_acknowledged(round_: BackgroundRound, number: int, deadline_s: float = 180.0) -> None:
    deadline = time.monotonic() + deadline_s
    while round_.history.acknowledged < number and not round_.over(0.02):
        assert time.monotonic() < deadline, f"{round_.history.acknowledged} of {number} were acknowledged"


def finish(round_: BackgroundRound) -> Truth:
    wait_acknowledged(round_, round_.plan.deliveries)
    assert round_.over(60.0)
    return truth(round_.history)


def assert_exact(field: Field, expected: Truth) -> None:
    """Conservation law closed, no submission lost or double, and every integer of the tables as it must be."""
    assert expected.complete
    accounts = wait_until_closed(field.settings, expected.acknowledged, CLOSED_S)
    must = ledger.hashes(field.settings, field.survey.survey, expected.outcomes.counted)
    does = ledger.counted(field.settings, field.survey.survey)
    different = differences(expected.figures, read_figures(field.settings, field.survey))
    verdict = judge(expected, accounts, len(must - does), len(does - must), different)
    assert verdict.accounts.closed, str(accounts)
    assert (verdict.lost, verdict.double) == (0, 0), str(accounts)
    assert [str(difference) for difference in verdict.differences] == []


def merged(one: History, other: History) -> History:
    phones = dict(enumerate([*one.phones.values(), *other.phones.values()]))
    return History(phones, one.attempts + other.attempts, one.unanswered + other.unanswered)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path / "stack") as stack:
        yield stack


@pytest.fixture
def two_of_each(tmp_path: Path) -> Iterator[Stack]:
    services = [service if service.name == "ingest" else replace(service, instances=2) for service in SERVICES]
    with Stack(tmp_path / "stack", services=services) as stack:
        yield stack


def test_each_process_is_killed_while_20_000_submissions_arrive(stack: Stack) -> None:
    field = open_field(stack)
    scenario = Scenario(seed=20, phones=150, submissions=20_000, duplicates=0.1, invalid=0.05, edits=0.02)
    random = Random(20)
    with play(field, scenario) as round_:
        victims = [part for _ in range(ROUNDS_OF_KILLS) for part in random.sample(PARTS, len(PARTS))]
        moments = sorted(random.sample(range(500, round_.plan.deliveries - 500), len(victims)))
        for part, moment in zip(victims, moments, strict=True):
            wait_acknowledged(round_, moment)
            before = stack.pid(part)
            stack.kill(part)
            stack.wait_ready(part, READY_S, after_pid=before)
        expected = finish(round_)
    assert_exact(field, expected)
    restarts = {part.name: part.restarts for part in stack.state.parts}
    assert all(restarts[part] >= ROUNDS_OF_KILLS for part in PARTS), restarts


def test_a_worker_that_hangs_and_comes_back_changes_nothing(two_of_each: Stack) -> None:
    """SIGSTOP beyond the session time-out: the other one takes over, and the zombie finds its partitions gone."""
    stack = two_of_each
    field = open_field(stack)
    hanging = ("validate-1", "aggregate-1")
    with play(field, Scenario(seed=7, phones=40, submissions=3_000)) as first:
        wait_acknowledged(first, first.plan.deliveries // 4)
        for part in hanging:
            stack.pause(part)
        expected = finish(first)
    # Everything can be accounted for only once the others have taken over the partitions of those that hang.
    assert_exact(field, expected)
    for part in hanging:
        stack.resume(part)
    with play(field, Scenario(seed=8, phones=40, submissions=2_000)) as second:
        assert finish(second).complete
    assert_exact(field, truth(merged(first.history, second.history)))
