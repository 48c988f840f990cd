"""Outcomes deleted under the reader while phones send: it is told which, and one command mends it."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from deploy.local import plan
from deploy.local.state import Condition
from schemas.topics import RESPONSES
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage
from tests.chaos.trial import LAW_S, RECOVERY_S, Report, conclude, staged

# kafka-python leaves the socket of a connection that a fault broke to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SUBMISSIONS = 700
RATE = 40.0
PATIENCE_S = 120.0
MISSED = 20
"""Records that are acknowledged in the partition and deleted before anybody counts them."""
PARTITION = 1
AGGREGATES, VALIDATES = ("aggregate-1", "aggregate-2"), ("validate-1", "validate-2")


def test_deleted_outcomes_are_named_and_judged_again(tmp_path: Path) -> None:
    report, told = Report(), list[str]()
    with staged(tmp_path / "world", 9, RATE) as (stage, withdrawals):
        stage.watcher.recovered(Struck(time.monotonic()), RECOVERY_S, stage.load)
        for name in AGGREGATES:
            stage.world.kill(name, hold=True)
        [counted] = [mark.responses_next for mark in stage.watcher.watermarks() if mark.partition == PARTITION]
        _wait(lambda: _end(stage) >= counted + MISSED)
        deleted = _delete_all(stage)
        stage.world.may_stop = frozenset(AGGREGATES)
        for name in AGGREGATES:
            stage.world.release(name)
        said = _stopped(stage)
        first, last = map(int, re.findall(r"offsets (\d+) to (\d+)", said)[-1])
        assert first <= counted + MISSED, said
        assert last == deleted - 1, said

        assert _rihla(stage, "check").returncode == 1
        for name in VALIDATES:
            stage.world.end(name)
        mended = _rihla(stage, "rewind", "--yes")
        assert mended.returncode == 0, mended.stdout
        since = time.monotonic()
        for name in AGGREGATES:
            stage.world.again(name)
        for name in VALIDATES:
            stage.world.release(name)
        stage.watcher.recovered(Struck(since), RECOVERY_S, stage.load)
        stage.world.may_stop = frozenset()
        stage.watcher.law(LAW_S, stage.load)
        assert _rihla(stage, "check").returncode == 0
        found = conclude(stage, withdrawals, SUBMISSIONS, report, told.append)
    assert (found.lost, found.double, found.law) == (0, 0, ()), told[-1]
    assert [str(difference) for difference in found.wrong] == []


def _stopped(stage: Stage) -> str:
    """What the worker that has the partition said when it stopped for the operator."""
    stopped: list[str] = []

    def one_has() -> bool:
        states = [stage.world.runner(name).state for name in AGGREGATES]
        stopped[:] = [state.name for state in states if state.condition is Condition.OPERATOR]
        return bool(stopped)

    _wait(one_has)
    return stage.world.runner(stopped[0]).log.read_text()


def _wait(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _end(stage: Stage) -> int:
    settings = stage.world.settings.kafka
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers.split(","), enable_auto_commit=False)
    try:
        tp = TopicPartition(settings.topic(RESPONSES), PARTITION)
        return int(consumer.end_offsets([tp])[tp])
    finally:
        consumer.close()


def _delete_all(stage: Stage) -> int:
    """The first offset that is left."""
    settings = stage.world.settings.kafka
    end = _end(stage)
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers.split(","))
    try:
        admin.delete_records({TopicPartition(settings.topic(RESPONSES), PARTITION): end})
    finally:
        admin.close()
    return end


def _rihla(stage: Stage, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`rihla repair ...` as the user who may write watermarks."""
    return subprocess.run(
        [sys.executable, "-c", "from cli.app import main; main()", "repair", *arguments],
        env={**plan.system_environment(), **stage.world.provisioning},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
