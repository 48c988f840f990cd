"""`rihla tables`: which tables a survey has, whether their cells are what the ledger says, and making them anew."""

import time
from typing import Annotated, NoReturn

import typer
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console

from cli.survey_publishing import survey_catalogue
from cli.survey_report import named_table
from cli.table_recount import CannotCompare, Difference, recount
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from schemas.survey.rebuilding import SurveyRebuild
from schemas.tables.generations import Generations, TableState
from schemas.tables.layout import REGISTRY, Layout, layouts
from schemas.topics import SURVEYS
from services.aggregate.mongo_store import MongoStore
from services.aggregate.store import Unavailable
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings

POLL_S = 0.5
USUAL_WAIT_S = 600
CANNOT_COMPARE = 2
"""Exit code."""
SHOWN_KEYS = 20

app = typer.Typer(no_args_is_help=True, help="The live tables: list, rebuild, verify.")


@app.command("list")
def list_(survey: str, data: DataFolder = DEFAULT_DATA) -> None:
    """The tables of a survey, which of its versions count in each, and how far one is that is being filled."""
    settings = settings_of(data)
    versions = _versions(settings.kafka, survey)
    store = MongoStore(settings.mongodb)
    try:
        now = next(iter(store.generations(survey)), None)
        filled = store.filled(survey)
    except (Unavailable, PyMongoError) as error:
        raise Failure(f"The database cannot be read ({type(error).__name__}): see `rihla status`.") from None
    finally:
        store.close()
    console = Console(highlight=False)
    if now is None:
        console.print(f"Nothing was counted of {survey} yet: its tables begin with the first submission.")
        return
    names = table_names(versions)
    table = named_table("table", "id", "generation", "counts versions", "state")
    for id_, state in sorted(now.tables.items(), key=lambda item: names.get(item[0], item[0])):
        current = state.current
        number = "-" if current is None else str(current.number)
        counts = "-" if current is None else ", ".join(current.versions)
        table.add_row(names.get(id_, "(of no published version)"), id_, number, counts, _state(state, now))
    console.print(table)
    if now.fill is not None:
        fill = now.fill
        console.print(
            f"Being filled: {sum(filled.values()):,} submissions so far, {len(fill.done)} of {len(fill.partitions)} "
            "partitions done. The figures change over when all are."
        )


@app.command()
def rebuild(
    survey: str,
    tables: Annotated[list[str] | None, typer.Argument(help="Names of tables; all, if none is named.")] = None,
    wait: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="How long to wait for it; 0 not at all.")] = (
        USUAL_WAIT_S
    ),
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Make tables anew from the ledger, while the stream goes on. What is shown stays until the new is complete."""
    settings = settings_of(data)
    versions = _versions(settings.kafka, survey)
    chosen = ids_of(versions, tables or [])
    asked = SurveyRebuild(survey=survey, asked_ms=time.time_ns() // 1_000_000, tables=chosen)
    store = MongoStore(settings.mongodb)
    console = Console(highlight=False, soft_wrap=True)
    try:
        if not store.generations(survey) and not store.live_pages(survey):
            raise Failure(f"Nothing was counted of {survey} yet: there is nothing to make anew.")
        publish(settings.kafka, SURVEYS, asked.key, asked.to_wire())
        console.print(f"Asked for. `rihla tables list {survey}` shows how far it is.")
        if wait:
            _wait(store, survey, asked.asked_ms, time.monotonic() + wait)
            console.print("Done: the tables are those that were made anew.")
    except KafkaError as error:
        raise Failure(f"The cluster did not take it ({type(error).__name__}): see `rihla status`.") from None
    except (Unavailable, PyMongoError) as error:
        raise Failure(f"The database cannot be read ({type(error).__name__}): see `rihla status`.") from None
    finally:
        store.close()


@app.command()
def verify(
    survey: str,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Compute each contribution anew from the stored response.")
    ] = False,
    cells: Annotated[bool, typer.Option("--cells", help="Name the cells that differ. They are confidential.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Compare the live cells and PSU sums with a recount of the ledger. Exit code 1 if one differs, 2 if it cannot be
    compared. May be run while submissions come in."""
    settings = settings_of(data)
    versions = _versions(settings.kafka, survey)
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    try:
        found = recount(settings.mongodb, survey, versions if recompute else None)
    except CannotCompare as error:
        _cannot(console, str(error))
    except PyMongoError as error:
        _cannot(console, f"The database does not answer ({type(error).__name__}): see `rihla status`.")
    seconds = time.monotonic() - began
    console.print(
        f"{found.counted:,} counted submissions, {found.cells:,} cells and {found.areas:,} sums of PSUs compared in "
        f"{seconds:.1f} s."
    )
    if not found.differences:
        console.print("Every one of them is what the ledger says.")
        return
    _show(console, found.differences, table_names(versions), cells)
    console.print(
        f"[red]The live tables are not what the ledger says. `rihla tables rebuild {survey}` makes them anew; keep a "
        "copy of the database first, and report it.[/]"
    )
    raise typer.Exit(1)


