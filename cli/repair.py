"""`rihla repair`: what is wrong between the topics and the statistics, and how it is mended.

Exit codes: 0 nothing is wrong (any more), 1 something is, 2 it cannot be asked. Nothing is asked for where no terminal
is: `--yes` says it beforehand.
"""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console

from cli import repair_words
from cli.database_user import as_user
from cli.repair_acting import rewind as set_offsets
from cli.repair_acting import wait_until_stopped, write_outcomes
from cli.repair_facts import CannotAsk, gather
from cli.repair_plan import Diagnosis, Facts, diagnose
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local import holding, lock, plan, state
from deploy.local.failure import Failure
from services.aggregate.mending import Moved, mending
from services.runtime.faults import Fatal
from services.runtime.settings import ServiceSettings

CANNOT_ASK = 2
HELD = ("validate", "aggregate")
"""Parts of a local stack that do not run while something is mended."""

app = typer.Typer(no_args_is_help=True, help="See and mend what is wrong between the topics and the statistics.")

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Found = list[tuple[Facts, Diagnosis]]


@app.command()
def check(data: DataFolder = DEFAULT_DATA) -> None:
    """Show what is wrong, and which command mends it."""
    console = _console()
    found = _look(console, settings_of(data))
    _show(console, found)
    raise typer.Exit(0 if all(diagnosis.fine for _, diagnosis in found) else 1)


@app.command()
def rewind(yes: Yes = False, data: DataFolder = DEFAULT_DATA) -> None:
    """Have validate judge again what has no outcome that aggregate can reach."""
    _mend(_console(), data, "rewind", yes)


@app.command()
def accept(
    lost: Annotated[int, typer.Option("--lost", min=1, help="How many records are lost, as `check` says.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Go on without records that expired or were deleted before they were counted. They stay counted as lost."""
    _mend(_console(), data, "accept", yes=True, lost=lost)


@app.command()
def adopt(yes: Yes = False, data: DataFolder = DEFAULT_DATA) -> None:
    """Go on with a `responses` that was made anew, or that lost its end."""
    _mend(_console(), data, "adopt", yes)


def _mend(console: Console, data: Path, command: str, yes: bool, lost: int = 0) -> None:
    settings = settings_of(data)
    found = _look(console, settings)
    _show(console, found)
    if not _concerned(found, command):
        _end(found, command)
    _confirm(found, command, yes, lost)
    try:
        with _stopped(settings, data):
            found = _look(console, settings)
            # Once more: what nobody holds still may have changed.
            _confirm(found, command, True, lost)
            mended = _concerned(found, command)
            _carry_out(as_user(data, settings, plan.PROVISIONING), command, mended)
    except Moved:
        raise Failure("A watermark moved meanwhile: stop aggregate, and call this again.") from None
    except KafkaError as error:
        raise Failure(
            f"The broker did not take all of it ({type(error).__name__}): nothing is damaged, call this again."
        ) from None
    except PyMongoError as error:
        raise Failure(
            f"The database did not take it ({type(error).__name__}): RIHLA_MONGODB__URI must name the user "
            "`provision`. Nothing is damaged, call this again."
        ) from None
    partitions = ", ".join(str(diagnosis.partition) for _, diagnosis in mended)
    console.print(f"Mended: partition {partitions}. `rihla repair check` shows whether anything is left.")
    left = [pair for pair in found if pair not in mended and not pair[1].fine]
    left += [pair for pair in mended if command == "adopt" and pair[1].lost]
    raise typer.Exit(1 if left else 0)


def _end(found: Found, command: str) -> None:
    wrong = [diagnosis for _, diagnosis in found if not diagnosis.fine]
    if not wrong:
        raise typer.Exit(0)
    others = sorted({diagnosis.command for diagnosis in wrong if diagnosis.command})
    if not others:
        raise Failure("No command mends this.")
    raise Failure(f"There is nothing to {command}. Call `rihla repair {others[0]}` first.")


def _concerned(found: Found, command: str) -> Found:
    """What the command may mend. `accept` does what is left of `rewind` too, and all but a loss can be adopted."""
    if command != "adopt" and any(diagnosis.adopt for _, diagnosis in found):
        return []
    wanted = {"rewind": {"rewind"}, "accept": {"rewind", "accept"}, "adopt": {"rewind", "adopt"}}[command]
    chosen = [pair for pair in found if pair[1].command in wanted]
    return chosen if any(pair[1].command == command for pair in chosen) else []


def _confirm(found: Found, command: str, yes: bool, lost: int) -> None:
    really = repair_words.total_lost([diagnosis for _, diagnosis in found])
    if command == "accept" and lost != really:
        raise Failure(f"{really} records are lost, and not {lost}. If that is right: --lost {really}")
    if not yes and not (sys.stdin.isatty() and typer.confirm("Mend it?")):
        raise Failure("Nothing was done. Without a terminal say --yes.")


@contextlib.contextmanager
def _stopped(settings: ServiceSettings, data: Path) -> Iterator[None]:
    """Validate does not run, nor in a local stack aggregate; there both are started again."""
    with contextlib.ExitStack() as stack:
        if lock.owner(data) is not None:
            names = [part.name for part in state.read(data).parts if part.name.partition("-")[0] in HELD]
            stack.enter_context(holding.held(data, names))
        wait_until_stopped(settings.kafka)
        yield


def _carry_out(settings: ServiceSettings, command: str, chosen: Found) -> None:
    """`settings` are those of a user who may write watermarks."""
    offsets = {}
    with mending(settings.mongodb) as database:
        database.note(command, {d.partition: _summary(facts, d) for facts, d in chosen})
        for facts, diagnosis in chosen:
            if diagnosis.follow is not None:
                database.follow(facts.mark, facts.responses_id, diagnosis.follow)
    for facts, diagnosis in chosen:
        if diagnosis.lost and command == "adopt":
            # Only whoever accepts a loss writes it down.
            continue
        write_outcomes(settings.kafka, facts, diagnosis)
        if diagnosis.rewind is not None:
            offsets[diagnosis.partition] = diagnosis.rewind
    set_offsets(settings.kafka, offsets)


def _summary(facts: Facts, diagnosis: Diagnosis) -> dict[str, object]:
    """For the log."""
    return {
        "counted_up_to": facts.mark.submissions_next,
        "lost": [list(span) for span in diagnosis.lost],
        "lost_records": diagnosis.lost_records,
        "validate_from": diagnosis.rewind,
        "responses_from": diagnosis.follow,
    }


def _look(console: Console, settings: ServiceSettings) -> Found:
    try:
        return [(facts, diagnose(facts)) for facts in gather(settings)]
    except CannotAsk as failure:
        console.print(str(failure), style="red")
        raise typer.Exit(CANNOT_ASK) from None
    except Fatal as fault:
        console.print(str(fault), style="red")
        raise typer.Exit(1) from None


def _show(console: Console, found: Sequence[tuple[Facts, Diagnosis]]) -> None:
    if all(diagnosis.fine for _, diagnosis in found):
        console.print("Nothing is wrong: every record is counted, on its way, or can be read.")
    for facts, diagnosis in found:
        for line in repair_words.lines(facts, diagnosis):
            console.print(f"partition {diagnosis.partition}: {line}", markup=False)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
