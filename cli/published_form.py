"""One published form, with the files that come with it, as the broker has it."""

from collections.abc import Mapping

from cli.survey_publishing import READ_TIMEOUT_S
from cli.survey_versions import versions_of
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.runtime.follower import NotCaughtUp
from services.runtime.settings import KafkaSettings
from services.runtime.surveys import SurveyCatalogue


def published_form(
    kafka: KafkaSettings, survey: str, version: str | None
) -> tuple[SurveyDefinition, Mapping[str, bytes]]:
    """The version published last, if none is named. Raises `Failure` if there is no such, or the topic is not read."""
    catalogue = SurveyCatalogue(kafka)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TIMEOUT_S)
        found = choose(catalogue.all(), survey, version)
        return found, catalogue.data_files(found)
    except NotCaughtUp:
        raise Failure("The list of surveys could not be read: is the stack up? See `rihla status`.") from None
    finally:
        catalogue.stop()


def choose(published: list[SurveyDefinition], survey: str, version: str | None) -> SurveyDefinition:
    """Raises `Failure` with the names that there are."""
    versions = versions_of(survey, published)
    found = versions.last if version is None else versions.of(version)
    if found is not None:
        return found
    if versions.published:
        there = ", ".join(one.version or "(none)" for one in versions.published)
        raise Failure(f"Version {version} of {survey} is not published. There is: {there}.")
    names = ", ".join(dict.fromkeys(one.survey for one in published))
    known = f"There is: {names}." if names else "No survey is: `rihla survey publish FILE`."
    raise Failure(f"No survey {survey} is published. {known}")
