"""`rihla repair` and `rihla partitions` on a running local stack: with the users of its database, and with the services
ended and started again by the supervisor, also one that had stopped for the operator."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from cli.accounts import Accounts, wait_until_closed
from cli.where import settings_from
from deploy.local.stack import Stack
from deploy.local.state import Condition
from schemas.outcome_class import OutcomeClass

DEADLINE_S = 90.0


def rihla(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = "from cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments, "--data", str(stack.folder)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=DEADLINE_S,
        check=False,
    )


def send(stack: Stack, records: int) -> None:
    """What cannot be opened: it is accounted for like everything else."""
    producer = KafkaProducer(bootstrap_servers=stack.kafka, acks="all")
    for _ in range(records):
        producer.send("submissions", b"no box", partition=0)
    producer.flush()
    producer.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def accounts(stack: Stack, at_least: int) -> Accounts:
    return wait_until_closed(settings_from(stack.env), at_least, DEADLINE_S)


def condition(stack: Stack, name: str) -> Condition:
    return stack.state.part(name).condition


def test_a_loss_is_accepted_and_partitions_are_added(tmp_path: Path) -> None:
    with Stack(tmp_path / "stack", partitions=2) as stack:
        send(stack, 5)
        assert accounts(stack, 5).closed
        assert rihla(stack, "repair", "check").returncode == 0
        stack.kill("validate", hold=True)
        until(lambda: condition(stack, "validate") is Condition.HELD)
        send(stack, 7)
        admin = KafkaAdminClient(bootstrap_servers=stack.kafka)
        admin.delete_records({TopicPartition("submissions", 0): 11})
        admin.close()
        stack.release("validate")
        until(lambda: condition(stack, "validate") is Condition.OPERATOR)
        found = rihla(stack, "repair", "check")
        assert found.returncode == 1 and "lost: offsets 5 to 10" in found.stdout
        done = rihla(stack, "repair", "accept", "--lost", "6")
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: condition(stack, "validate") is condition(stack, "aggregate") is Condition.READY)
        closed = accounts(stack, 12)
        assert closed.closed and closed.classes[OutcomeClass.LOST] == 6 and closed.rejected == 6
        assert "6 lost" in rihla(stack, "status").stdout
        grown = rihla(stack, "partitions", "grow", "3")
        assert grown.returncode == 0, grown.stdout + grown.stderr
        assert rihla(stack, "repair", "check").returncode == 0
        assert len(rihla(stack, "partitions", "list").stdout.strip().splitlines()) == 4
