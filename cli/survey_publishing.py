"""Publishing a survey: its secret key first, then its record on the topic `surveys`."""

from enum import StrEnum

from kafka.errors import KafkaError

from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from schemas.topics import MAX_MESSAGE_BYTES, SURVEYS
from services.runtime.follower import NotCaughtUp
from services.runtime.keys import create_survey_secret
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings, ServiceSettings
from services.runtime.surveys import SurveyCatalogue

READ_TIMEOUT_S = 20.0


class Published(StrEnum):
    NEW = "new"
    ALREADY = "already"


def publish_survey(settings: ServiceSettings, definition: SurveyDefinition) -> Published:
    """Publishes a version. The same content again does nothing.

    Raises `Failure` if the version is published with other content, or the cluster does not take it. The key is made
    first: a survey without one would stop every validator.
    """
    wire = definition.to_wire()
    if len(wire) > MAX_MESSAGE_BYTES - 1024:
        raise Failure(f"{definition.key} has {len(wire) // 2**20} MB compiled; a survey may have 8 MB.")
    for other in published_surveys(settings.kafka):
        if other.key == definition.key:
            if other == definition:
                create_survey_secret(settings.keys.folder, definition.survey)
                return Published.ALREADY
            raise Failure(
                f"{definition.key} is published with other content, and a published version stays. Give the form a new "
                "version (sheet settings, column version)."
            )
    create_survey_secret(settings.keys.folder, definition.survey)
    try:
        publish(settings.kafka, SURVEYS, definition.key, wire)
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take it ({type(error).__name__}): is the stack up? See `rihla status`."
        ) from None
    return Published.NEW


def published_surveys(kafka: KafkaSettings) -> list[SurveyDefinition]:
    """Every published version. Raises `Failure` if the topic cannot be read to its end."""
    catalogue = SurveyCatalogue(kafka)
    catalogue.start()
    try:
        catalogue.follower.read_to_end(READ_TIMEOUT_S)
        return catalogue.all()
    except NotCaughtUp:
        raise Failure("The list of surveys could not be read: is the stack up? See `rihla status`.") from None
    finally:
        catalogue.stop()
