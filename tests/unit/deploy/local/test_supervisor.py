"""Real processes, small ones: what a supervisor does when they die, will not end, or will not start."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import holding, processes, state
from deploy.local.backoff import Backoff
from deploy.local.failure import Failure
from deploy.local.part import Part
from deploy.local.state import Condition, StackState
from deploy.local.supervisor import Interrupted, Supervisor

QUICK = Backoff(first_s=0.01, cap_s=0.05, well_s=60)
DEADLINE_S = 20.0

SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


def part(name: str, program: str, ready: Callable[[], bool] = lambda: True, stop_s: float = 5.0) -> Part:
    return Part(name, (sys.executable, "-c", program), ready, stop_s=stop_s)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, QUICK, lambda: None)
    yield supervisor
    supervisor.stop()


def reach(supervisor: Supervisor, reached: Callable[[], bool]) -> None:
    assert supervisor.wait(reached, time.monotonic() + DEADLINE_S)


def test_what_dies_is_started_again_and_counted(supervisor: Supervisor) -> None:
    supervisor.start_stage([part("kafka", SLEEPS)])
    runner = supervisor.runner("kafka")
    before = runner.state.pid
    runner.send(signal.SIGKILL)
    reach(supervisor, lambda: runner.state.condition is Condition.READY and runner.state.pid != before)
    assert runner.state.restarts == 1


def test_what_ends_for_the_operator_is_not_started_again_and_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    asked_to_end = tmp_path / "end"
    program = (
        f"import pathlib, sys, time\nwhile not pathlib.Path({str(asked_to_end)!r}).exists(): time.sleep(0.01)\n"
        "print('a key is missing'); sys.exit(78)"
    )
    supervisor.start_stage([part("validate", program)])
    runner = supervisor.runner("validate")
    asked_to_end.touch()
    reach(supervisor, lambda: runner.state.condition is Condition.OPERATOR)
    assert runner.state.message == "ended with exit code 78: a key is missing"
    assert runner.state.restarts == 0


def test_a_held_part_stays_dead_until_it_is_released(supervisor: Supervisor) -> None:
    supervisor.start_stage([part("kafka", SLEEPS)])
    runner = supervisor.runner("kafka")
    runner.hold()
    runner.send(signal.SIGKILL)
    reach(supervisor, lambda: runner.state.condition is Condition.HELD)
    assert not supervisor.wait(lambda: runner.state.condition is Condition.READY, time.monotonic() + 0.3)
    runner.release()
    reach(supervisor, lambda: runner.state.condition is Condition.READY)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_command_ends_a_part_and_has_it_started_again(tmp_path: Path, stopped: bool) -> None:
    """Also one that had stopped for the operator."""
    runs = tmp_path / "runs"
    end = "raise SystemExit(78)" if stopped else "import time; time.sleep(600)"

    def write() -> None:
        state.write(tmp_path, StackState(parts=mine.states()))

    mine = Supervisor(tmp_path, QUICK, write)
    try:
        mine.start_stage([part("validate", f"open({str(runs)!r}, 'a').write('x'); {end}", runs.exists)])
    except Failure:
        assert stopped
    try:
        runner = mine.runner("validate")
        reach(mine, lambda: runner.state.condition is (Condition.OPERATOR if stopped else Condition.READY))
        with holding.held(tmp_path, ["validate"]):
            assert runner.state.pid is None
            assert runs.read_text() == "x"
        deadline = time.monotonic() + DEADLINE_S
        while runs.read_text() != "xx" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert runs.read_text() == "xx"
    finally:
        mine.stop()


def test_a_command_that_died_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / holding.FOLDER).mkdir()
    (tmp_path / holding.FOLDER / "validate").write_text("4194305")
    (tmp_path / holding.FOLDER / "aggregate").write_text(str(os.getpid()))
    assert holding.asked(tmp_path) == {"aggregate"}


def test_a_part_that_keeps_dying_fails_the_start_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(Failure, match=r"ingest does not start \(ended with exit code 1: no luck\)"):
        supervisor.start_stage([part("ingest", "print('no luck'); raise SystemExit(1)", lambda: False)])


def test_a_program_that_is_not_there_fails_the_start(supervisor: Supervisor) -> None:
    with pytest.raises(Failure, match=r"ingest does not start \(cannot be started: No such file"):
        supervisor.start_stage([Part("ingest", ("/no/such/program",), lambda: False)])


def test_the_start_can_be_interrupted(tmp_path: Path) -> None:
    interrupted = Supervisor(tmp_path, QUICK, lambda: interrupted.ask_to_end())
    with pytest.raises(Interrupted):
        interrupted.start_stage([part("kafka", SLEEPS, lambda: False)])
    interrupted.stop()
    assert processes.orphans(tmp_path, StackState()) == []


def test_what_ignores_sigterm_is_killed_and_nothing_is_left(supervisor: Supervisor, tmp_path: Path) -> None:
    said = tmp_path / "logs" / "stubborn.log"
    supervisor.start_stage([part("kafka", SLEEPS)])
    supervisor.start_stage([part("stubborn", IGNORES_SIGTERM, lambda: "here" in said.read_text(), stop_s=0.2)])
    pids = [runner.pid for runner in supervisor.states() if runner.pid is not None]
    supervisor.stop()
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert {part.condition for part in supervisor.states()} == {Condition.STOPPED}


def test_the_last_stage_ends_first(tmp_path: Path) -> None:
    order: list[str] = []

    def watch() -> None:
        order.extend(s.name for s in watched.states() if s.condition is Condition.STOPPED and s.name not in order)

    watched = Supervisor(tmp_path, QUICK, watch)
    watched.start_stage([part("kafka", SLEEPS)])
    watched.start_stage([part("ingest", SLEEPS)])
    watched.stop()
    assert order == ["ingest", "kafka"]
