"""What is out of a survey, in a few lines: for `rihla run` and `rihla status`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.release import make_release
from cli.release_stack import opened
from cli.release_tables import moment, published_table
from cli.release_words import refusal
from cli.survey_publishing import survey_catalogue
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.release.maker import Refused
from services.runtime.settings import ServiceSettings

Document = Mapping[str, Any]


def show_first_release(console: Console, folder: Path, settings: ServiceSettings, survey: SurveyDefinition) -> None:
    """Makes a release if it may be made, and prints how analysts see the table that `rihla run` shows; else why not."""
    name = survey.survey
    try:
        made = make_release(folder, settings, survey_catalogue(settings.kafka), name)
        with opened(settings) as store:
            releases = store.releases(name)
            if releases:
                table = _worth_showing(releases[-1])
                cells = store.cells(name, releases[-1]["release"], table["name"])
    except Failure as failure:
        console.print(f"\nNo release was made: {failure}")
        return
    if not releases:
        console.print(
            f"\n[bold]What analysts see of it:[/] nothing yet. {refusal(made) if isinstance(made, Refused) else ''}"
        )
        return
    last = releases[-1]
    console.print(
        f"\n[bold]What analysts see of it[/] is release {last['release']} of {moment(last['made_at'])} UTC: rounded to "
        f"{table['step']} while the survey runs, so that nobody can be read off it."
    )
    console.print(published_table(table, cells))
    if not last["closing"]:
        console.print(f"`rihla survey close {name}` ends the survey; its last release is nearly exact.", style="dim")


def release_lines(settings: ServiceSettings) -> list[str]:
    """One for each survey: its last release, or that there is none. Raises `Failure`."""
    catalogue = survey_catalogue(settings.kafka)
    with opened(settings) as store:
        last = {release["survey"]: release for release in store.releases()}
    return [_line(survey.survey, last.get(survey.survey), catalogue.closed) for survey in catalogue.all_latest()]


def _line(survey: str, last: Document | None, closed: Mapping[str, int]) -> str:
    state = " It is closed." if survey in closed else ""
    if last is None:
        return f"{survey}: no release is out; `rihla release make {survey}` says why.{state}"
    kind = "the last release" if last["closing"] else f"release {last['release']}"
    return f"{survey}: {kind} of {moment(last['made_at'])} UTC is out.{'' if last['closing'] else state}"


def _worth_showing(release: Document) -> Document:
    """The first table that has an indicator with a unit beyond the count, as `rihla run` shows it."""
    tables: list[Document] = release["tables"]
    return next((table for table in tables if any(one["kind"] != "count" for one in table["indicators"])), tables[0])
