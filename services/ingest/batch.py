"""Many JSON submissions in one request, one a line (NDJSON)."""

import asyncio
from dataclasses import dataclass, field

from schemas.events import Collector
from services.ingest import problems
from services.ingest.intake import Intake, counted
from services.ingest.json_submission import read_json
from services.ingest.lines import LineSplitter
from services.ingest.problem_json import problem_object
from services.ingest.problems import Problem

Result = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who submits to what."""

    collector: Collector
    survey: str


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Of a line in bytes, of a request in lines, and how many lines are on their way to Kafka at a time."""

    line_bytes: int
    lines: int
    window: int


@dataclass(slots=True)
class Batch:
    """Feed it the chunks of the body, then `finish`. It reads no faster than Kafka takes the lines."""

    intake: Intake
    sender: Sender
    limits: BatchLimits
    _results: list[Result] = field(default_factory=list)
    _waiting: list[tuple[int, bytes | None]] = field(default_factory=list)
    _lines: int = 0
    _splitter: LineSplitter = field(init=False)

    def __post_init__(self) -> None:
        self._splitter = LineSplitter(self.limits.line_bytes)

    async def feed(self, chunk: bytes) -> Problem | None:
        """Takes the next bytes. A problem ends the batch; the lines before it are stored, and sending them again does
        no harm."""
        return await self._take(self._splitter.feed(chunk))

    async def finish(self) -> list[Result]:
        """The results of all lines that are not blank, in order; each names its line, counted from 1."""
        await self._take(self._splitter.finish())
        await self._send()
        return self._results

    async def _take(self, lines: list[bytes | None]) -> Problem | None:
        for line in lines:
            self._lines += 1
            if self._lines > self.limits.lines:
                return problems.REQUEST_TOO_LARGE.of(limit=f"{self.limits.lines} lines")
            if line is None or line.strip():
                self._waiting.append((self._lines, line))
            if len(self._waiting) == self.limits.window:
                await self._send()
        return None

    async def _send(self) -> None:
        self._results += await asyncio.gather(*(self._one(number, line) for number, line in self._waiting))
        self._waiting.clear()

    async def _one(self, number: int, line: bytes | None) -> Result:
        if line is None:
            return _refused(number, counted("", problems.TOO_LARGE.of(limit=self.limits.line_bytes)))
        read = read_json(self.sender.survey, line)
        if isinstance(read, Problem):
            return _refused(number, counted("", read))
        place = self.intake.enter()
        if isinstance(place, Problem):
            return _refused(number, counted("", place))
        try:
            if not place.grow_to(len(line)):
                return _refused(number, counted("", problems.BUSY.of()))
            stored = await self.intake.accept_json(read, self.sender.collector, place)
        finally:
            place.leave()
        if isinstance(stored, Problem):
            return _refused(number, stored)
        return {"line": number, "instance": stored.instance, "status": "accepted"}


def _refused(number: int, problem: Problem) -> Result:
    return {"line": number, "status": "refused", "problem": problem_object(problem)}
