"""`rihla run`: an hour of fieldwork in a minute, from phones to tables, to look at."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from cli.accounts import Accounts
from cli.background_round import BackgroundRound
from cli.collector import remove_collector
from cli.field import Field, open_field
from cli.fieldwork import plan as planning
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Scenario
from cli.further import show_further
from cli.progress import Startup, provide_kafka
from cli.released import show_first_release
from cli.results import show_results
from cli.stage_reader import StageReader
from cli.stages import Snapshot, stages
from cli.supervised import running
from cli.where import DEFAULT_DATA, DataFolder
from deploy.local import checks, daemon
from deploy.local.stack import Stack

REFRESH_S = 0.5
LINES_S = 5.0
"""How often the display changes on a terminal, and how often lines are printed elsewhere."""

WIDTH = 110
"""Of the table of results where there is no terminal to ask."""

RATE_SPAN = 6
"""Rates are means over so many refreshes: three seconds, so that bursts show and the figures can still be read."""

SETTLE_S = 60.0
"""How long to wait, after the last phone, for everything to be accounted for."""


def run(
    submissions: Annotated[int, typer.Option(min=1, help="Interviews; duplicates and edits come on top.")] = 3000,
    phones: Annotated[int, typer.Option(min=1)] = 50,
    seconds: Annotated[float, typer.Option(min=0, help="Play the hour of fieldwork in this time.")] = 60.0,
    seed: Annotated[int | None, typer.Option(help="Another seed is other fieldwork; drawn, if none.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Start everything, let phones do an hour of fieldwork in a minute, show the tables; Ctrl-C ends it all."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH
    scenario = Scenario(seed=seed if seed is not None else int(time.time()), phones=phones, submissions=submissions)
    try:
        _run(Stack(
            checks.writable_folder(data), given=daemon.given_settings(), well_known=True, changed=Startup(console).show
        ), scenario, seconds, console)  # fmt: skip
    except KeyboardInterrupt:
        console.print("\nEverything has ended; the data stays.")


def _run(stack: Stack, scenario: Scenario, seconds: float, console: Console) -> None:
    provide_kafka(console)
    with running(stack):
        field = open_field(stack)
        console.print(
            f"\n{scenario.phones} phones take {scenario.submissions} interviews of the household migration survey; "
            f"an hour in the field is {seconds:.0f} s here.\n"
        )
        accounts = _watch_fieldwork(field, stack, scenario, seconds, console)
        remove_collector(field.settings.kafka, field.target.token)
        console.print("\n[bold]What staff see:[/] exact, live, and confidential.")
        show_results(console, field.settings, field.survey)
        show_first_release(console, stack.folder, field.settings, field.survey)
        verdict = "[bold]Nothing is lost:[/]" if accounts.closed else "[bold red]Not all is accounted for:[/]"
        console.print(f"\n{verdict} {accounts}")
        show_further(console, stack, field.survey)
        console.print("\nCtrl-C ends everything.")
        while True:
            time.sleep(3600)


def _watch_fieldwork(field: Field, stack: Stack, scenario: Scenario, seconds: float, console: Console) -> Accounts:
    """Shows the stages until all is accounted for, or `SETTLE_S` is over; returns the accounts at the end."""
    plan = planning.make(scenario)
    recent: deque[Snapshot] = deque(maxlen=RATE_SPAN)
    with (
        StageReader(stack, field) as reader,
        BackgroundRound(plan, field.target, Pace(in_s=seconds)) as playing,
        Live(console=console, auto_refresh=False, transient=False) as live,
    ):
        shown_at = 0.0
        for over in _until_settled(playing, reader):
            recent.append(reader.snapshot(playing.history, plan.deliveries))
            if console.is_terminal:
                live.update(_table(recent), refresh=True)
            elif over or time.monotonic() - shown_at >= LINES_S:
                shown_at = time.monotonic()
                console.print(_line(recent))
        return reader.accounts


def _until_settled(playing: BackgroundRound, reader: StageReader) -> Iterator[bool]:
    """Yields False while there is something on its way, and True once at the end."""
    while not playing.over(REFRESH_S):
        yield False
    deadline = time.monotonic() + SETTLE_S
    yield False
    while time.monotonic() < deadline and not reader.accounts.closed:
        time.sleep(REFRESH_S)
        yield False
    yield True


def _table(recent: "deque[Snapshot]") -> Table:
    table = Table("stage", "", "in all", "a second", "waiting", "", box=None, header_style="dim")
    for column in table.columns[2:5]:
        column.justify = "right"
    for stage in stages(recent[0], recent[-1]):
        waiting = f"[yellow]{stage.waiting}[/]" if stage.waiting else "0"
        rate = f"{stage.per_second:.0f}"
        table.add_row(f"[bold]{stage.name}[/]", stage.does, str(stage.total), rate, waiting, f"[dim]{stage.note}[/]")
    return table


def _line(recent: "deque[Snapshot]") -> str:
    parts = [f"{stage.name} {stage.total} ({stage.per_second:.0f}/s)" for stage in stages(recent[0], recent[-1])]
    return "  ".join(parts)
