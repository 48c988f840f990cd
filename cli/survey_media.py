"""The files that come with a survey: whether they are all there, and their way onto the topic `surveys`."""

from collections.abc import Iterable, Mapping

from kafka.errors import KafkaError

from deploy.local.failure import Failure
from schemas.survey.attached import is_data
from schemas.survey.compile import Compiled
from schemas.survey.definition import SurveyDefinition
from schemas.topics import SURVEYS
from services.runtime.publish import publish_all
from services.runtime.settings import KafkaSettings


def refuse_without_data(compiled: Compiled) -> None:
    """Raises `Failure` where a file is missing that rules or choices are looked up in: without it validators could not
    judge, and phones could not fill the form. Pictures and sounds may be missing; `check` says so."""
    lacking = [name for name in compiled.missing if is_data(name)]
    if lacking:
        raise Failure(
            f"The form reads {', '.join(lacking)}, which did not come with it. Put its files into the folder media "
            "beside it, or name their folder with --media."
        )


def publish_media(
    kafka: KafkaSettings, definition: SurveyDefinition, files: Mapping[str, bytes], there: Iterable[SurveyDefinition]
) -> int:
    """Writes the files of a definition that no published one (`there`) has, and returns how many. `files` holds all of
    them by name. They come before their survey: whoever reads of it finds them. Raises `Failure`."""
    standing = {media.sha256 for other in there for media in other.media}
    new = {media.sha256: files[media.name] for media in definition.media if media.sha256 not in standing}
    try:
        publish_all(kafka, SURVEYS, new.items())
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take the files of {definition.key} ({type(error).__name__}): is the stack up? See "
            "`rihla status`."
        ) from None
    return len(new)
