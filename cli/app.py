"""The `rihla` command: puts the commands together and turns what is expected to go wrong into one red sentence."""

import importlib
import sys
from collections.abc import Sequence

import typer
from pydantic import ValidationError
from rich.console import Console

from deploy.local.failure import Failure
from services.runtime.faults import Fatal

COMMANDS = {
    "up": "cli.stack:up",
    "down": "cli.stack:down",
    "status": "cli.stack:status",
    "replay": "cli.replay:replay",
    "erase": "cli.erase:erase",
    "repair": "cli.repair:app",
    "partitions": "cli.partitions:app",
    "survey": "cli.survey:app",
    "collector": "cli.collector:app",
    "keys": "cli.keys:app",
    "release": "cli.release:app",
    "analyst": "cli.analyst:app",
    "tables": "cli.tables:app",
    "risk": "cli.risk:risk",
    "retention": "cli.retention:app",
    "privacy": "cli.privacy:app",
    "simulate": "cli.simulate:simulate",
    "run": "cli.run:run",
    "smoke": "cli.smoke:smoke",
    "capacity": "cli.capacity:command",
    "real": "cli.real:real",
}
"""Where each command is: a function, or a Typer application of sub-commands. In the order of the help."""

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def build(arguments: Sequence[str]) -> typer.Typer:
    """The application with the command that the arguments name, or with all when they name none: loading all takes a
    second, of which `rihla status` needs a tenth."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Survey submissions from phones, checked, anonymised and kept as exact statistics.",
    )

    @app.callback()
    def rihla() -> None:
        """Keeps Typer from taking a single command for the whole application."""

    rihla.__doc__ = None
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """The entry point. Exit code 1 for a `Failure`, the fault's own for a `Fatal`; anything else is a bug and shows its
    trace."""
    try:
        build(sys.argv[1:])()
    except Failure as failure:
        _say(str(failure))
        sys.exit(1)
    except Fatal as fault:
        _say(str(fault))
        sys.exit(fault.exit_code)
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        _say(_wrong_setting(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _wrong_setting(error: ValidationError) -> str:
    """Names the variable and what is wrong with it, but not its value, which may be a password."""
    first = error.errors(include_url=False, include_input=False)[0]
    variable = "RIHLA_" + "__".join(str(place).upper() for place in first["loc"])
    return f"The setting {variable} is wrong: {first['msg']}."


def _say(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", highlight=False, markup=False, soft_wrap=True)
