"""`rihla partitions`: how many the data topics have, how far each is, and adding more while submissions stream in."""

from typing import Annotated

import typer
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console

from cli.database_user import as_user
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local import plan
from deploy.local.failure import Failure
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate.mending import mending
from services.aggregate.mongo_store import MongoStore
from services.aggregate.provision import Topics, topics
from services.aggregate.watermark import Watermark
from services.runtime.admin import TopicAdmin, connect
from services.runtime.faust_app import METADATA_AGE_S
from services.runtime.settings import ServiceSettings

app = typer.Typer(no_args_is_help=True, help="The partitions of the data topics.")

MOST = 1024
"""As RIHLA_KAFKA__PARTITIONS."""


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """Show how far each partition is accepted and counted, and the oldest offsets that both topics hold."""
    settings = settings_of(data)
    console = Console(highlight=False)
    try:
        with connect(settings.kafka) as admin:
            found = topics(admin)
    except KafkaError as error:
        raise Failure(f"The broker does not answer ({type(error).__name__}): see `rihla status`.") from None
    marks = {mark.partition: mark for mark in _watermarks(settings)}
    table = named_table("partition", "accepted", "counted", "in flight", "oldest", "oldest outcome")
    for partition in sorted(marks.keys() | found.submissions_end.keys() | found.responses_end.keys()):
        mark, end = marks.get(partition), found.submissions_end.get(partition)
        table.add_row(
            str(partition),
            "-" if end is None else str(end),
            "no watermark" if mark is None else str(mark.submissions_next),
            "-" if mark is None or end is None else str(end - mark.submissions_next),
            str(found.submissions_start.get(partition, "-")),
            str(found.responses_start.get(partition, "-")),
        )
    console.print(table)


@app.command()
def grow(
    number: Annotated[int, typer.Argument(min=1, max=MOST, help="How many there are to be.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Add partitions, so that more workers can share the work. Nothing is stopped; it cannot be undone."""
    settings = settings_of(data)
    console = Console(highlight=False, soft_wrap=True)
    marks = _watermarks(settings)
    if not marks:
        raise Failure("The database has no watermarks: run `rihla up`, or provision it first.")
    try:
        with connect(settings.kafka) as admin:
            grown = _grow(admin, as_user(data, settings, plan.PROVISIONING), marks, number)
    except KafkaError as error:
        raise Failure(
            f"The broker did not take all of it ({type(error).__name__}): call it again, twice does no harm."
        ) from None
    except PyMongoError as error:
        raise Failure(
            f"The database did not take it ({type(error).__name__}): RIHLA_MONGODB__URI must name the user `provision`."
        ) from None
    if not grown:
        console.print(f"There are {number} partitions already.")
        return
    console.print(
        f"There are {number} partitions now. Whatever runs takes the new ones within {2 * METADATA_AGE_S:.0f} s; "
        f"nothing has to be started again. Up to {number} workers of validate and of aggregate can share the work."
    )


def _grow(admin: TopicAdmin, settings: ServiceSettings, marks: list[Watermark], number: int) -> bool:
    """Watermarks first, then `responses`, then `submissions`: a record finds its outcome's partition, and an outcome
    its watermark. Whatever of it is there stays, so it can be called again. Returns whether anything was to be done."""
    found = topics(admin)
    there = {SUBMISSIONS: len(found.submissions_end), RESPONSES: len(found.responses_end)}
    if number < max(there.values()):
        raise Failure(f"There are {max(there.values())} partitions, and topics do not shrink.")
    known = marks[0]
    if (known.submissions_topic, known.responses_topic) != (found.submissions_id, found.responses_id):
        raise Failure("The topics are not those that were counted: see `rihla repair check` first.")
    new = [_new(partition, found) for partition in range(number) if partition not in {m.partition for m in marks}]
    with mending(settings.mongodb) as database:
        if new:
            database.note("grow", {mark.partition: {} for mark in new})
            database.add(new)
    for topic in (RESPONSES, SUBMISSIONS):
        if there[topic] < number:
            admin.grow(topic, number)
    return bool(new) or min(there.values()) < number


def _new(partition: int, found: Topics) -> Watermark:
    first = found.submissions_start.get(partition, 0)
    return Watermark(
        partition, found.responses_id, found.submissions_id, found.responses_start.get(partition, 0), first, first
    )


def _watermarks(settings: ServiceSettings) -> list[Watermark]:
    store = MongoStore(settings.mongodb)
    try:
        return store.watermarks()
    except PyMongoError as error:
        raise Failure(f"The database does not answer ({type(error).__name__}): see `rihla status`.") from None
    finally:
        store.close()
