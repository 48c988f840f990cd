"""Publishing a survey: its secret key first, then its record on the topic `surveys`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kafka.errors import KafkaError

from cli.survey_media import publish_media
from cli.survey_versions import Standing, other_content, standing, versions_of
from deploy.local.failure import Failure
from schemas.survey.closing import CLOSED
from schemas.survey.definition import SurveyDefinition
from schemas.survey.rebuilding import REBUILD
from schemas.survey.revision import Revision, revise
from schemas.topics import MAX_MESSAGE_BYTES, SURVEYS
from services.runtime import release_keys
from services.runtime.follower import NotCaughtUp
from services.runtime.keys import create_survey_secret
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings, ServiceSettings
from services.runtime.surveys import SurveyCatalogue

READ_TIMEOUT_S = 20.0


Permit = Callable[[SurveyDefinition], None]
"""Told of the version published last; raises `Failure` to refuse the new one."""


@dataclass(frozen=True)
class Published:
    """`definition` is what stands on the topic, `how` what the given form is to it: NEW was written, else nothing."""

    definition: SurveyDefinition
    how: Standing


def publish_survey(
    settings: ServiceSettings,
    definition: SurveyDefinition,
    permit: Permit = lambda last: None,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> Published:
    """Publishes a version, its files first. The same content again does nothing, also where it was revised since.

    Raises `Failure` if the version is published with other content, or the cluster does not take it, and what `permit`
    raises. The key is made first: a survey without one would stop every validator.
    """
    catalogue = survey_catalogue(settings.kafka)
    surveys = catalogue.all()
    _refuse_closed(definition, catalogue)
    versions = versions_of(definition.survey, surveys)
    there = versions.of(definition.version)
    how = standing(there, definition)
    if there is not None:
        if how not in (Standing.SAME, Standing.BEFORE_REVISION):
            raise Failure(other_content(definition.key, how))
        _make_keys(settings, definition.survey)
        return Published(there, how)
    if versions.last is not None:
        permit(versions.last)
    publish_media(settings.kafka, definition, files, surveys)
    placed = definition.model_copy(update={"edition": versions.next_edition})
    _write(settings, placed)
    return Published(placed, how)


def revise_survey(settings: ServiceSettings, file: SurveyDefinition) -> tuple[SurveyDefinition, Revision]:
    """Publishes the rules of a file as the next revision of its version; nothing is written unless it is one. Returns
    the version as it was as well.

    Raises `Failure` if the version is not published, or the cluster does not take it.
    """
    catalogue = survey_catalogue(settings.kafka)
    _refuse_closed(file, catalogue)
    there = versions_of(file.survey, catalogue.all()).of(file.version)
    if there is None:
        raise Failure(f"{file.key} is not published, so there is nothing to revise: use `rihla survey publish`.")
    revision = revise(there, file)
    if revision.definition is not None:
        _write(settings, revision.definition)
    return there, revision


def _write(settings: ServiceSettings, definition: SurveyDefinition) -> None:
    wire = definition.to_wire()
    if len(wire) > MAX_MESSAGE_BYTES - 1024:
        raise Failure(f"{definition.key} has {len(wire) // 2**20} MB compiled; a survey may have 8 MB.")
    _make_keys(settings, definition.survey)
    try:
        publish(settings.kafka, SURVEYS, definition.key, wire)
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take it ({type(error).__name__}): is the stack up? See `rihla status`."
        ) from None


def _make_keys(settings: ServiceSettings, survey: str) -> None:
    """Those that it does not have yet: the survey's secret for validate, its release key for release."""
    create_survey_secret(settings.keys.folder, survey)
    release_keys.create(settings.keys.release_folder, survey)


def _refuse_closed(definition: SurveyDefinition, catalogue: SurveyCatalogue) -> None:
    if definition.survey in catalogue.closed:
        raise Failure(
            f"{definition.survey} is closed, and its last release is out or on its way: a survey is not opened again. "
            "Publish the form under another id (sheet settings, column form_id)."
        )
    if definition.version in (CLOSED, REBUILD):
        raise Failure(
            f"A version cannot be called {definition.version!r}: give the form another one (sheet settings, column "
            "version)."
        )


def published_surveys(kafka: KafkaSettings) -> list[SurveyDefinition]:
    """Every published version. Raises `Failure` if the topic cannot be read to its end."""
    return survey_catalogue(kafka).all()


def survey_catalogue(kafka: KafkaSettings) -> SurveyCatalogue:
    """As it stands now; it follows no more. Raises `Failure` if the topic cannot be read to its end."""
    catalogue = SurveyCatalogue(kafka)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TIMEOUT_S)
        return catalogue
    except NotCaughtUp:
        raise Failure("The list of surveys could not be read: is the stack up? See `rihla status`.") from None
    finally:
        catalogue.stop()
