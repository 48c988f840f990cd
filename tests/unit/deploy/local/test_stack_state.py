from pathlib import Path

from deploy.local import state
from deploy.local.state import Condition, PartState, Phase, StackState

RUNNING = StackState(
    phase=Phase.READY,
    supervisor=17,
    ports={"kafka": 9092},
    environment={"RIHLA_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9092"},
    parts=(PartState(name="kafka", condition=Condition.READY, pid=18, created=1.5, restarts=2),),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state.write(tmp_path, RUNNING)
    assert state.read(tmp_path) == RUNNING
    assert state.running_environment(tmp_path) == RUNNING.environment


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    state.write(tmp_path, RUNNING)
    assert (tmp_path / state.FILE).stat().st_mode & 0o777 == 0o600


def test_no_file_and_a_broken_one_are_a_stack_that_never_ran(tmp_path: Path) -> None:
    assert state.read(tmp_path) == StackState()
    (tmp_path / state.FILE).write_text('{"phase": "rea')
    assert state.read(tmp_path) == StackState()


def test_fields_of_a_later_release_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / state.FILE).write_text('{"phase": "ready", "colour": "green"}')
    assert state.read(tmp_path).phase is Phase.READY


def test_after_the_end_no_part_has_a_process_and_the_ports_are_kept() -> None:
    ended = state.all_stopped(RUNNING)
    assert ended.phase is Phase.STOPPED
    assert ended.part("kafka").pid is None
    assert ended.part("kafka").condition is Condition.STOPPED
    assert ended.ports == RUNNING.ports
