"""`rihla survey close`: the end of a survey."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from kafka.errors import KafkaError

from cli.survey_publishing import survey_catalogue
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.survey.closing import SurveyClosing
from schemas.topics import SURVEYS
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings

S_IN_MS = 1000


def close(
    survey: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Close a survey for good: nothing more comes in, and its last release is made, nearly exact."""
    kafka = settings_of(data).kafka
    catalogue = survey_catalogue(kafka)
    if catalogue.latest(survey) is None:
        raise Failure(f"There is no survey {survey}: `rihla survey list` has them.")
    if survey in catalogue.closed:
        typer.echo(f"{survey} is closed since {closed_on(catalogue.closed[survey])}. Nothing to do.")
        return
    typer.echo(
        f"Closing {survey} cannot be undone: phones can send nothing more to it, its last release comes out, and its "
        "retention begins. Withdrawals and erasures still pass."
    )
    if not yes and not typer.confirm("Close it?"):
        raise typer.Exit(1)
    close_survey(kafka, survey, time.time_ns() // 1_000_000)
    typer.echo(
        f"{survey} is closed. Its last release comes out when everything is counted that had come in: "
        f"`rihla release list {survey}` shows it."
    )


def close_survey(kafka: KafkaSettings, survey: str, now_ms: int) -> None:
    """Raises `Failure` if the cluster does not take it."""
    closing = SurveyClosing(survey=survey, closed_ms=now_ms)
    try:
        publish(kafka, SURVEYS, closing.key, closing.to_wire())
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take it ({type(error).__name__}): is the stack up? See `rihla status`."
        ) from None


def closed_on(closed_ms: int | None) -> str:
    """The day, in UTC; empty while a survey is open."""
    return "" if closed_ms is None else datetime.fromtimestamp(closed_ms / S_IN_MS, UTC).strftime("%Y-%m-%d %H:%M UTC")
