"""`rihla survey form-key`: the private keys of forms that encrypt on the phone.

The public half stands in the form (settings sheet, column public_key). The private half opens submissions: it belongs
into validate's folder of keys, and its original into a safe, because without it nobody can ever read them.
"""

import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from rich.console import Console

from cli.survey_publishing import published_surveys
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.runtime.key_files import write_new
from services.validate.form_keys import (
    MIN_BITS,
    UnusableKey,
    form_key_of,
    key_id,
    path_of,
    put,
    read_private,
    read_public,
)

app = typer.Typer(no_args_is_help=True, help="Keys of forms that encrypt: add, list, new.")

PASSPHRASE = "RIHLA_VALIDATE__FORM_KEY_PASSPHRASE"  # noqa: S105 - the name of the variable
KeyFile = Annotated[Path, typer.Argument(metavar="KEY.pem", help="The private key: RSA, PEM.")]


@app.command()
def new(
    file: KeyFile,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for one, and lock the key with it.")] = False,
) -> None:
    """Make a key pair: the private key in a new file, the public one as the line for the settings sheet."""
    if file.exists():
        raise Failure(f"{file} is there already, and it may be the only copy of a key: name a new file.")
    key = rsa.generate_private_key(public_exponent=65537, key_size=MIN_BITS)
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        said = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
        lock = serialization.BestAvailableEncryption(said.encode())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    try:
        write_new(file, pem)
    except OSError as error:
        raise Failure(f"{file} cannot be written ({type(error).__name__}).") from None
    typer.echo(f"The private key is in {file}. Keep a copy of it off this machine: without it nobody can read them.\n")
    typer.echo("Sheet settings of the form, column public_key (on one line, no blanks):\n")
    typer.echo(form_key_of(key.public_key()))
    typer.echo(f"\nWhen the form is published: rihla survey form-key add {file} --survey NAME")


@app.command()
def add(
    file: KeyFile,
    survey: Annotated[str, typer.Option(help="The survey whose submissions it opens.")],
    any_: Annotated[
        bool, typer.Option("--any", help="Also if no published version names it: for forms filled for another server.")
    ] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Check that a private key fits a published version, and put it where validate finds it."""
    settings = settings_of(data)
    try:
        pem = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read ({type(error).__name__}).") from None
    try:
        key = read_private(pem, _passphrase(pem))
    except UnusableKey as unusable:
        raise Failure(f"{file} cannot be used: {unusable}.") from None
    public = key.public_key()
    versions = [each for each in published_surveys(settings.kafka) if each.survey == survey]
    opens = [each.version for each in versions if _public(each) == public]
    if not versions:
        raise Failure(f"There is no survey {survey}: see `rihla survey list`.")
    if not opens and not any_:
        raise Failure(
            f"No published version of {survey} has the public half of this key. Publish the version that has it first; "
            "`rihla survey form-key list` shows what is missing."
        )
    path = path_of(settings.keys.folder, public)
    put(settings.keys.folder, key, pem)
    if path.read_bytes() != pem:
        raise Failure(f"{path} is there already with other content: look at it, remove it, and add this one again.")
    which = f"version {', '.join(opens)} of {survey}" if opens else f"no published version of {survey}"
    typer.echo(f"{path.name} is in {path.parent}. It is the key of {which}.")
    typer.echo(f"Validate finds it by itself. For what waits already: rihla replay --held --survey {survey}")
    if b"ENCRYPTED" in pem:
        typer.echo(f"It has a passphrase: validate needs it in {PASSPHRASE}.")


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the published versions that encrypt, and whether their private key is here."""
    settings = settings_of(data)
    table = named_table("survey", "version", "key", "private key")
    for each in published_surveys(settings.kafka):
        if each.form_key is not None:
            public = _public(each)
            name = "" if public is None else key_id(public)
            there = "is no RSA key" if public is None else _state(path_of(settings.keys.folder, public))
            table.add_row(each.survey, each.version, name, there)
    Console(soft_wrap=True).print(table if table.row_count else "No published form encrypts.")


def _state(path: Path) -> str:
    try:
        read_private(path.read_bytes(), os.environ.get(PASSPHRASE, ""))
    except FileNotFoundError:
        return "missing"
    except (OSError, UnusableKey) as error:
        return f"cannot be used: {error if isinstance(error, UnusableKey) else type(error).__name__}"
    return "here"


def _public(definition: SurveyDefinition) -> rsa.RSAPublicKey | None:
    return None if definition.form_key is None else read_public(definition.form_key)


def _passphrase(pem: bytes) -> str:
    said = os.environ.get(PASSPHRASE, "")
    if b"ENCRYPTED" in pem and not said:
        said = str(typer.prompt("Passphrase", hide_input=True))
    return said
