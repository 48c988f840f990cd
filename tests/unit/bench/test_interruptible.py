"""A benchmark that is ended ends what it started, and says so in a line."""

import signal
import subprocess
import sys

import pytest

BENCH = """
import subprocess, sys, time
from bench.interruptible import interruptible
def main():
    started = subprocess.Popen(["sleep", "60"])
    try:
        print(started.pid, flush=True)
        time.sleep(60)
    finally:
        started.kill()
        print(started.wait(), flush=True)
interruptible(main)
"""
DEADLINE_S = 30.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_it_started_is_ended_and_no_trace_is_printed(number: signal.Signals) -> None:
    # As a shell starts what it puts in the background.
    ignored = ["sh", "-c", 'trap "" INT; exec "$0" "$@"']
    with subprocess.Popen(
        [*ignored, sys.executable, "-c", BENCH], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as bench:
        assert bench.stdout is not None
        assert int(bench.stdout.readline()) > 0
        bench.send_signal(number)
        said, complaint = bench.communicate(timeout=DEADLINE_S)
    assert (bench.returncode, said) == (128 + number, f"{-signal.SIGKILL}\n")
    assert complaint == "Ended before it was through.\n"


def test_one_that_ends_by_itself_ends_with_0() -> None:
    text = "from bench.interruptible import interruptible; interruptible(lambda: print('figures'))"
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=DEADLINE_S)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "figures\n", "")
