"""`rihla retention`: until when the answers of each survey are kept, and what goes when that time is over."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from cli.holdings import Held, Surveys, ended, held, opened, surveys
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.topics import DAY_MS
from services.aggregate.retention import Ended, overdue
from services.runtime.settings import MongoSettings

POLL_S = 1.0
USUAL_WAIT_S = 120
"""Aggregate looks at the clock twice a minute; a large ledger takes some seconds for each 100,000 slots."""

app = typer.Typer(no_args_is_help=True, help="How long answers are kept: list, apply.")


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """Every survey: when it was closed, until when its answers are kept, and what the ledger holds of it."""
    settings = settings_of(data)
    known = surveys(settings.kafka)
    with opened(settings.mongodb) as client:
        done, holdings = ended(client, settings.mongodb), held(client, settings.mongodb)
    table = named_table("survey", "closed", "kept until", "state", "slots", "quarantine", "rejections")
    for name in sorted({one.survey for one in known.latest} | done.keys()):
        has = holdings.get(name, Held())
        counts = (has.to_delete, has.quarantine.total(), has.rejections)
        table.add_row(name, *_times(name, known, done.get(name)), *(f"{number:,}" for number in counts))
    console = Console(highlight=False)
    console.print(table if table.row_count else "No survey is published.")


@app.command()
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is due and how much would go.")] = False,
    wait: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long to wait for it.")] = USUAL_WAIT_S,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Wait until aggregate has deleted what is due. It does so by itself, within a minute: nobody else writes there."""
    settings = settings_of(data)
    known = surveys(settings.kafka)
    console = Console(highlight=False, soft_wrap=True)
    with opened(settings.mongodb) as client:
        due = _due(known, ended(client, settings.mongodb))
        holdings = held(client, settings.mongodb) if due else {}
    if not due:
        console.print("Nothing is due.")
        return
    for name in due:
        has = holdings.get(name, Held())
        console.print(
            f"{name}: {has.to_delete:,} slots, {has.quarantine.total():,} quarantined and {has.rejections:,} listed "
            f"rejections are due to go; {has.slots['withdrawn']:,} markers and all cells stay."
        )
    if dry_run:
        return
    for one in _swept(settings.mongodb, due, time.monotonic() + wait):
        console.print(
            f"{one.survey}: gone are {one.slots:,} slots, {one.quarantined:,} quarantined, {one.rejections:,} listed "
            f"rejections, and what told respondents in {one.erasures:,} erasures; {one.markers:,} markers stay."
        )


def _swept(settings: MongoSettings, names: list[str], deadline: float) -> list[Ended]:
    """Raises `Failure` when the time is over: what aggregate began it goes on with."""
    with opened(settings) as client:
        while True:
            done = ended(client, settings)
            open_ = [name for name in names if name not in done or done[name].done_ms is None]
            if not open_:
                return [done[name] for name in names]
            if time.monotonic() > deadline:
                begun = [name for name in open_ if name in done]
                raise Failure(
                    f"Not swept yet: {', '.join(open_)}. "
                    + (
                        "Aggregate is at it; call again, or see `rihla retention list`."
                        if begun
                        else "Does aggregate run? See `rihla status`, and retention_waits in its log."
                    )
                )
            time.sleep(POLL_S)


def _due(known: Surveys, done: Mapping[str, Ended]) -> list[str]:
    return [one.survey for one in overdue(known.closings.values(), done, int(time.time() * 1000))]


def _times(name: str, known: Surveys, done: Ended | None) -> tuple[str, str, str]:
    """When it was closed, until when it is kept, and how it stands."""
    if done is not None:
        until = day(done.closed_ms + done.retention_days * DAY_MS)
        state = "being deleted" if done.done_ms is None else f"deleted {day(done.done_ms)}"
        return day(done.closed_ms), until, state
    closing = known.closings.get(name)
    if closing is None:
        days = next((one.retention_days for one in known.latest if one.survey == name), 0)
        return "-", f"{days} days after closing", "open"
    state = "due" if closing.due_ms <= time.time() * 1000 else "closed"
    return day(closing.closed_ms), day(closing.due_ms), state


def day(ms: int) -> str:
    """A moment as a date, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
