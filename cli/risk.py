"""`rihla risk`: what an intruder could single out, before fieldwork from the form, after it from the ledger."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.holdings import opened
from cli.published_form import published_form
from cli.risk_report import as_json, show_after, show_before
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.events import Response, read_outcome
from schemas.survey.compile import compile_survey
from schemas.survey.definition import Role, SurveyDefinition
from services.aggregate.response_reader import read_response
from services.aggregate.slots import State
from services.release.risk.after import After, after
from services.release.risk.before import Before, Shares, before
from services.release.risk.microdata import microdata
from services.release.risk.roles import Part, RiskField, risk_fields
from services.runtime.settings import MongoSettings
from services.validate.privacy import leaving

_NAMED = "Once for each; it goes before what is guessed."


def risk(
    what: Annotated[str, typer.Argument(metavar="SURVEY|FORM", help="A published survey, or the file of a form.")],
    sample: Annotated[int | None, typer.Option(min=2, metavar="N", help="Expected interviews (a form).")] = None,
    shares: Annotated[Path | None, typer.Option(help="CSV with the columns field, code, share (a form).")] = None,
    codes: Annotated[list[str], typer.Option(metavar="FIELD=N", help="How many codes a key has (a form).")] = [],  # noqa: B006
    population: Annotated[int | None, typer.Option(min=1, metavar="N", help="Persons in the frame (a survey).")] = None,
    key: Annotated[list[str], typer.Option(metavar="FIELD", help=f"A field that others know. {_NAMED}")] = [],  # noqa: B006
    sensitive: Annotated[list[str], typer.Option(metavar="FIELD", help=f"A field they do not know. {_NAMED}")] = [],  # noqa: B006
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Say how many could be singled out, by what, and what would change it. No record is ever shown."""
    console = Console(highlight=False, soft_wrap=False)
    if Path(what).is_file():
        compiled = compile_survey(Path(what), sample=sample)
        if compiled.definition is None:
            raise Failure(f"{what} cannot be read as a form: `rihla survey check` says why.")
        definition, fields = compiled.definition, _fields(compiled.definition, key, sensitive)
        found = _before(definition, fields, compiled.sample, _read_shares(shares), _read_codes(codes, fields))
        if json:
            typer.echo(as_json(definition.survey, found))
        else:
            show_before(console, definition, found)
        return
    settings = settings_of(data)
    definition, _ = published_form(settings.kafka, what, None)
    fields = _fields(definition, key, sensitive)
    measured = _after(definition, fields, settings.mongodb, population)
    if json:
        typer.echo(as_json(definition.survey, measured))
    else:
        show_after(console, definition, measured)


def _fields(definition: SurveyDefinition, keys: list[str], sensitive: list[str]) -> list[RiskField]:
    """Raises `Failure` for a name that leaves nothing."""
    leave = {one.path for one in leaving(definition)}
    for name in (*keys, *sensitive):
        if name not in leave:
            raise Failure(f"Nothing of a field {name} leaves the validator: name it by its path, as in `survey check`.")
    return risk_fields(definition, leave, keys, sensitive)


def _units(fields: list[RiskField]) -> list[str]:
    """The submission, and each repeat that has a key of its own."""
    return ["", *dict.fromkeys(one.unit for one in fields if one.unit and one.part is Part.KEY)]


def _before(
    definition: SurveyDefinition, fields: list[RiskField], interviews: int, shares: Shares, numbers: dict[str, int]
) -> list[Before]:
    return [before(fields, unit, interviews, shares, numbers) for unit in _units(fields)]


def _after(
    definition: SurveyDefinition, fields: list[RiskField], settings: MongoSettings, population: int | None
) -> list[After]:
    weight = definition.with_role(Role.WEIGHT)
    found = []
    for unit in _units(fields):
        names = [one.path for one in fields if one.unit in ("", unit) and one.part in (Part.KEY, Part.SENSITIVE)]
        rows = microdata(_counted(settings, definition.survey), unit, names, weight.path if weight else None)
        report = after(fields, unit, rows, population if not unit else None)
        if report is not None:
            found.append(report)
    if not found:
        raise Failure(
            f"The ledger holds no counted answers of {definition.survey}, or no key leaves: nothing to measure. Before "
            "fieldwork, name the file of the form."
        )
    return found


def _counted(settings: MongoSettings, survey: str) -> Iterator[Response]:
    """The counted responses, as the ledger keeps them: pseudonymised and generalised."""
    with opened(settings) as client:
        query = {"survey": survey, "state": State.COUNTED.value}
        for slot in client[settings.ledger].slots.find(query, {"_id": 0, "response": 1}):
            record = bytes(slot.get("response") or b"")
            response = (read_response(record) or read_outcome(record)) if record else None
            if isinstance(response, Response):
                yield response


def _read_shares(file: Path | None) -> Shares:
    found: dict[str, dict[str, float]] = {}
    if file is None:
        return found
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                share = float(row["share"])
                if not share >= 0:
                    raise ValueError
                found.setdefault(row["field"], {})[row["code"]] = share
        if any(sum(each.values()) <= 0 for each in found.values()):
            raise ValueError
    except (OSError, KeyError, ValueError, TypeError, csv.Error):
        raise Failure(
            f"{file} is not read: it needs the columns field, code and share, with numbers from 0 that are not all 0."
        ) from None
    return found


def _read_codes(given: list[str], fields: list[RiskField]) -> dict[str, int]:
    found = {}
    for each in given:
        name, _, number = each.partition("=")
        if name not in {one.path for one in fields} or not number.isdecimal() or not 0 < int(number) < 10**9:
            raise Failure(f"{each} is not FIELD=NUMBER with a field of which something leaves.")
        found[name] = int(number)
    return found
