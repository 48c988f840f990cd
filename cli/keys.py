"""`rihla keys`: make, list, change, keep and destroy the keys. Never shows one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import key_backup, key_prune, key_rotation
from cli.key_folder import Keys, keys_of
from cli.key_table import key_rows
from cli.log_ends import LogReader
from cli.survey_publishing import survey_catalogue
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.runtime import keys, survey_keys

app = typer.Typer(no_args_is_help=True, help="Keys: init, list, rotate, backup, destroy.")
app.command("backup")(key_backup.backup)

PublicFolder = Annotated[
    Path | None,
    typer.Option("--public", metavar="FOLDER", help="Ingest's own folder, where it has one: gets what ingest needs."),
]
SurveyName = Annotated[str, typer.Option("--survey", metavar="NAME", help="Whose pseudonyms.")]


@app.command()
def init(public: PublicFolder = None, data: DataFolder = DEFAULT_DATA) -> None:
    """Make what is missing: the key that hashes instance ids, and the first sealing key."""
    here = keys_of(data)
    _refuse_another_beginning(here)
    before = set(here.files())
    keys.create(here.folder)
    here.refuse_open()
    made = sorted(set(here.files()) - before)
    typer.echo(f"{here.folder}: " + (f"made {', '.join(made)}." if made else "everything is here. Nothing to do."))
    _hand_over(here, public)
    if made:
        typer.echo("Keep a copy off this machine: rihla keys backup FILE")


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the keys: what each is for, who needs it, how old it is, what is missing. Never a key itself."""
    here = keys_of(data)
    surveys, closed, asked = _surveys(here)
    table = named_table("file", "is", "made", "needed by", "state")
    for row in key_rows(here.folder, here.release, surveys, closed):
        table.add_row(row.file, row.what, row.made, row.needed_by, row.state)
    console = Console(soft_wrap=True)
    console.print(table if table.row_count else f"No keys in {here.folder}: `rihla keys init` makes the first.")
    if not asked:
        console.print("The cluster does not answer: surveys are shown by the hash of their name.", style="yellow")
    here.refuse_open()


@app.command()
def rotate(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="sealing, or pseudonyms (of one survey).")],
    survey: SurveyName = "",
    prune: Annotated[
        bool, typer.Option("--prune", help="Make none; destroy old sealing keys that nothing needs any more.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Also where figures stand on the pseudonyms.")] = False,
    public: PublicFolder = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Make a new key for what comes in from now on. Old ones stay, for what is there."""
    here = keys_of(data)
    here.refuse_open()
    match what:
        case "sealing" if prune:
            key_prune.prune(here)
        case "sealing":
            key_rotation.rotate_sealing(here)
            _hand_over(here, public)
        case "pseudonyms" if not prune:
            key_rotation.rotate_pseudonyms(here, survey, force)
        case _:
            raise Failure(
                "Write `rihla keys rotate sealing [--prune]`, or `rihla keys rotate pseudonyms --survey NAME`."
            )


@app.command()
def destroy(
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help="The survey whose keys are destroyed.")],
    even_if_open: Annotated[
        bool, typer.Option("--even-if-open", help="Also if it is not closed: what phones still send is lost.")
    ] = False,
    yes: Annotated[str, typer.Option("--yes", metavar="SURVEY", help="Its name again, in place of the question.")] = "",
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Destroy the keys of a survey for ever: its pseudonyms can then be linked to nobody."""
    here = keys_of(data)
    known = survey_keys.is_destroyed(here.folder, survey) or survey_keys.secret_path(here.folder, survey).exists()
    if not known:
        raise Failure(f"There is no key of a survey {survey} in {here.folder}: see `rihla keys list`.")
    if not even_if_open:
        key_rotation.refuse_open_survey(here, survey)
    typer.echo(
        f"This destroys the keys of {survey} in {here.folder}, for ever:\n"
        "- its pseudonyms can be linked to nobody, and not to each other's identifying values either: nobody can be\n"
        "  found or erased by name or phone number any more (an instance still can, by its id);\n"
        "- repetitions and edits are not recognised: whatever still comes in is rejected (VAL-007) and not kept;\n"
        "- it cannot be undone, but by a backup of keys that holds them: destroy those too.\n"
        "Figures that are counted or released stay."
    )
    if (yes or typer.prompt("Type the survey's name to go on", default="", show_default=False)) != survey:
        raise Failure("That is not its name. Nothing was destroyed.")
    gone = survey_keys.destroy(here.folder, survey)
    typer.echo(
        f"Destroyed: {', '.join(gone) if gone else 'nothing was left of them'}. No new key is made for {survey}."
    )
    typer.echo(
        "Running validate workers forget it within a second. The files were overwritten before they were deleted; a "
        "flash disk, a snapshot or a copying file system can hold the old blocks for a while: see docs/operators.md."
    )


def _refuse_another_beginning(here: Keys) -> None:
    """`keys.create` refuses beside old keys; here beside records, which were sealed for others."""
    missing = not (here.folder / "instance.key").exists() or not list(here.folder.glob("sealing-*.key"))
    if not missing:
        return
    if here.settings is None:
        return
    try:
        with LogReader(here.settings.kafka) as log:
            begun = log.ends().accepted > 0
    except Failure:
        typer.echo("The cluster does not answer, so nobody could ask it if submissions came in before.", err=True)
        return
    if begun:
        raise Failure(
            f"Keys are missing in {here.folder}, but submissions came in: others cannot open what is sealed, and would "
            "count every retry twice. Restore them: rihla keys backup --restore FILE"
        )


def _hand_over(here: Keys, public: Path | None) -> None:
    if public is not None:
        issued = keys.issue_public(here.folder, public)
        typer.echo(f"{public}: " + (f"got {', '.join(issued)}." if issued else "has everything."))


def _surveys(here: Keys) -> tuple[list[SurveyDefinition], dict[str, int], bool]:
    """The last version of each, when those that are closed were, and whether the cluster answered."""
    if here.settings is None:
        return [], {}, False
    try:
        catalogue = survey_catalogue(here.settings.kafka)
    except Failure:
        return [], {}, False
    return catalogue.all_latest(), catalogue.closed, True