def _show(console: Console, differences: list[Difference], names: dict[str, str], keys: bool) -> None:
    table = named_table("table", "cells", "cells that differ", "PSU sums that differ")
    for one in differences:
        table.add_row(names.get(one.table, one.table), one.id, str(len(one.cells)), str(one.areas))
    console.print(table)
    for one in differences if keys else ():
        for key in one.cells[:SHOWN_KEYS]:
            console.print(f"  {names.get(one.table, one.table)}  {key}", markup=False)
        if len(one.cells) > SHOWN_KEYS:
            console.print(f"  and {len(one.cells) - SHOWN_KEYS} more")


def table_names(versions: list[SurveyDefinition]) -> dict[str, str]:
    """By id. A histogram is named as its layout is; the registry is the count of submissions."""
    found = {layout.id: layout.name for version in versions for layout in layouts(version)}
    return found | {REGISTRY: "(submissions)"}


def ids_of(versions: list[SurveyDefinition], names: list[str]) -> list[str]:
    """Of the tables of these names in any version, and of the histograms beside them. Raises `Failure`."""
    found: list[str] = []
    every = {layout.id: layout for version in versions for layout in layouts(version)}
    for name in names:
        own = [layout.id for layout in every.values() if _is_named(layout, name)]
        if not own:
            known = sorted({one.name for one in every.values() if not one.indicator and one.id != REGISTRY})
            raise Failure(f"There is no table {name}: there are {', '.join(known)}.")
        found += own
    return found


def _is_named(layout: Layout, name: str) -> bool:
    return layout.name == name or (bool(layout.indicator) and layout.name.partition(":")[0] == name)


def _state(state: TableState, now: Generations) -> str:
    if state.filling is not None:
        return f"generation {state.filling.number} is being filled"
    if state.wanted:
        return "waits to be filled"
    return "complete" if state.current is not None else "of no published version"


def _wait(store: MongoStore, survey: str, asked_ms: int, deadline: float) -> None:
    while True:
        now = next(iter(store.generations(survey)), None)
        if now is not None and now.rebuilt_ms >= asked_ms and now.fill is None and not _is_wanted(now):
            return
        if time.monotonic() > deadline:
            raise Failure(f"Not done yet: aggregate goes on with it, if it runs. See `rihla tables list {survey}`.")
        time.sleep(POLL_S)


def _is_wanted(now: Generations) -> bool:
    return any(state.wanted for state in now.tables.values())


def _versions(kafka: KafkaSettings, survey: str) -> list[SurveyDefinition]:
    found = survey_catalogue(kafka).versions(survey)
    if not found:
        raise Failure(f"There is no survey {survey}: `rihla survey list` has them.")
    return found


def _cannot(console: Console, why: str) -> NoReturn:
    console.print(why, style="red", markup=False)
    raise typer.Exit(CANNOT_COMPARE)
