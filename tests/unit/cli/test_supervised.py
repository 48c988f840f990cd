"""A stack lives as long as its block, and signals never cut its stop short."""

import os
import signal
from pathlib import Path

import pytest

from cli.supervised import running
from deploy.local.lock import owner
from deploy.local.stack import Stack
from deploy.local.state import Phase, read


class Nothing(Stack):
    """A stack without parts: it takes its folder and lets go of it."""

    def __init__(self, folder: Path) -> None:
        given = {"RIHLA_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9", "RIHLA_MONGODB__URI": "mongodb://127.0.0.1:9"}
        super().__init__(folder, services=(), given=given, prepare=None)


def test_the_stack_is_stopped_when_the_block_ends(tmp_path: Path) -> None:
    with running(Nothing(tmp_path)):
        assert owner(tmp_path) == os.getpid()
    assert owner(tmp_path) is None
    assert read(tmp_path).phase is Phase.STOPPED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_and_the_stack(tmp_path: Path, number: int) -> None:
    with pytest.raises(KeyboardInterrupt), running(Nothing(tmp_path)):
        os.kill(os.getpid(), number)
        signal.pause()
    assert owner(tmp_path) is None


class Slow(Nothing):
    """People press Ctrl-C again while it stops."""

    def stop(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        super().stop()


def test_signals_during_the_stop_do_not_cut_it_short(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), running(Slow(tmp_path)):
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    assert read(tmp_path).phase is Phase.STOPPED
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_comes_only_during_the_stop_is_heard_after_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), running(Slow(tmp_path)):
        pass
    assert read(tmp_path).phase is Phase.STOPPED


class Early(Nothing):
    """Ctrl-C comes while it starts."""

    def start(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        super().start()


def test_a_signal_during_the_start_ends_it_before_the_block(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), running(Early(tmp_path)):
        pytest.fail("the block must not begin")
    assert read(tmp_path).phase is Phase.STOPPED
    assert owner(tmp_path) is None
