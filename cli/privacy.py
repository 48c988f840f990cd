"""`rihla privacy`: the record of processing that a data protection officer asks for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from cli.key_folder import keys_of
from cli.privacy_reading import read_facts
from cli.privacy_record import record
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure

app = typer.Typer(no_args_is_help=True, help="The record of processing: report.")


@app.callback()
def privacy() -> None:
    """Keeps Typer from taking a single command for the whole application."""


@app.command()
def report(
    survey: Annotated[str | None, typer.Argument(help="Of this survey only.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write Markdown to this file.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Write what is held where and until when, for what, by whom, and who can read it. It holds no personal data."""
    text = record(read_facts(settings_of(data), survey, keys_of(data)))
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Failure(f"{output} cannot be written ({error.strerror}): name another file.") from None
        typer.echo(f"Written: {output}")
        return
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        typer.echo(text, nl=False)
