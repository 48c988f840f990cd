"""`rihla release`: make the next release of a survey, list releases, show one, compare two."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from kafka.errors import KafkaError
from rich.console import Console

from cli.release_diff import changes
from cli.release_stack import opened, release_section, writing_settings
from cli.release_tables import published_table, release_list, table_list
from cli.release_words import refusal
from cli.survey_publishing import survey_catalogue
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from services.release.maker import Maker, Refused
from services.release.protect import Release
from services.release.store import ReleaseStore
from services.release.surroundings import surroundings
from services.runtime.settings import ServiceSettings
from services.runtime.surveys import SurveyCatalogue

app = typer.Typer(no_args_is_help=True, help="Releases, the only thing analysts see: make, list, show, diff.")

Document = Mapping[str, Any]
Number = Annotated[int | None, typer.Option("--number", "-n", min=1, help="Which release; the last, if none is named.")]
Table = Annotated[str | None, typer.Option("--table", "-t", help="One table.")]


@app.command()
def make(
    survey: str,
    closing: Annotated[bool, typer.Option("--closing", help="Only if it is the last release of the survey.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Make the next release now, under the same rules as the service does; once a survey is closed, its last."""
    settings = settings_of(data)
    catalogue = survey_catalogue(settings.kafka)
    _check_known(survey, catalogue)
    if closing and survey not in catalogue.closed:
        raise Failure(f"{survey} is open: its last release is made once it is closed (`rihla survey close {survey}`).")
    made = make_release(data, settings, catalogue, survey)
    if isinstance(made, Refused):
        raise Failure(refusal(made))
    console = Console()
    rows = sum(note.rows for note in made.manifest.tables)
    shown = rows - sum(note.suppressed for note in made.manifest.tables)
    typer.echo(
        f"Release {made.manifest.epoch} of {survey}: {len(made.tables)} tables, {shown} of {rows} rows published."
    )
    console.print(f"`rihla release show {survey}` shows it.", style="dim", markup=False, highlight=False)


@app.command("list")
def list_(survey: Annotated[str | None, typer.Argument()] = None, data: DataFolder = DEFAULT_DATA) -> None:
    """List the releases that are out, of a survey or of all."""
    settings = settings_of(data)
    catalogue = survey_catalogue(settings.kafka)
    if survey is not None:
        _check_known(survey, catalogue)
    with opened(settings) as store:
        found = store.releases(survey)
    if found:
        Console().print(release_list(found))
    without = sorted({one.survey for one in catalogue.all_latest()} - {release["survey"] for release in found})
    for name in without if survey is None else [survey] if survey in without else []:
        typer.echo(f"{name}: no release is out yet; `rihla release make {name}` makes one, or says why it cannot.")
    if not found and not without:
        typer.echo("No survey is published yet, so there is nothing to release: `rihla survey publish FILE`.")


@app.command()
def show(
    survey: str,
    number: Number = None,
    table: Table = None,
    everything: Annotated[bool, typer.Option("--all", help="Also rows of which nothing is published.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Show a release as analysts have it: its tables, or one of them."""
    console = Console()
    with opened(settings_of(data)) as store:
        release = _release(store, survey, number)
        if table is None:
            console.print(release_list([release]))
            console.print()
            console.print(table_list(release))
            for name in release["withheld"]:
                console.print(f"{name}: not in it, because it does not count everybody whom the other tables count.")
            console.print(f"\n{release['note']}", style="dim", highlight=False)
            return
        description = _table(release, table)
        cells = store.cells(survey, release["release"], table)
    console.print(published_table(description, cells, everything))


@app.command()
def diff(survey: str, before: int, after: int, table: Table = None, data: DataFolder = DEFAULT_DATA) -> None:
    """Say what is another number in one release than in another: what everybody sees who has both."""
    with opened(settings_of(data)) as store:
        for number in (before, after):
            _release(store, survey, number)
        found = changes(store.cells(survey, before, table), store.cells(survey, after, table))
    for change in found:
        where = " × ".join((change.table, *change.labels)) + (f", {change.name}" if change.name else "")
        typer.echo(f"{where}: {_said(change.before)} -> {_said(change.after)}")
    typer.echo(f"{len(found)} numbers differ." if found else "Not one number differs.")


def make_release(folder: Path, reading: ServiceSettings, catalogue: SurveyCatalogue, survey: str) -> Release | Refused:
    """`reading` are the operator's settings of the stack in the folder. Raises `Failure` where broker or database do
    not answer."""
    settings, mine = writing_settings(folder, reading), release_section(folder)
    with opened(settings) as store:
        around = surroundings(settings, catalogue)
        maker = Maker(store, around, mine.policy(), round(mine.closing_after_s * 1000))
        try:
            return maker.make(survey)
        except KafkaError as error:
            raise Failure(f"The broker does not answer ({type(error).__name__}): see `rihla status`.") from None


def _check_known(survey: str, catalogue: SurveyCatalogue) -> None:
    if catalogue.latest(survey) is None:
        raise Failure(f"There is no survey {survey}: `rihla survey list` has them.")


def _release(store: ReleaseStore, survey: str, number: int | None) -> Document:
    found: list[dict[str, Any]] = store.releases(survey)
    if not found:
        raise Failure(f"No release of {survey} is out: `rihla release make {survey}` makes one, or says why it cannot.")
    numbered: dict[int, Document] = {one["release"]: one for one in found}
    release = numbered.get(found[-1]["release"] if number is None else number)
    if release is None:
        raise Failure(f"{survey} has the releases 1 to {found[-1]['release']}, and no {number}.")
    return release


def _table(release: Document, name: str) -> Document:
    tables: dict[str, Document] = {table["name"]: table for table in release["tables"]}
    if name not in tables:
        raise Failure(f"This release has no table {name}. It has: {', '.join(tables)}.")
    return tables[name]


def _said(value: float | None) -> str:
    return "not published" if value is None else f"{value:g}"
