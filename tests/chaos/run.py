"""`make chaos`: faults of every kind, one after the other and together, under phones that never stop.

    SEED=1 FAULTS=500 SUBMISSIONS=200000 python -m tests.chaos.run

Tells what it does on stderr, and ends with one JSON line on stdout. Fails unless nothing is lost, nothing double, and
every cell exact. The same numbers give the same phones and the same faults again.
"""

import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from deploy.local.failure import Failure
from tests.chaos.nemeses.all_kinds import BY_KIND, NEMESES
from tests.chaos.schedule import schedule
from tests.chaos.trial import Report, conclude, play, staged

FAULTS, SUBMISSIONS = 500, 200_000
RATE = 50.0
"""Submissions a second. Low enough that two cores have time to spare: what is measured is recovery, not throughput."""


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def summary(seed: int, report: Report, began: float, stopped: str) -> dict[str, object]:
    found = report.findings
    recovery = {kind: round(quantile(times, 0.99), 1) for kind, times in sorted(report.recovery_s.items())}
    missed = {
        kind: seconds
        for kind, seconds in recovery.items()
        if kind in BY_KIND and (goal := BY_KIND[kind].goal_s) is not None and seconds > goal
    }
    return {
        "seed": seed,
        "faults": report.faults.total(),
        "acknowledged": report.acknowledged,
        "lost": None if found is None else found.lost,
        "double": None if found is None else found.double,
        "cells_wrong": None if found is None else len(found.wrong),
        "law": None if found is None else list(found.law),
        "recovery_p99_s": recovery,
        "recovery_median_s": {k: round(quantile(v, 0.5), 1) for k, v in sorted(report.recovery_s.items())},
        "over_goal_s": missed,
        "faults_by_nemesis": dict(sorted(report.faults.items())),
        "duration_s": round(time.monotonic() - began),
        **({"stopped": stopped} if stopped else {}),
    }


def main() -> None:
    seed = int(os.environ.get("SEED") or 1)
    faults = int(os.environ.get("FAULTS") or FAULTS)
    submissions = int(os.environ.get("SUBMISSIONS") or SUBMISSIONS)
    rate = float(os.environ.get("RATE") or RATE)
    kinds = [BY_KIND[kind] for kind in os.environ["KINDS"].split(",")] if os.environ.get("KINDS") else NEMESES
    # So that the world is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended before it was through."))
    episodes = schedule(seed, faults, submissions, kinds)
    report, stopped, began = Report(), "", time.monotonic()
    until_s = began + 60 * float(os.environ.get("MINUTES") or math.inf)

    def tell(line: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)

    folder = Path(tempfile.mkdtemp(prefix="rihla-chaos-"))
    tell(f"seed {seed}: {faults} faults in {len(episodes)} episodes, {submissions:,} submissions; logs in {folder}")
    try:
        with staged(folder, seed, rate) as (stage, withdrawals):
            play(stage, episodes, report, tell, until_s)
            # Of a run whose time is over what was sent is checked, and no more is.
            whole = time.monotonic() <= until_s
            conclude(stage, withdrawals, submissions if whole else stage.load.acknowledged, report, tell)
    except (Exception, KeyboardInterrupt, SystemExit) as fault:
        stopped = str(fault) or type(fault).__name__
        if not isinstance(fault, Failure | KeyboardInterrupt | SystemExit):
            traceback.print_exc()
        tell(f"stopped: {stopped}")
    good = report.findings is not None and report.findings.good
    for difference in [] if report.findings is None else report.findings.wrong[:20]:
        tell(str(difference))
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(summary(seed, report, began, stopped)), flush=True)
    # Not sys.exit, which would wait for a fault that was broken off.
    os._exit(0 if good and not stopped else 1)


if __name__ == "__main__":
    main()
