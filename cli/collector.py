"""`rihla collector`: who may submit. A token is shown once, when it is made; only its hash is kept."""

import secrets
import time
from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from cli.collect_settings import settings_text, terminal_code
from cli.where import DEFAULT_DATA, DataFolder, ingest_url, settings_of
from deploy.local.failure import Failure
from schemas.events import Collector
from schemas.topics import COLLECTORS
from services.runtime.collectors import CollectorRegistry, token_hash
from services.runtime.follower import NotCaughtUp
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings

app = typer.Typer(no_args_is_help=True, help="Who may submit: add, list, revoke.")

TOKEN_BYTES = 32
"""256 random bits: what lets a plain hash stand for the token."""

LIST_TIMEOUT_S = 20.0


def add_collector(kafka: KafkaSettings, name: str, surveys: list[str]) -> str:
    """Makes a collector and returns its token, which is nowhere else. Raises `Failure` if the cluster is away."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    collector = Collector(name=name, surveys=surveys, created_ms=int(time.time() * 1000))
    _write(kafka, token_hash(token), collector.to_wire())
    return token


def remove_collector(kafka: KafkaSettings, token: str) -> None:
    """Takes a token its right to submit. Raises `Failure` if the cluster is away."""
    _write(kafka, token_hash(token), None)


@app.command()
def add(
    name: str,
    survey: Annotated[list[str] | None, typer.Option(help="A survey it may submit to; all, if none is named.")] = None,
    url: Annotated[str | None, typer.Option(help="Address under which phones reach ingest.")] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Add a collector: prints the URL for Collect, the token for scripts, and a QR code to scan."""
    token = add_collector(settings_of(data).kafka, name, survey or ["*"])
    server_url = f"{(url or ingest_url(data)).rstrip('/')}/key/{token}"
    typer.echo(f"Collector {name} may submit to {', '.join(survey) if survey else 'all surveys'}.\n")
    typer.echo(f"URL for Collect    {server_url}")
    typer.echo(f"Token for scripts  {token}\n")
    typer.echo("Shown this once. In Collect: Configure with QR code.\n")
    typer.echo(terminal_code(settings_text(server_url, name)))


@app.command("list")
def list_(data: DataFolder = DEFAULT_DATA) -> None:
    """List the collectors, with the beginning of each token's hash."""
    table = Table("name", "surveys", "made", "token hash", box=None)
    for key, collector in sorted(_all(settings_of(data).kafka).items(), key=lambda item: item[1].created_ms):
        made = time.strftime("%Y-%m-%d %H:%M", time.gmtime(collector.created_ms / 1000))
        table.add_row(collector.name, " ".join(collector.surveys), made, key[:12])
    Console().print(table)


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(help="The name, or the beginning of the token hash as `list` shows it.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Take a collector's right to submit. What it sent stays."""
    kafka = settings_of(data).kafka
    found = {key: c for key, c in _all(kafka).items() if c.name == which or (len(which) >= 8 and key.startswith(which))}
    if not found:
        raise Failure(f"There is no collector {which}: see `rihla collector list`.")
    if len(found) > 1:
        raise Failure(f"{len(found)} collectors are called {which}: name one by its token hash from `list`.")
    for key, collector in found.items():
        _write(kafka, key, None)
        typer.echo(f"Collector {collector.name} ({key[:12]}) can no longer submit.")


def _all(kafka: KafkaSettings) -> dict[str, Collector]:
    registry = CollectorRegistry(kafka)
    registry.start()
    try:
        registry.follower.read_to_end(LIST_TIMEOUT_S)
        return registry.all()
    except NotCaughtUp:
        raise Failure("The list of collectors could not be read: is the stack up? See `rihla status`.") from None
    finally:
        registry.stop()


def _write(kafka: KafkaSettings, key: str, value: bytes | None) -> None:
    try:
        publish(kafka, COLLECTORS, key, value)
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take it ({type(error).__name__}): is the stack up? See `rihla status`."
        ) from None
