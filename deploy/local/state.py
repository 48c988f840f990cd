"""data/stack.json: what runs. The supervisor writes it; `rihla status`, other commands and tests read it."""

import os
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = "stack.json"


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Condition(StrEnum):
    """Of one part."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    """It died; it is started again after a pause."""
    OPERATOR = "stopped for the operator"
    """It ended with exit code 78: starting it again would not help."""
    HELD = "held"
    """A command keeps it from starting (deploy.local.holding)."""
    STOPPED = "stopped"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PartState(_Entry):
    """`created` is the process's start in epoch seconds, which tells it from a later one with the same pid.
    `restarts` counts from the stack's start. `ready_after_s` is how long the last start took."""

    name: str
    condition: Condition = Condition.WAITING
    address: str = ""
    pid: int | None = None
    created: float | None = None
    restarts: int = 0
    ready_after_s: float | None = None
    message: str = ""
    probe_url: str = ""


class StackState(_Entry):
    """`environment` is what services and tools need to find the parts: RIHLA_* variables. `ports` outlives the stack,
    so that the next start takes the same ones. `cleaned_up` names what an earlier stack had left running and this one
    has ended."""

    phase: Phase = Phase.STOPPED
    message: str = ""
    supervisor: int | None = None
    ports: dict[str, int] = {}
    environment: dict[str, str] = {}
    cleaned_up: tuple[str, ...] = ()
    parts: tuple[PartState, ...] = ()

    def part(self, name: str) -> PartState:
        return next(part for part in self.parts if part.name == name)


def read(folder: Path) -> StackState:
    """The state last written; the empty one if there is none or if it cannot be read."""
    try:
        return StackState.model_validate_json((folder / FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return StackState()


def write(folder: Path, state: StackState) -> None:
    """Replaces the file whole, so that a reader never sees half of it. Only its owner may read it: addresses of
    databases can hold passwords."""
    path = folder / FILE
    staged = path.with_suffix(".new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(state.model_dump_json(indent=1))
    staged.replace(path)


def all_stopped(state: StackState) -> StackState:
    """The same stack after its end."""
    parts = [part.model_copy(update={"condition": Condition.STOPPED, "pid": None}) for part in state.parts]
    return state.model_copy(update={"phase": Phase.STOPPED, "parts": tuple(parts)})


def running_environment(folder: Path) -> dict[str, str]:
    """The RIHLA_* variables of the stack of this folder, empty if none was ever started there."""
    return dict(read(folder).environment)
