"""`rihla simulate`: phones in the field, against any server, and the truth about what they sent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.fieldwork import plan as planning
from cli.fieldwork.history import Truth, truth
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Plan, Scenario
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.submission import SURVEY, VERSION
from cli.fieldwork.wire import Target
from cli.play import run_until_interrupted
from cli.simulate_any import Simulated, any_form
from cli.where import DEFAULT_DATA, DataFolder, ingest_url


def simulate(
    token: Annotated[str, typer.Option(help="Token of a collector, from `rihla collector add`.", envvar="RIHLA_TOKEN")],
    url: Annotated[str | None, typer.Option(help="Root URL of the server; the local stack's ingest, if none.")] = None,
    survey: Annotated[str, typer.Option(help="A published survey. Its form is read from the stack.")] = SURVEY,
    version: Annotated[str | None, typer.Option(help="Its version; the one published last, if none.")] = None,
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
    scenario = Scenario(seed, phones, submissions, duplicates, invalid, edits, refusals, timeouts, hours=hours)
    console = Console(highlight=False, soft_wrap=True)
    simulated: Simulated | None = None
    if survey == SURVEY and version in (None, VERSION):
        plan: Plan[Sendable[Answered]] = planning.make(scenario)
    else:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        simulated = any_form(data, survey, version, scenario, today, url is None, console)
        plan = simulated.plan
    pace = Pace(in_s=plan.deliveries / rate if rate else in_seconds)
    target = Target(url or ingest_url(data), token, survey)
    history = run_until_interrupted(plan, target, pace, console)
    found = truth(history) if simulated is None else simulated.truth(history)
    if truth_file is not None:
        write_truth(truth_file, found)
    typer.echo(
        f"{found.acknowledged} acknowledged in {history.attempts} attempts: {len(found.outcomes.counted)} to be "
        f"counted, {found.outcomes.superseded} superseded, {found.outcomes.duplicate} duplicates, "
        f"{found.outcomes.rejected} rejected, {found.outcomes.refused} refused."
    )
    if simulated is not None and not simulated.confirm(found, console):
        raise typer.Exit(1)


def write_truth(path: Path, found: Truth) -> None:
    path.write_text(json.dumps(found.as_json(), indent=1) + "\n")
