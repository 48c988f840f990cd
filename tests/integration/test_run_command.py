"""`rihla run` from start to Ctrl-C: it shows results, and ends with everything it started, also on a second Ctrl-C."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

UP_S = 180.0
"""For a start, a short round of fieldwork and the results, on a busy machine."""
END_S = 10.0

RUN = "from cli.app import main; main()"


def test_run_shows_results_and_ends_whole(tmp_path: Path) -> None:
    arguments = [
        "run",
        "--data",
        str(tmp_path),
        "--phones",
        "5",
        "--submissions",
        "60",
        "--seconds",
        "1",
        "--seed",
        "3",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        shown = _read_until(process, lambda text: "Ctrl-C ends everything" in text, UP_S)
        assert "Recruitment cost by country and sex" in shown
        assert "Nothing is lost:" in shown and "+ 0 in flight" in shown
        started = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
        assert len(started) >= 5

        begun = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=END_S) == 0
        assert time.monotonic() - begun < END_S
        assert not [pid for pid in started if _lives(pid)]
        assert not _of_folder(tmp_path)
    finally:
        for left in (process.pid, *_of_folder(tmp_path)):
            if _lives(left):
                os.kill(left, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _read_until(process: "subprocess.Popen[bytes]", enough: Callable[[str], bool], deadline_s: float) -> str:
    assert process.stdout is not None
    deadline, text = time.monotonic() + deadline_s, ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not enough(text):
            assert time.monotonic() < deadline, text
            if selector.select(timeout=1.0):
                read = os.read(process.stdout.fileno(), 65_536)
                assert read, f"ended early: {text}"
                text += read.decode()
    return text


def _of_folder(folder: Path) -> list[int]:
    """Processes that name the folder on their command line: broker and database."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if process.pid != os.getpid() and any(str(folder) in argument for argument in process.info["cmdline"] or ()):
            found.append(process.pid)
    return found


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
