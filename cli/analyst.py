"""`rihla analyst`: who may read releases. A password is shown once, when it is made; only a hash of it is kept."""

import contextlib
import re
import secrets
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.uri_parser import parse_uri

from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.credentials import PASSWORD_BYTES
from deploy.local.failure import Failure
from deploy.mongodb.roles import Document, analyst_command
from services.runtime.settings import MongoSettings

app = typer.Typer(no_args_is_help=True, help="Who may read releases: add, list, remove.")

TIMEOUT_MS = 5_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What needs no escaping in an address."""

USER_EXISTS, USER_NOT_FOUND, UNAUTHORIZED, AUTHENTICATION_FAILED = 51003, 11, 13, 18


@app.command()
def add(
    name: str,
    address: Annotated[str | None, typer.Option(help="HOST:PORT under which the analyst reaches the database.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Make a user who can read releases and nothing else: prints the connection string, once."""
    if not NAME.fullmatch(name):
        raise Failure("A name is up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first.")
    settings = settings_of(data).mongodb
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with _releases(settings) as released:
        try:
            released.command(analyst_command(name, password, settings.released))
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            raise Failure(
                f"There is an analyst {name} already. For a new password, remove {name} and add {name} again."
            ) from None
    typer.echo(f"Analyst {name} can read the database {settings.released}, and nothing else.\n")
    typer.echo(connection_string(settings, name, password, address) + "\n")
    typer.echo("Shown this once. Whoever has it reads every release.")


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the analysts."""
    with _releases(settings_of(data).mongodb) as released:
        for user in sorted(released.command("usersInfo", 1)["users"], key=lambda user: str(user["user"])):
            typer.echo(user["user"])


@app.command()
def remove(name: str, data: DataFolder = DEFAULT_DATA) -> None:
    """Take an analyst's access. What was read stays with those who read it."""
    with _releases(settings_of(data).mongodb) as released:
        try:
            released.command("dropUser", name)
        except OperationFailure as error:
            if error.code != USER_NOT_FOUND:
                raise
            raise Failure(f"There is no analyst {name}: see `rihla analyst list`.") from None
    typer.echo(f"{name} can no longer connect.")


def connection_string(settings: MongoSettings, name: str, password: str, address: str | None) -> str:
    """The address that our settings have, for another user. `address` names another host than ours."""
    ours = parse_uri(settings.uri.get_secret_value(), warn=False)
    hosts = address or ",".join(f"{host}:{port}" for host, port in ours["nodelist"])
    options: dict[str, str] = {}
    if "replicaSet" in ours["options"] and address is None:
        options["replicaSet"] = ours["options"]["replicaSet"]
    else:
        options["directConnection"] = "true"
    if ours["options"].get("tls"):
        options["tls"] = "true"
    options["authSource"] = settings.released
    return f"mongodb://{name}:{password}@{hosts}/{settings.released}?{urlencode(options)}"


@contextlib.contextmanager
def _releases(settings: MongoSettings) -> Iterator[Database[Document]]:
    """The database of releases, where analysts are kept. Raises `Failure` if it does not answer or refuses us."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        settings.uri.get_secret_value(), serverSelectionTimeoutMS=TIMEOUT_MS
    )
    with client:
        try:
            yield client[settings.released]
        except ConnectionFailure:
            raise Failure("The database does not answer: is the stack up? See `rihla status`.") from None
        except OperationFailure as error:
            if error.code not in (UNAUTHORIZED, AUTHENTICATION_FAILED):
                raise
            raise Failure(
                "The database refuses this user: RIHLA_MONGODB__URI must name `operator`, with its password."
            ) from None
