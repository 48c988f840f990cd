"""The v1 interface for scripts: one JSON submission, or many as lines of JSON with a result for each."""

import orjson

from services.ingest import problems
from services.ingest.access import Access
from services.ingest.batch import Batch, BatchLimits, Sender
from services.ingest.exchange import Answer, Exchange, HeaderList, answer
from services.ingest.intake import Intake, counted
from services.ingest.json_submission import read_json
from services.ingest.openrosa_api import read_whole
from services.ingest.patience import Patience
from services.ingest.problem_json import CONTENT_TYPE, problem_json
from services.ingest.problems import Problem
from services.ingest.settings import IngestSettings
from services.ingest.tokens import CHALLENGE

JSON = b"application/json"
NDJSON = b"application/x-ndjson"


class JsonApi:
    def __init__(self, settings: IngestSettings, access: Access, intake: Intake, patience: Patience) -> None:
        self._access = access
        self._intake = intake
        self._patience = patience
        self._max_bytes = settings.max_submission_bytes
        self._limits = BatchLimits(settings.max_submission_bytes, settings.max_batch_lines, settings.batch_window)

    def problem(self, problem: Problem) -> Answer:
        extra: HeaderList = []
        if problem.type.status == 401:
            extra.append((b"www-authenticate", CHALLENGE))
        if problem.type.retry_after_s is not None:
            extra.append((b"retry-after", str(problem.type.retry_after_s).encode()))
        return answer(problem.type.status, CONTENT_TYPE, problem_json(problem), extra)

    async def post_submission(self, exchange: Exchange) -> Answer:
        """201 once all in-sync replicas have it."""
        sender = self._sender(exchange, JSON)
        if isinstance(sender, Problem):
            return self.problem(counted("", sender))
        place = self._intake.enter()
        if isinstance(place, Problem):
            return self.problem(counted("", place))
        try:
            body = await read_whole(exchange, self._patience, self._max_bytes, place)
            read = body if isinstance(body, Problem) else read_json(sender.survey, body)
            if isinstance(read, Problem):
                return self.problem(counted("", read))
            stored = await self._intake.accept_json(read, sender.collector, place)
        finally:
            place.leave()
        if isinstance(stored, Problem):
            return self.problem(stored)
        return answer(201, JSON, orjson.dumps({"instance": stored.instance, "status": "accepted"}), [])

    async def post_batch(self, exchange: Exchange) -> Answer:
        """200 with a line of result for each line that is not blank, in their order: look at each of them."""
        sender = self._sender(exchange, NDJSON)
        if isinstance(sender, Problem):
            return self.problem(counted("", sender))
        batch = Batch(self._intake, sender, self._limits)
        while exchange.more:
            chunk = await exchange.chunk(self._patience)
            problem = chunk if isinstance(chunk, Problem) else await batch.feed(chunk)
            if problem is not None:
                return self.problem(counted("", problem))
        results = await batch.finish()
        return answer(200, NDJSON, b"".join(orjson.dumps(result) + b"\n" for result in results), [])

    def _sender(self, exchange: Exchange, expected: bytes) -> Sender | Problem:
        collector = self._access.check(exchange)
        if isinstance(collector, Problem):
            return collector
        survey = exchange.path("survey")
        if not collector.may_submit(survey):
            return problems.NOT_ALLOWED.of(survey=survey)
        if exchange.headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != expected:
            return problems.NOT_JSON.of(expected=expected.decode())
        return Sender(collector, survey)
