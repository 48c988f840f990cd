"""`rihla survey`: check a form, compare it with the published one, publish it, mend its rules; list them all."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import form_key
from cli.survey_closing import close, closed_on
from cli.survey_media import refuse_without_data
from cli.survey_publishing import publish_survey, published_surveys, revise_survey, survey_catalogue
from cli.survey_report import named_table, show_findings, show_report
from cli.survey_versions import Standing, already, compare_versions, refuse_breaks, show_revision, versions_of
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.survey.compile import Compiled, compile_survey
from schemas.survey.definition import SurveyDefinition

app = typer.Typer(no_args_is_help=True, help="Surveys: check, compare, publish, revise, list.")
app.add_typer(form_key.app, name="form-key")
app.command()(close)

FormFile = Annotated[Path, typer.Argument(metavar="FILE", help="An XLSForm (xlsx, csv, md), or an XForm (xml).")]
KeepChoices = Annotated[
    bool, typer.Option("--keep-choices", help="Keep every choice question that has no privacy class.")
]

Force = Annotated[bool, typer.Option("--force", help="Publish although it breaks the statistics of earlier versions.")]
Older = Annotated[
    Path | None, typer.Option("--with", metavar="OLDER", help="Compare with this file instead of what is published.")
]


MediaFolder = Annotated[
    Path | None,
    typer.Option("--media", metavar="FOLDER", help="The form's files. Without it: NAME-media or media beside FILE."),
]


Sample = Annotated[
    int | None,
    typer.Option(
        "--sample", min=1, metavar="N", help="Expected interviews. Without it: settings, column rihla_sample, or 1000."
    ),
]


@app.command()
def check(file: FormFile, keep_choices: KeepChoices = False, media: MediaFolder = None, sample: Sample = None) -> None:
    """Say what a form becomes: what leaves the validator, tables, indicators, and what is wrong with it."""
    console = Console()
    compiled = compile_survey(file, keep_choices, media, sample)
    if compiled.definition is not None:
        show_report(console, compiled.definition, compiled.sample)
    show_findings(console, compiled)
    _stop_if_wrong(compiled)


@app.command()
def publish(
    file: FormFile,
    keep_choices: KeepChoices = False,
    force: Force = False,
    media: MediaFolder = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Publish a form and its files. A published version stays as it is: a change needs a new version, and is refused if
    it breaks the statistics of the version before."""
    console = Console()
    compiled = compile_survey(file, keep_choices, media)
    show_findings(console, compiled)
    _stop_if_wrong(compiled)
    refuse_without_data(compiled)
    definition = compiled.publishable
    assert definition is not None
    outcome = publish_survey(
        settings_of(data), definition, lambda last: refuse_breaks(console, last, definition, force), compiled.files
    )
    if outcome.how is Standing.NEW:
        tables = len(definition.tables)
        typer.echo(f"Published {definition.key}: {len(definition.fields)} fields, {tables} tables.")
    else:
        typer.echo(already(outcome.definition, outcome.how))


@app.command()
def compare(
    file: FormFile,
    older: Older = None,
    keep_choices: KeepChoices = False,
    media: MediaFolder = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Say what a form breaks in the statistics of the version published last. Exit code 1 if it breaks any."""
    console = Console()
    new = _definition_of(console, compile_survey(file, keep_choices, media))
    if older is not None:
        old = _definition_of(console, compile_survey(older, keep_choices))
    else:
        last = versions_of(new.survey, published_surveys(settings_of(data).kafka)).last
        if last is None:
            raise Failure(f"No version of {new.survey} is published: there is nothing to compare with.")
        old = last
    if not compare_versions(console, old, new):
        raise typer.Exit(1)


@app.command()
def revise(
    file: FormFile, keep_choices: KeepChoices = False, media: MediaFolder = None, data: DataFolder = DEFAULT_DATA
) -> None:
    """Mend the rules of a published version: what is required, relevant, allowed and computed. Its questions stay, and
    phones keep the form that they have."""
    console = Console()
    revised = _definition_of(console, compile_survey(file, keep_choices, media))
    there, revision = revise_survey(settings_of(data), revised)
    show_revision(console, there, revision)
    if revision.definition is None:
        typer.echo(f"The rules of {there.key} are those of this file. Nothing to do.")
    else:
        typer.echo(
            f"Revised {there.key}: revision {revision.definition.revision}. From now on submissions are judged by it; "
            "phones keep the form that they have. What was rejected before stays in the quarantine until you judge it "
            f"again: `rihla replay --rejected --survey {there.survey}`."
        )


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the published surveys, every version."""
    table = named_table("survey", "version", "revision", "title", "languages", "fields", "tables", "closed")
    catalogue = survey_catalogue(settings_of(data).kafka)
    for survey in catalogue.all():
        table.add_row(
            survey.survey,
            survey.version,
            str(survey.revision),
            survey.title,
            ", ".join(survey.languages) or "one",
            str(len(survey.fields)),
            str(len(survey.tables)),
            closed_on(catalogue.closed.get(survey.survey)),
        )
    Console().print(table)


def _definition_of(console: Console, compiled: Compiled) -> SurveyDefinition:
    """Shows the findings of a file only where they stop it."""
    if compiled.publishable is None:
        show_findings(console, compiled)
        raise typer.Exit(1)
    return compiled.publishable


def _stop_if_wrong(compiled: Compiled) -> None:
    if compiled.publishable is None:
        raise typer.Exit(1)
