"""One run: episodes of faults under load, recovery and the law after each, and at the end the whole truth."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from cli import ledger
from cli.accounts import wait_until_closed
from cli.field import open_field
from cli.live_tables import read_figures
from deploy.local.failure import Failure
from services.runtime.keys import load_public
from tests.chaos.checker import Findings, Shown, check
from tests.chaos.load import Load
from tests.chaos.nemeses.all_kinds import BY_KIND
from tests.chaos.recovery import Watcher
from tests.chaos.schedule import Episode, Fault
from tests.chaos.stage import Stage
from tests.chaos.withdrawals import Withdrawals
from tests.chaos.world import World

RECOVERY_S = 600.0
"""After which a run is given up: far beyond every goal, so that a machine that is busy with other things passes."""
LAW_S = 600.0
MOMENT_S = 1200.0
LAST_S = 7200.0
CLOSED_S = 900.0

OVERLAPPING = "overlapping"
Tell = Callable[[str], None]


@dataclass
class Report:
    """`recovery_s` by kind, of faults that struck alone; those that overlapped are under one name."""

    faults: Counter[str] = field(default_factory=Counter)
    recovery_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: int = 0
    findings: Findings | None = None


@contextmanager
def staged(folder: Path, seed: int, rate: float) -> Iterator[tuple[Stage, Withdrawals]]:
    """A world with phones that send."""
    with World(folder) as world:
        opened = open_field(world)
        of = load_public(world.settings.keys.folder).instance_hash
        with (
            Withdrawals(world.settings, opened.target) as withdrawals,
            Load(seed, opened.target, rate, lambda name: of(opened.survey.survey, name), withdrawals) as load,
        ):
            watcher = Watcher(world, opened.survey.survey, load.recent)
            try:
                yield Stage(world, opened, load, watcher), withdrawals
            finally:
                watcher.close()


def play(stage: Stage, episodes: Sequence[Episode], report: Report, tell: Tell, until_s: float = math.inf) -> None:
    """No fault begins after `until_s` (monotonic). Raises `Failure` where the pipeline does not recover or the law is
    broken."""
    total = sum(len(episode.faults) for episode in episodes)
    for episode in episodes:
        if not _wait_acknowledged(stage, episode.after, until_s):
            tell(f"the time is over; {total - report.faults.total()} faults are left out")
            return
        began = time.monotonic()
        recovery_s = _strike(stage, episode.faults)
        stage.watcher.law(LAW_S, stage.load)
        kinds = [fault.kind for fault in episode.faults]
        report.faults.update(kinds)
        report.recovery_s[kinds[0] if len(kinds) == 1 else OVERLAPPING].append(recovery_s)
        stage.world.tidy_logs()
        tell(
            f"{report.faults.total():4d}/{total} faults, {stage.load.acknowledged:7,d} acknowledged: "
            f"{' + '.join(kinds)}, recovered in {recovery_s:.1f} s, {time.monotonic() - began:.0f} s in all"
        )


def _strike(stage: Stage, faults: Sequence[Fault]) -> float:
    threads = ThreadPoolExecutor(len(faults))
    try:
        running = [threads.submit(BY_KIND[fault.kind].strike, stage, Random(fault.seed)) for fault in faults]
        struck = [each.result() for each in running]
    finally:
        # One that fails, or Ctrl-C, does not wait for the other: the end of the world ends it.
        threads.shutdown(wait=False)
    # The last to end says when it was over.
    last = max(struck, key=lambda each: each.since_s)
    return stage.watcher.recovered(last, RECOVERY_S, stage.load)


def _wait_acknowledged(stage: Stage, number: int, until_s: float) -> bool:
    """False if the time is over before."""
    deadline = time.monotonic() + MOMENT_S
    while stage.load.acknowledged < number:
        if time.monotonic() > until_s:
            return False
        stage.world.check()
        if stage.load.over(0.05):
            raise Failure("the phones have stopped")
        if time.monotonic() > deadline:
            raise Failure(
                f"{stage.load.acknowledged} of {number} submissions were acknowledged: {stage.world.described()}"
            )
    return time.monotonic() <= until_s


def conclude(stage: Stage, withdrawals: Withdrawals, submissions: int, report: Report, tell: Tell) -> Findings:
    """Lets the phones come to their end, waits until everything is accounted for, and compares with the truth."""
    stage.load.hurry()
    deadline = time.monotonic() + LAST_S
    while stage.load.acknowledged < submissions:
        if stage.load.over(0.2) or time.monotonic() > deadline:
            raise Failure(f"only {stage.load.acknowledged} of {submissions} submissions were acknowledged")
    stage.load.finish()
    while not stage.load.over(1.0) or withdrawals.open:
        stage.world.check()
        if time.monotonic() > deadline:
            raise Failure(f"the phones do not come to an end, or {withdrawals.open} withdrawals do not")
    expected = stage.load.expected
    expected.add_records("control", withdrawals.asked, withdrawals.unanswered)
    expected.add_records("withdrawn", withdrawals.resent)
    for of, number in stage.written.items():
        expected.add_records(of, number)
    tell(f"{expected.acknowledged:,} acknowledged; waiting until all are accounted for")
    settings, survey = stage.world.settings, stage.field.survey
    accounts = wait_until_closed(settings, expected.acknowledged, CLOSED_S)
    shown = Shown(
        records=accounts.accepted,
        accounted=accounts.accounted,
        classes={of.value: number for of, number in accounts.classes.items()},
        counted=ledger.counted(settings, survey.survey),
        figures=read_figures(settings, survey),
    )
    tell(str(accounts))
    report.acknowledged = expected.acknowledged
    report.findings = check(expected, shown)
    return report.findings
