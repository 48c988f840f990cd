"""`rihla smoke`: the main job from phone to table, on real parts in a folder of its own, judged against the truth.

The last line is one JSON object. Exit code 0 only if every accepted submission was counted exactly once, before and
after a restart, and every integer in the tables equals what the simulator knows to be true.
"""

import json
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import ledger
from cli.accounts import wait_until_closed
from cli.compare import differences, integers
from cli.field import Field, open_field
from cli.fieldwork import plan as planning
from cli.fieldwork.history import Truth, truth
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Scenario
from cli.live_tables import read_figures
from cli.play import run_round
from cli.progress import provide_kafka
from cli.supervised import running
from cli.verdict import Verdict, judge
from cli.where import settings_from
from deploy.local.stack import Stack

DEADLINE_S = 120.0
"""For everything acknowledged to be accounted for after the last phone is done: it takes a few seconds, unless the
machine is slow or something is lost."""

SHOWN_DIFFERENCES = 20


@dataclass(frozen=True)
class Passage:
    """The whole of a smoke test: the verdicts before and after the restart. `complete`: every phone got through."""

    complete: bool
    before: Verdict
    after: Verdict
    first_start_s: float
    second_start_s: float

    @property
    def good(self) -> bool:
        return self.complete and self.before.good and self.after.good

    def report(self) -> dict[str, object]:
        both, accounts = (self.before, self.after), self.after.accounts
        return {
            "name": "smoke",
            "accepted": accounts.accepted,
            "counted": accounts.counted,
            "duplicate": accounts.duplicate,
            "rejected": accounts.rejected,
            "lost": max(verdict.lost for verdict in both),
            "double": max(verdict.double for verdict in both),
            "table_equals_truth": not any(verdict.differences for verdict in both),
            "first_start_s": round(self.first_start_s, 1),
            "second_start_s": round(self.second_start_s, 1),
        }


def smoke(
    submissions: Annotated[int, typer.Option(min=1, help="Interviews; duplicates and edits come on top.")] = 2000,
    phones: Annotated[int, typer.Option(min=1)] = 50,
    seed: Annotated[int, typer.Option()] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder with data and logs where it is.")] = False,
) -> None:
    """Prove the main job on this machine: start, fieldwork, compare, restart, compare again."""
    console = Console(highlight=False, soft_wrap=True)
    folder = Path(tempfile.mkdtemp(prefix="rihla-smoke-"))
    passage: Passage | None = None
    try:
        passage = _smoke(folder, Scenario(seed=seed, phones=phones, submissions=submissions), console)
    finally:
        if passage is not None and passage.good and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"Data and logs are in {folder}.")
    console.print(json.dumps(passage.report()))
    if not passage.good:
        raise typer.Exit(1)


def _smoke(folder: Path, scenario: Scenario, console: Console) -> Passage:
    stack, again = Stack(folder), Stack(folder)
    begun = time.monotonic()
    provide_kafka(console)
    with running(stack):
        first_start_s = time.monotonic() - begun
        console.print(f"Everything is up after {first_start_s:.1f} s.")
        field = open_field(stack)
        expected = truth(run_round(planning.make(scenario), field.target, Pace(), console))
        before = _look(field, expected, console)
    begun = time.monotonic()
    with running(again):
        second_start_s = time.monotonic() - begun
        console.print(f"Stopped, and up again after {second_start_s:.1f} s.")
        after = _look(replace(field, settings=settings_from(again.env)), expected, console)
    return Passage(expected.complete, before, after, first_start_s, second_start_s)


def _look(field: Field, expected: Truth, console: Console) -> Verdict:
    """Waits until all is accounted for, and compares."""
    accounts = wait_until_closed(field.settings, expected.acknowledged, DEADLINE_S)
    console.print(str(accounts))
    shown = read_figures(field.settings, field.survey)
    must = ledger.hashes(field.settings, field.survey.survey, expected.outcomes.counted)
    does = ledger.counted(field.settings, field.survey.survey)
    verdict = judge(expected, accounts, len(must - does), len(does - must), differences(expected.figures, shown))
    if not verdict.differences:
        console.print(f"All {integers(expected.figures)} integers of the tables are what they must be.")
    for difference in verdict.differences[:SHOWN_DIFFERENCES]:
        console.print(str(difference))
    if len(verdict.differences) > SHOWN_DIFFERENCES:
        console.print(f"and {len(verdict.differences) - SHOWN_DIFFERENCES} more differences")
    return verdict
