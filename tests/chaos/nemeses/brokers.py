"""Brokers that die, hang, are restarted in turn, or have no room to write."""

import resource
import time
from random import Random

from schemas.topics import RESPONSES, SUBMISSIONS
from tests.chaos.nemesis import SERVER_GOAL_S, Nemesis
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

READY_S = 300.0
WHOLE_S = 400.0
HANG_S = (4.0, 8.0)
"""Longer than a broker's session (3 s): another leads its partitions when it comes back."""


def _leader(stage: Stage, random: Random) -> str:
    """A broker that leads a partition, once all replicas are in sync: with two of three away nothing is taken, as it
    must be, and nothing would be learned about who takes over."""
    stage.world.observer.wait_whole(WHOLE_S)
    topic = stage.world.settings.kafka.topic(random.choice((SUBMISSIONS, RESPONSES)))
    leaders = stage.world.observer.leaders(topic)
    return f"broker-{leaders[random.randrange(stage.world.partitions)]}"


def _another(stage: Stage, random: Random) -> str:
    leader = _leader(stage, random)
    return random.choice([node.name for node in stage.world.nodes if node.name != leader])


def kill_leader(stage: Stage, random: Random) -> Struck:
    return Struck(stage.world.kill(_leader(stage, random)), killed=True)


def kill_another(stage: Stage, random: Random) -> Struck:
    return Struck(stage.world.kill(_another(stage, random)), killed=True)


def _hang(stage: Stage, random: Random, name: str) -> Struck:
    stage.world.pause(name)
    try:
        time.sleep(random.uniform(*HANG_S))
    finally:
        stage.world.resume(name)
    return Struck(time.monotonic())


def hang_leader(stage: Stage, random: Random) -> Struck:
    return _hang(stage, random, _leader(stage, random))


def hang_another(stage: Stage, random: Random) -> Struck:
    return _hang(stage, random, _another(stage, random))


def restart_in_turn(stage: Stage, random: Random) -> Struck:
    """As for an upgrade of Kafka: each one ends in good order, and the next when all replicas are in sync again."""
    nodes = [node.name for node in stage.world.nodes]
    for name in random.sample(nodes, len(nodes)):
        stage.world.observer.wait_whole(WHOLE_S)
        before = stage.world.pid(name)
        stage.world.end(name)
        stage.world.release(name)
        stage.world.wait_ready(name, READY_S, after_pid=before)
    return Struck(time.monotonic())


def disk_full(stage: Stage, random: Random) -> Struck:
    """No file of a broker may grow any more: what it writes next fails, and it ends. Started again it has room."""
    name = _leader(stage, random)
    pid = stage.world.pid(name)
    assert pid is not None
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    since = time.monotonic()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    stage.world.wait(lambda: stage.world.pid(name) != pid, READY_S, f"{name} goes on without a disk")
    return Struck(since, killed=True)


NEMESES = (
    Nemesis("kill_leading_broker", frozenset({"brokers"}), kill_leader, weight=3, goal_s=SERVER_GOAL_S),
    Nemesis("kill_other_broker", frozenset({"brokers"}), kill_another, weight=2, goal_s=SERVER_GOAL_S),
    Nemesis("hang_leading_broker", frozenset({"brokers"}), hang_leader, weight=2, goal_s=SERVER_GOAL_S),
    Nemesis("hang_other_broker", frozenset({"brokers"}), hang_another, goal_s=SERVER_GOAL_S),
    Nemesis("restart_brokers_in_turn", frozenset({"brokers"}), restart_in_turn, goal_s=SERVER_GOAL_S),
    Nemesis("broker_disk_full", frozenset({"brokers"}), disk_full, goal_s=SERVER_GOAL_S),
)
