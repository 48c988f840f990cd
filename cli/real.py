"""`rihla real FOLDER`: a survey that really was held, through real parts, compared with a count of its XML files.

The folder holds `form.xlsx` and `submissions.zip` (one ODK submission XML an instance). The last line is one JSON
object. Exit code 0 only if every cell of every one-way table equals the independent count.
"""

import asyncio
import json
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.accounts import Accounts, wait_until_closed
from cli.compare import Difference, differences, integers
from cli.field import open_field
from cli.fieldwork.connection import Answer, Connection
from cli.fieldwork.wire import Target, openrosa_post
from cli.independent_count import MISSING, Counts, count, kept_choices
from cli.live_tables import read_one_way
from cli.progress import provide_kafka
from cli.supervised import running
from deploy.local.failure import Failure
from deploy.local.stack import Stack

PHONES = 8
"""Files on their way at once."""

TRIES = 50
"""Of one file, a fifth of a second apart."""

DEADLINE_S = 120.0

SHOWN_DIFFERENCES = 20

CODES_OF_NOTHING = frozenset({"_N", "_U"})
"""Not asked and left empty look the same in a file, so they are compared as one. A form can have these codes itself."""


def real(
    folder: Annotated[Path, typer.Argument(help="Holds form.xlsx and submissions.zip.", exists=True, file_okay=False)],
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack's folder where it is.")] = False,
) -> None:
    """Send a real survey through the pipeline and compare its tables with an independent count of the files."""
    console = Console(highlight=False, soft_wrap=True)
    form, archive = folder / "form.xlsx", folder / "submissions.zip"
    for path in (form, archive):
        if not path.is_file():
            raise Failure(f"{path} is not there: the folder must hold form.xlsx and submissions.zip.")
    data = Path(tempfile.mkdtemp(prefix="rihla-real-"))
    found: Comparison | None = None
    try:
        found = _real(data, form, archive, console)
    finally:
        if found is not None and found.good and not keep:
            shutil.rmtree(data, ignore_errors=True)
        else:
            console.print(f"Data and logs are in {data}.")
    console.print(json.dumps(found.report()))
    if not found.good:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Comparison:
    """`cells` is how many cells the files say there are, `different` those that the tables do not show the same."""

    submissions: int
    accepted: int
    accounts: Accounts
    cells: int
    different: list[Difference]

    @property
    def good(self) -> bool:
        whole = self.submissions == self.accepted == self.accounts.counted
        return whole and self.accounts.closed and not self.different

    def report(self) -> dict[str, object]:
        return {
            "name": "real",
            "submissions": self.submissions,
            "accepted": self.accepted,
            "counted": self.accounts.counted,
            "cells_compared": self.cells,
            "cells_different": len(self.different),
        }


def _real(data: Path, form: Path, archive: Path, console: Console) -> Comparison:
    with zipfile.ZipFile(archive) as opened:
        files = [opened.read(name) for name in sorted(opened.namelist()) if name.endswith(".xml")]
    expected = comparable(count(kept_choices(form), files))
    provide_kafka(console)
    stack = Stack(data)
    with running(stack):
        field = open_field(stack, form)
        console.print(f"{field.survey.survey} is published; sending {len(files)} submissions.")
        begun = time.monotonic()
        accepted = asyncio.run(send(field.target, files))
        console.print(f"{accepted} acknowledged in {time.monotonic() - begun:.1f} s.")
        accounts = wait_until_closed(field.settings, accepted, DEADLINE_S)
        shown = comparable(read_one_way(field.settings, field.survey))
    console.print(str(accounts))
    different = differences(expected, shown)
    for difference in different[:SHOWN_DIFFERENCES]:
        console.print(str(difference))
    return Comparison(len(files), accepted, accounts, integers(expected), different)


async def send(target: Target, files: list[bytes]) -> int:
    """Posts every file over OpenRosa until it is acknowledged; returns how many were. Raises `Failure` if one is
    refused or the server stays away."""
    waiting = list(enumerate(files))
    accepted = 0

    async def phone(number: int, connection: Connection) -> None:
        nonlocal accepted
        while waiting:
            place, xml = waiting.pop()
            post = openrosa_post(target.submission_url, f"collect:real{number}", xml, int(time.time()))
            for _ in range(TRIES):
                reply = await connection.post(post)
                if reply.answer is Answer.SAVED:
                    break
                if reply.answer is Answer.REFUSED:
                    raise Failure(f"File {place + 1} in alphabetical order was refused with {reply.status}.")
                await asyncio.sleep(0.2 if reply.retry_after_s is None else min(2.0, reply.retry_after_s))
            else:
                raise Failure("The server stays away: see `rihla status`.")
            accepted += 1

    async with Connection() as connection:
        await asyncio.gather(*(phone(number, connection) for number in range(PHONES)))
    return accepted


def comparable(counts: Counts) -> dict[str, dict[str, dict[str, int]]]:
    """Counts in the shape of a comparison: one figure for each question, one cell for each code."""
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for path, codes in counts.items():
        merged: Counter[str] = Counter()
        for code, times in codes.items():
            merged[MISSING if code in CODES_OF_NOTHING else code] += times
        figures[path] = {f"{path}|{code or 'nothing'}": {"n": times} for code, times in merged.items() if times}
    return figures
