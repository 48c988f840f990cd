"""The OpenRosa routes for the files that come with a form."""

from services.ingest import problems
from services.ingest.envelope import CONTENT_TYPE
from services.ingest.exchange import Answer, Exchange, answer
from services.ingest.media_manifest import content_type, manifest
from services.ingest.media_shelf import Contents, MediaShelf
from services.ingest.openrosa_api import OpenRosaApi
from services.ingest.problems import Problem

_FOR_PHONES = [(b"x-content-type-options", b"nosniff"), (b"content-security-policy", b"sandbox")]
"""A picture can hold script. A browser that opens it must not run it."""


class MediaApi:
    def __init__(self, openrosa: OpenRosaApi, contents: Contents) -> None:
        self._openrosa = openrosa
        self._shelf = MediaShelf(contents)

    async def get_manifest(self, exchange: Exchange) -> Answer:
        """The files of a version, the newest if none is named."""
        survey = self._openrosa.survey_of(exchange)
        if isinstance(survey, Problem):
            return self._openrosa.problem(survey)
        body = manifest(survey, self._openrosa.base_url(exchange))
        return answer(200, CONTENT_TYPE, body, self._openrosa.headers)

    async def get_file(self, exchange: Exchange) -> Answer:
        """The content of one of them: the bytes whose md5 stands in the list."""
        survey = self._openrosa.survey_of(exchange)
        if isinstance(survey, Problem):
            return self._openrosa.problem(survey)
        name = exchange.path("file")
        media = next((media for media in survey.media if media.name == name), None)
        content = None if media is None else await self._shelf.get(media.sha256)
        if content is None:
            return self._openrosa.problem(problems.UNKNOWN_FILE.of(survey=survey.survey))
        if isinstance(content, Problem):
            return self._openrosa.problem(content)
        return answer(200, content_type(name), content, [*self._openrosa.headers, *_FOR_PHONES])
