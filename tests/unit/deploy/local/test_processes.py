import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.state import PartState, StackState

SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that carries the mark of the stack in `tmp_path`."""
    environment = {**os.environ, processes.MARK: str(tmp_path), processes.NAME: "validate"}
    with subprocess.Popen(SLEEPS, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        yield process
        process.kill()


def test_a_marked_process_is_found_and_ended(sleeper: "subprocess.Popen[str]", tmp_path: Path) -> None:
    found = processes.orphans(tmp_path, StackState())
    assert [process.pid for process in found] == [sleeper.pid]
    assert processes.end(found) == (f"validate ({sleeper.pid})",)
    assert sleeper.poll() is not None
    assert processes.orphans(tmp_path, StackState()) == []


def test_the_processes_of_another_folder_are_left_alone(sleeper: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert processes.orphans(tmp_path / "other", StackState()) == []
    assert sleeper.poll() is None


def test_a_recorded_process_is_found_and_a_later_one_with_its_pid_is_not(
    sleeper: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    other = tmp_path / "other"
    began = processes.created(sleeper.pid)
    assert began is not None
    recorded = PartState(name="validate", pid=sleeper.pid, created=began)
    assert [p.pid for p in processes.orphans(other, StackState(parts=(recorded,)))] == [sleeper.pid]
    older = recorded.model_copy(update={"created": began - 5})
    assert processes.orphans(other, StackState(parts=(older,))) == []
