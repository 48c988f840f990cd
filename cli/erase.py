"""`rihla erase`: takes an interview, or all of a person's, out of the statistics and out of the database.

Who it is travels sealed, as what phones send does: only validate can open it, and nothing readable is written anywhere.
"""

import sys
from typing import Annotated

import typer
from rich.console import Console

from cli import erasure_words
from cli.control_record import send
from cli.erasure_progress import APPLIED_S, wait_until_done
from cli.log_ends import LogReader
from cli.survey_publishing import READ_TIMEOUT_S
from cli.survey_report import named_table
from cli.where import DEFAULT_DATA, DataFolder, settings_of
from deploy.local.failure import Failure
from schemas.events import Erasure, Withdrawal
from schemas.survey.definition import SurveyDefinition
from schemas.survey.respondents import respondent_subjects
from schemas.survey.subjects import phone_countries
from services.aggregate.mongo_store import MongoStore
from services.aggregate.store import Unavailable
from services.runtime.follower import NotCaughtUp
from services.runtime.settings import ServiceSettings
from services.runtime.surveys import SurveyCatalogue

ASK = "-"


def erase(
    survey: Annotated[str | None, typer.Option(help="The survey it is about.")] = None,
    instance: Annotated[
        str | None, typer.Option(help="Erase one interview, by any instanceID that it had. - asks for it.")
    ] = None,
    respondent: Annotated[
        str | None,
        typer.Option(help="Erase all that a person gave, by the value that identifies them. - asks for it, unseen."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="What the value is (the form's `pseudonym:<subject>`); all, if none is named.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is applied, and report.")] = False,
    log: Annotated[bool, typer.Option("--log", help="List what was erased, when, and how many. Not who.")] = False,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Erase an interview, or a person, from the statistics and the database."""
    console = Console(highlight=False, soft_wrap=True)
    if log:
        _show_log(console, settings_of(data), survey)
        return
    if survey is None or (instance is None) == (respondent is None):
        raise Failure("Say what to erase: --survey with --instance or --respondent. Or --log for what was erased.")
    if subject is not None and respondent is None:
        raise Failure("--subject says what the value of --respondent is: it means nothing with --instance.")
    settings = settings_of(data)
    versions, closed = _versions(settings, survey)
    message: Withdrawal | Erasure
    if respondent is None:
        message = Withdrawal(kind="withdrawal", survey=survey, instance=_value(console, instance or "", "Instance id"))
        console.print(erasure_words.INSTANCE)
    else:
        subjects = _subjects(versions, survey, subject)
        value = _value(console, respondent, "Identifying value")
        with LogReader(settings.kafka) as reader:
            before = reader.ends().submissions
        countries = sorted({country for each in versions for country in phone_countries(each)})
        message = Erasure(
            kind="erasure", survey=survey, subjects=subjects, value=value, countries=countries, before=before
        )
        console.print(erasure_words.respondent(subjects))
    placed = send(settings, message)
    console.print(f"Asked for: erasure {placed}. `rihla erase --log` shows it.")
    if wait:
        done = wait_until_done(settings, placed, APPLIED_S)
        console.print(erasure_words.done(done, settings, closed))


def _versions(settings: ServiceSettings, survey: str) -> tuple[list[SurveyDefinition], bool]:
    """Every version, and whether the survey is closed."""
    catalogue = SurveyCatalogue(settings.kafka)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TIMEOUT_S)
    except NotCaughtUp:
        raise Failure("The list of surveys could not be read: is the stack up? See `rihla status`.") from None
    finally:
        catalogue.stop()
    found = [each for each in catalogue.all() if each.survey == survey]
    if not found:
        raise Failure(f"There is no survey {survey}: see `rihla survey list`.")
    return found, survey in catalogue.closed


def _subjects(versions: list[SurveyDefinition], survey: str, subject: str | None) -> list[str]:
    known = respondent_subjects(versions)
    if not known:
        raise Failure(
            f"Survey {survey} keeps nothing by which a respondent could be found: no field of it has the class "
            "pseudonym:<subject>, but for staff. Erase single interviews with --instance."
        )
    if subject is None:
        return known
    if subject not in known:
        raise Failure(f"Survey {survey} has no respondents by {subject}: it has {', '.join(known)}.")
    return [subject]


def _value(console: Console, given: str, what: str) -> str:
    """What was given, or asked for: from a terminal without echo, from a pipe its first line."""
    if given != ASK:
        console.print(f"{what} was given on the command line, where your shell may keep it: use - to be asked for it.")
        value = given
    elif sys.stdin.isatty():
        value = str(typer.prompt(what, hide_input=True))
    else:
        value = sys.stdin.readline()
    if not value.strip():
        raise Failure(f"{what} is empty.")
    return value.strip()


def _show_log(console: Console, settings: ServiceSettings, survey: str | None) -> None:
    store = MongoStore(settings.mongodb)
    try:
        found = store.erasure_log.all(survey)
    except Unavailable as error:
        raise Failure(f"The log of erasures cannot be read: {error}.") from None
    finally:
        store.close()
    table = named_table("erasure", "survey", "of", "asked (UTC)", "done (UTC)", "interviews", "versions", "payloads")
    for each in found:
        partition, offset = each.source
        taken = each.taken
        table.add_row(
            f"{partition}:{offset}",
            each.survey,
            each.kind.value,
            erasure_words.minute(each.asked_ms),
            "waits" if each.done_ms is None else erasure_words.minute(each.done_ms),
            str(taken.interviews),
            str(taken.versions),
            str(taken.payloads),
        )
    console.print(table if found else "Nothing was erased.")
