"""`rihla survey`: check a form, publish it, list what is published."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.survey_publishing import Published, publish_survey, published_surveys
from cli.survey_report import named_table, show_findings, show_report
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from schemas.survey.compile import Compiled, compile_survey

app = typer.Typer(no_args_is_help=True, help="Surveys: check, publish, list.")

FormFile = Annotated[Path, typer.Argument(metavar="FILE", help="An XLSForm (xlsx, csv, md), or an XForm (xml).")]
KeepChoices = Annotated[
    bool, typer.Option("--keep-choices", help="Keep every choice question that has no privacy class.")
]


@app.command()
def check(file: FormFile, keep_choices: KeepChoices = False) -> None:
    """Say what a form becomes: what leaves the validator, tables, indicators, and what is wrong with it."""
    console = Console()
    compiled = compile_survey(file, keep_choices)
    if compiled.definition is not None:
        show_report(console, compiled.definition)
    show_findings(console, compiled)
    _stop_if_wrong(compiled)


@app.command()
def publish(file: FormFile, keep_choices: KeepChoices = False, data: DataFolder = DEFAULT_DATA) -> None:
    """Publish a form. A published version stays as it is: a change needs a new version."""
    console = Console()
    compiled = compile_survey(file, keep_choices)
    show_findings(console, compiled)
    _stop_if_wrong(compiled)
    definition = compiled.publishable
    assert definition is not None
    outcome = publish_survey(settings_of(data), definition)
    if outcome is Published.ALREADY:
        console.print(
            f"{definition.key} is published already, with the same content. Nothing to do.",
            markup=False,
            soft_wrap=True,
        )
    else:
        tables = len(definition.tables)
        typer.echo(f"Published {definition.key}: {len(definition.fields)} fields, {tables} tables.")


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the published surveys, every version."""
    table = named_table("survey", "version", "title", "languages", "fields", "tables")
    for survey in published_surveys(settings_of(data).kafka):
        table.add_row(
            survey.survey,
            survey.version,
            survey.title,
            ", ".join(survey.languages) or "one",
            str(len(survey.fields)),
            str(len(survey.tables)),
        )
    Console().print(table)


def _stop_if_wrong(compiled: Compiled) -> None:
    if compiled.publishable is None:
        raise typer.Exit(1)
