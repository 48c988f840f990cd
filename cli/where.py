"""Where the stack is that a command talks to: RIHLA_* of the environment, and else the local stack of a folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local import plan, state
from deploy.local.failure import Failure
from services.runtime.settings import ServiceSettings

DataFolder = Annotated[Path, typer.Option("--data", help="Folder of the local stack.", envvar="RIHLA_DATA")]
DEFAULT_DATA = Path("data")

PREFIX = "RIHLA_"


def settings_from(environment: Mapping[str, str]) -> ServiceSettings:
    """Settings of a stack from its RIHLA_* variables, which need not be this process's."""
    given: dict[str, dict[str, str]] = {}
    for variable, value in environment.items():
        section, _, name = variable.removeprefix(PREFIX).lower().partition("__")
        if variable.startswith(PREFIX) and name:
            given.setdefault(section, {})[name] = value
    sections: dict[str, Any] = {}
    for name, field in ServiceSettings.model_fields.items():
        # Each section whole: pydantic-settings would fill the gaps of a mapping from this process's environment.
        sections[name] = type(field.default).model_validate(given.get(name, {}))
    return ServiceSettings(**sections)


def settings_of(folder: Path) -> ServiceSettings:
    """Raises `Failure` if neither the environment nor the folder names a cluster."""
    stack = state.running_environment(folder)
    if plan.DATABASE_ADDRESS in os.environ:
        # The file holds the password of a user of that database, not of the one that is named.
        stack.pop(plan.DATABASE_PASSWORD, None)
    environment = stack | os.environ
    if plan.KAFKA_ADDRESS not in environment:
        raise Failure(f"No stack was ever started in {folder}: run `rihla up`, or set {plan.KAFKA_ADDRESS}.")
    return settings_from(environment)


def ingest_url(folder: Path) -> str:
    """Root URL of the ingest of the folder's stack. Raises `Failure` if there is none."""
    parts = {part.name: part.address for part in state.read(folder).parts}
    if not parts.get("ingest"):
        raise Failure(f"No ingest runs in {folder}: start it with `rihla up`, or name its address with --url.")
    return parts["ingest"]
