"""`rihla replay`: lets validate judge again what waits in the quarantine, after a key was found or a form mended."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer
from pymongo.errors import PyMongoError
from rich.console import Console

from cli.accounts import wait_until_closed
from cli.resend import resend
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from services.aggregate.mongo_store import MongoStore
from services.aggregate.slots import Kind, Quarantined

SETTLE_S = 60.0
"""How long to wait until what was written is accounted for; it is safe to go before."""


def replay(
    held: Annotated[bool, typer.Option("--held", help="What waits for the key of its form.")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="What did not fit its form.")] = False,
    survey: Annotated[str | None, typer.Option(help="Of this survey only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be written.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Write quarantined submissions to the topic again, to be judged by what is published and known now."""
    kinds = [kind for kind, wanted in ((Kind.HELD, held), (Kind.REJECTION, rejected)) if wanted]
    if not kinds:
        raise Failure("Say what to replay: --held, --rejected, or both.")
    settings = settings_of(data)
    console = Console(highlight=False, soft_wrap=True)
    store = MongoStore(settings.mongodb)
    try:
        if dry_run:
            _show(console, store.quarantine(kinds, survey))
            return
        resent = resend(settings.kafka, store.quarantine(kinds, survey))
    except PyMongoError as error:
        raise Failure(
            f"The database does not answer ({type(error).__name__}). What was written is counted once, also if this "
            "is called again: see `rihla status`."
        ) from None
    finally:
        store.close()
    console.print(f"Written again and acknowledged: {resent.written}.")
    if resent.without_payload:
        console.print(f"{resent.without_payload} were too large to be kept or never sealed: they must be sent again.")
    if resent.written:
        accounts = wait_until_closed(settings, at_least=0, deadline_s=SETTLE_S)
        console.print(f"{accounts}", style=None if accounts.balanced else "red")


def _show(console: Console, entries: Iterator[Quarantined]) -> None:
    found = Counter(
        (entry.kind.value, entry.survey or "", entry.version or "", "" if entry.sealed else "without payload")
        for entry in entries
    )
    table = named_table("kind", "survey", "version", "number", "")
    for (kind, survey, version, note), number in sorted(found.items()):
        table.add_row(kind, survey, version, str(number), note)
    console.print(table if found else "Nothing of this kind is in the quarantine.")
