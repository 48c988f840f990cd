"""What `rihla status` shows: a table of the parts, and the conservation law."""

import http.client
import json
import urllib.error
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local import lock, processes, state
from deploy.local.failure import Failure
from deploy.local.state import Condition, PartState, StackState
from schemas.outcome_class import SEALED_BY_FORM

PROBE_TIMEOUT_S = 2.0

COLOURS = {Condition.READY: "green", Condition.STARTING: "yellow", Condition.RESTARTING: "yellow"}


def show_status(console: Console, folder: Path) -> bool:
    """Prints it; returns whether everything is ready."""
    current = state.read(folder)
    owner = lock.owner(folder)
    if owner is None:
        left = processes.orphans(folder.resolve(), current)
        console.print(f"No stack runs on {folder}: start one with `rihla up`.", highlight=False)
        if left:
            pids = ", ".join(str(process.pid) for process in left)
            text = f"A stack was killed here and left processes ({pids}); `rihla up` or `rihla down` ends them."
            console.print(text, style="yellow", highlight=False)
        return False
    console.print(f"The stack on {folder} is {current.phase}; supervisor {owner}.", highlight=False)
    notes = {part.name: _note(part) for part in current.parts}
    console.print(_table(current, notes))
    show_conservation(console, current)
    show_releases(console, current)
    return current.phase is state.Phase.READY and not any(notes.values())


def _table(current: StackState, notes: dict[str, str]) -> Table:
    table = Table("part", "state", "pid", "address", "restarts", "note", box=None)
    for part in current.parts:
        colour = COLOURS.get(part.condition, "red")
        table.add_row(
            part.name,
            f"[{colour}]{part.condition}[/]",
            str(part.pid or ""),
            part.address,
            str(part.restarts or ""),
            notes[part.name],
        )
    return table


def _note(part: PartState) -> str:
    """Empty if all is well; else what the part said last, or what it waits for by its own account."""
    if part.condition is not Condition.READY:
        return part.message or str(part.condition)
    if not part.probe_url:
        return ""
    try:
        with urllib.request.urlopen(part.probe_url, timeout=PROBE_TIMEOUT_S):  # noqa: S310 - http, our own
            return ""
    except urllib.error.HTTPError as answer:
        return _waits_for(answer.read())
    except (OSError, http.client.HTTPException):
        return "does not answer"


def _waits_for(body: bytes) -> str:
    try:
        parts = json.loads(body)
        return "waits for " + ", ".join(name for name, there in parts.items() if there is False)
    except (ValueError, AttributeError):
        return "is not ready"


def show_conservation(console: Console, current: StackState) -> None:
    """The conservation law: accepted = sum of the classes + in flight. Nothing where no aggregate keeps it."""
    if not any(part.name.startswith("aggregate") for part in current.parts):
        return
    from pymongo.errors import PyMongoError

    from cli.accounts import wait_until_closed
    from cli.where import settings_from

    try:
        accounts = wait_until_closed(settings_from(current.environment), at_least=0, deadline_s=0.0)
    except (Failure, PyMongoError):
        console.print("Whether all is accounted for cannot be read: broker or database does not answer.", style="red")
        return
    console.print(f"\n{accounts}", style=None if accounts.balanced else "red", highlight=False)
    if accounts.held:
        console.print(
            f"{accounts.held} held: {SEALED_BY_FORM}, the key of the form is not here (`rihla survey form-key list`).",
            highlight=False,
        )


def show_releases(console: Console, current: StackState) -> None:
    """The last release of each survey. Nothing where no service makes any."""
    if not any(part.name == "release" for part in current.parts):
        return
    from cli.released import release_lines
    from cli.where import settings_from

    try:
        lines = release_lines(settings_from(current.environment))
    except Failure:
        console.print("Whether releases are out cannot be read: broker or database does not answer.", style="red")
        return
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
