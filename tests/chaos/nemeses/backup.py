"""The database put back from a copy of a while ago: everything since then is counted again from Kafka."""

import shutil
import time
from pathlib import Path
from random import Random

from tests.chaos.nemesis import EVERYTHING, Nemesis
from tests.chaos.parts import DATABASE
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

AGGREGATES = ("aggregate-1", "aggregate-2")
READY_S = 300.0


def _files(stage: Stage) -> Path:
    return stage.world.store.folder


def _copy(stage: Stage) -> Path:
    return stage.world.folder / "backup"


def _take(stage: Stage, copy: Path) -> None:
    """A copy of the files while the server stands still: the same as what a power cut would leave."""
    stage.world.pause(DATABASE)
    try:
        shutil.copytree(_files(stage), copy)
    finally:
        stage.world.resume(DATABASE)


def restore(stage: Stage, random: Random) -> Struck:
    """Puts the copy back that was taken the last time this struck, and takes one for the next time, before. The first
    time there is none: then the database is restored to what it was a moment ago."""
    stage.world.wait_ready(DATABASE, READY_S)
    last, taken = _copy(stage), _copy(stage).with_name("backup-taken")
    _take(stage, taken)
    if not last.exists():
        shutil.copytree(taken, last)
        time.sleep(random.uniform(1.0, 3.0))
    for name in AGGREGATES:
        stage.world.kill(name, hold=True)
    stage.world.kill(DATABASE, hold=True)
    stage.world.wait(
        lambda: all(stage.world.pid(name) is None for name in (DATABASE, *AGGREGATES)), READY_S, "they do not die"
    )
    shutil.rmtree(_files(stage))
    last.rename(_files(stage))
    taken.rename(last)
    since = time.monotonic()
    stage.world.release(DATABASE)
    stage.world.wait_ready(DATABASE, READY_S)
    for name in AGGREGATES:
        stage.world.release(name)
    for name in AGGREGATES:
        stage.world.wait_ready(name, READY_S)
    return Struck(since)


NEMESES = (Nemesis("database_from_backup", EVERYTHING, restore),)
