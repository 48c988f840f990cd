"""`rihla simulate`: phones in the field, against any server, and the truth about what they sent."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.background_round import BackgroundRound
from cli.fieldwork import plan as planning
from cli.fieldwork.history import History, Truth, truth
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Plan, Scenario
from cli.fieldwork.wire import Target
from cli.where import DEFAULT_DATA, DataFolder, ingest_url

GRACE_S = 5.0
"""After Ctrl-C, how long what is on its way may take to be acknowledged."""

SHOW_EVERY_S = 0.1

Tell = Callable[[History], None]


def run_round(plan: Plan, target: Target, pace: Pace, console: Console) -> History:
    """Plays a round with a bar on a terminal, and lines elsewhere. Raises `Failure` if the server will not have it."""
    with _progress(plan, console) as tell, BackgroundRound(plan, target, pace) as playing:
        while not playing.over(SHOW_EVERY_S):
            tell(playing.history)
        tell(playing.history)
    return playing.history


def run_until_interrupted(plan: Plan, target: Target, pace: Pace, console: Console) -> History:
    """As `run_round`, but Ctrl-C ends it cleanly with what was sent so far; a second one cuts off what is on its
    way."""
    with _progress(plan, console) as tell, BackgroundRound(plan, target, pace) as playing:
        try:
            while not playing.over(SHOW_EVERY_S):
                tell(playing.history)
        except KeyboardInterrupt:
            playing.stop()
            with contextlib.suppress(KeyboardInterrupt):
                playing.over(GRACE_S)
        tell(playing.history)
    return playing.history


@contextlib.contextmanager
def _progress(plan: Plan, console: Console) -> Iterator[Tell]:
    if not console.is_terminal:
        tenths = 0

        def tell_line(history: History) -> None:
            nonlocal tenths
            done = history.acknowledged
            if (reached := 10 * done // max(1, plan.deliveries)) > tenths:
                tenths = reached
                console.print(f"{done} of {plan.deliveries} acknowledged, {history.attempts} attempts")

        yield tell_line
        return
    columns = (TextColumn("[bold]phones[/]"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=plan.deliveries, more="")

        def tell_bar(history: History) -> None:
            done, attempts = history.acknowledged, history.attempts
            progress.update(task, completed=done, more=f"{attempts - done} tries without an answer")

        yield tell_bar


def simulate(
    token: Annotated[str, typer.Option(help="Token of a collector, from `rihla collector add`.", envvar="RIHLA_TOKEN")],
    url: Annotated[str | None, typer.Option(help="Root URL of the server; the local stack's ingest, if none.")] = None,
    phones: Annotated[int, typer.Option(min=1, help="Phones in the field.")] = 50,
    submissions: Annotated[int, typer.Option(min=1, help="Interviews; duplicates and edits come on top.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same fieldwork.")] = 1,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share sent again as it was.")] = 0.1,
    invalid: Annotated[float, typer.Option(min=0, max=1, help="Share with an answer that does not fit.")] = 0.05,
    edits: Annotated[float, typer.Option(min=0, max=1, help="Share edited later.")] = 0.05,
    refusals: Annotated[float, typer.Option(min=0, max=1, help="Share without consent.")] = 0.02,
    timeouts: Annotated[float, typer.Option(min=0, max=1, help="Share whose first answer gets lost.")] = 0.03,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Deliveries a second, about.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="Length of the fieldwork on its own clock.")] = 1.0,
    in_seconds: Annotated[float, typer.Option(min=0, help="Play the hours in this time. 0: as fast as it goes.")] = 0.0,
    truth_file: Annotated[Path | None, typer.Option("--truth", help="Write here what the tables must show.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Play phones in the field: offline hours, bursts, retries, duplicates, edits, invalid answers, wrong clocks."""
    plan = planning.make(
        Scenario(seed, phones, submissions, duplicates, invalid, edits, refusals, timeouts, hours=hours)
    )
    pace = Pace(in_s=plan.deliveries / rate if rate else in_seconds)
    history = run_until_interrupted(plan, Target(url or ingest_url(data), token), pace, Console(highlight=False))
    found = truth(history)
    if truth_file is not None:
        write_truth(truth_file, found)
    typer.echo(
        f"{found.acknowledged} acknowledged in {history.attempts} attempts: {len(found.outcomes.counted)} to be "
        f"counted, {found.outcomes.superseded} superseded, {found.outcomes.duplicate} duplicates, "
        f"{found.outcomes.rejected} rejected, {found.outcomes.refused} refused."
    )


def write_truth(path: Path, found: Truth) -> None:
    path.write_text(json.dumps(found.as_json(), indent=1) + "\n")
