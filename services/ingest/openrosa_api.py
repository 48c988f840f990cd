"""The OpenRosa routes that ODK Collect, KoboCollect and Enketo use, with the statuses that they understand."""

from urllib.parse import parse_qs

from schemas.events import Collector
from schemas.survey.definition import SurveyDefinition
from services.ingest import metrics, problems
from services.ingest.access import Access
from services.ingest.address import base_url
from services.ingest.envelope import CONTENT_TYPE, SUCCESS, headers, problem_envelope
from services.ingest.exchange import Answer, Exchange, answer
from services.ingest.form_list import form_list
from services.ingest.gate import Place
from services.ingest.intake import Intake, counted
from services.ingest.multipart_form import Form, FormLimits, FormReader, boundary, only_xml
from services.ingest.patience import Patience
from services.ingest.problems import Problem
from services.ingest.settings import IngestSettings
from services.ingest.tokens import CHALLENGE
from services.runtime.surveys import SurveyCatalogue

_XML_TYPES = (b"text/xml", b"application/xml")


class OpenRosaApi:
    def __init__(
        self, settings: IngestSettings, access: Access, intake: Intake, patience: Patience, catalogue: SurveyCatalogue
    ) -> None:
        self._access = access
        self._intake = intake
        self._catalogue = catalogue
        self._public_url = settings.public_url
        self._patience = patience
        self._limits = FormLimits(settings.max_submission_bytes, settings.max_attachments)
        self.headers = headers(settings.advertised_bytes)
        self._created = answer(201, CONTENT_TYPE, SUCCESS, self.headers)

    def problem(self, problem: Problem) -> Answer:
        extra = list(self.headers)
        if problem.type.status == 401:
            extra.append((b"www-authenticate", CHALLENGE))
        if problem.type.retry_after_s is not None:
            extra.append((b"retry-after", str(problem.type.retry_after_s).encode()))
        return answer(problem.type.status, CONTENT_TYPE, problem_envelope(problem), extra)

    async def head_submission(self, exchange: Exchange) -> Answer:
        """Exactly 204, or Collect takes this for something else. Without Location: it would be followed."""
        collector = self._access.check(exchange)
        return self.problem(collector) if isinstance(collector, Problem) else Answer(204, self.headers, b"")

    async def post_submission(self, exchange: Exchange) -> Answer:
        """201, and nothing else, is success for every client. A part of a split submission is accepted like any other:
        all repeat the same XML, so the ledger counts one and knows the rest as duplicates (encrypted ones are
        different: services.ingest.manifest)."""
        collector = self._access.check(exchange)
        if isinstance(collector, Problem):
            return self.problem(counted("", collector))
        place = self._intake.enter()
        if isinstance(place, Problem):
            return self.problem(counted("", place))
        try:
            result = await self._submission(exchange, collector, place)
        finally:
            place.leave()
        return self._created if result is None else self.problem(result)

    async def _submission(self, exchange: Exchange, collector: Collector, place: Place) -> Problem | None:
        content_type = exchange.headers.get(b"content-type")
        limit = boundary(content_type)
        if limit is not None:
            form = await self._read_form(exchange, limit, place)
        elif content_type is not None and content_type.partition(b";")[0].strip().lower() in _XML_TYPES:
            xml = await read_whole(exchange, self._patience, self._limits.xml_bytes, place)
            form = xml if isinstance(xml, Problem) else Form(xml)
        else:
            form = problems.NOT_A_FORM.of()
        if isinstance(form, Problem):
            return counted("", form)
        if form.files:
            metrics.ATTACHMENTS.inc(len(form.files))
        stored = await self._intake.accept_xml(form, collector, place)
        return stored if isinstance(stored, Problem) else None

    async def _read_form(self, exchange: Exchange, limit: str, place: Place) -> Form | Problem:
        chunk = await exchange.chunk(self._patience)
        if isinstance(chunk, Problem):
            return chunk
        if not exchange.more and len(chunk) <= self._limits.xml_bytes:
            xml = only_xml(chunk, limit)
            if xml is not None:
                return Form(xml) if place.grow_to(len(xml)) else problems.BUSY.of()
        reader = FormReader(limit, self._limits)
        while True:
            problem = reader.feed(chunk)
            if problem is not None:
                return problem
            if not place.grow_to(reader.size):
                return problems.BUSY.of()
            if not exchange.more:
                return reader.finish()
            chunk = await exchange.chunk(self._patience)
            if isinstance(chunk, Problem):
                return chunk

    async def get_form_list(self, exchange: Exchange) -> Answer:
        """The newest version of each open survey that the collector may submit to; `formID` selects one, exactly."""
        collector = self._access.check(exchange)
        if isinstance(collector, Problem):
            return self.problem(collector)
        query = parse_qs(exchange.query.decode("latin1"))
        open_ones = [one for one in self._catalogue.all_latest() if one.survey not in self._catalogue.closed]
        surveys = [survey for survey in open_ones if collector.may_submit(survey.survey)]
        if "formID" in query:
            surveys = [survey for survey in surveys if survey.survey == query["formID"][0]]
        body = form_list(surveys, self.base_url(exchange))
        return answer(200, CONTENT_TYPE, body, self.headers)

    async def get_form(self, exchange: Exchange) -> Answer:
        """The XForm of a version, the newest if none is named: the bytes whose md5 stands in the list."""
        found = self.survey_of(exchange)
        if isinstance(found, Problem):
            return self.problem(found)
        return answer(200, CONTENT_TYPE, found.xform.encode(), self.headers)

    def survey_of(self, exchange: Exchange) -> SurveyDefinition | Problem:
        """The survey in the path and the version in the query (the newest if none is named), if the collector may have
        them."""
        collector = self._access.check(exchange)
        if isinstance(collector, Problem):
            return collector
        survey = exchange.path("survey")
        if not collector.may_submit(survey):
            return problems.NOT_ALLOWED.of(survey=survey)
        versions = parse_qs(exchange.query.decode("latin1"), keep_blank_values=True).get("version")
        found = self._catalogue.latest(survey) if versions is None else self._catalogue.get(survey, versions[0])
        if found is None:
            unknown = problems.UNKNOWN_SURVEY if versions is None else problems.UNKNOWN_VERSION
            return unknown.of(survey=survey, version=(versions or [""])[0])
        return found

    def base_url(self, exchange: Exchange) -> str:
        """The address of this server as the phone sees it, with the key of the request."""
        return base_url(exchange, self._public_url)


async def read_whole(exchange: Exchange, patience: Patience, max_bytes: int, place: Place) -> bytes | Problem:
    """The body of a request that is one submission."""
    chunks: list[bytes] = []
    size = 0
    while exchange.more:
        chunk = await exchange.chunk(patience)
        if isinstance(chunk, Problem):
            return chunk
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            return problems.TOO_LARGE.of(limit=max_bytes)
        if not place.grow_to(size):
            return problems.BUSY.of()
    return b"".join(chunks)
