"""A stack made ready for fieldwork: the survey published, a collector added."""

import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cli
from cli.collector import add_collector
from cli.fieldwork.wire import Target
from cli.survey_publishing import publish_survey
from cli.where import settings_from
from deploy.local.failure import Failure
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.runtime.settings import ServiceSettings

REFERENCE = Path(cli.__file__).parent.parent / "surveys" / "household-migration" / "form.xlsx"
"""The survey that the simulated respondents answer."""


COLLECTOR = "simulated phones"

KNOWN_S = 20.0
POLL_S = 0.05


@dataclass(frozen=True)
class Field:
    """Where to send, what was published, and the settings by which the parts of the stack are found."""

    target: Target
    survey: SurveyDefinition
    settings: ServiceSettings


class Running(Protocol):
    """A stack: RIHLA_* variables by which its parts are found, and where phones send."""

    @property
    def env(self) -> dict[str, str]: ...

    @property
    def ingest_url(self) -> str: ...


def open_field(stack: Running, workbook: Path = REFERENCE) -> Field:
    """Publishes the form and adds a collector for it. Raises `Failure` for a form that cannot be published."""
    settings = settings_from(stack.env)
    compiled = compile_survey(workbook)
    survey = compiled.publishable
    if survey is None:
        first = compiled.errors[0] if compiled.errors else "there is no form in it"
        raise Failure(f"{workbook.name} cannot be published: {first}")
    publish_survey(settings, survey)
    target = Target(stack.ingest_url, add_collector(settings.kafka, COLLECTOR, [survey.survey]), survey.survey)
    _wait_until_known(target, survey.version)
    return Field(target, survey, settings)


def _wait_until_known(target: Target, version: str) -> None:
    """Ingest follows surveys and collectors on its own: it gives out the form once it has read of both."""
    query = urllib.parse.urlencode({"version": version})
    url = f"{target.url}/key/{target.token}/forms/{urllib.parse.quote(target.survey)}.xml?{query}"
    deadline = time.monotonic() + KNOWN_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=KNOWN_S):  # noqa: S310 - http, our own
                return
        except OSError as error:
            if time.monotonic() > deadline:
                # The address holds the token, so it must not be shown.
                raise Failure(f"Ingest does not give out the form ({type(error).__name__}): see its log.") from None
            time.sleep(POLL_S)
