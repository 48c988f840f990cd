"""The way of one submission through ingest: may it come in, which survey is it, seal it, write it, wait.

Whatever goes wrong before the write leaves nothing in Kafka.
"""

import time
from dataclasses import dataclass, field

from schemas.events import BodyFormat, Collector
from schemas.survey.definition import SurveyDefinition
from services.ingest import metrics, problems
from services.ingest.attachments import Path, count_missing, file_paths
from services.ingest.gate import Gate, Place
from services.ingest.identity import Identity, XmlSubmission, read_xml
from services.ingest.json_submission import JsonSubmission
from services.ingest.manifest import Manifest
from services.ingest.multipart_form import Form
from services.ingest.problems import Problem
from services.ingest.record import Draft
from services.ingest.submission_log import SubmissionLog
from services.ingest.survey_finder import SurveyFinder


@dataclass(slots=True)
class Intake:
    """One for each process. The `Place` stays the caller's to leave, also after it was handed over."""

    gate: Gate
    surveys: SurveyFinder
    log: SubmissionLog
    _paths: dict[str, tuple[SurveyDefinition, tuple[Path, ...]]] = field(default_factory=dict)

    def enter(self) -> Place | Problem:
        """A place for one submission, before its body is read."""
        if not self.log.ready:
            return problems.STARTING.of()
        return self.gate.enter() or problems.BUSY.of()

    async def accept_xml(self, form: Form, collector: Collector, place: Place) -> Identity | Problem:
        """Returns the identity once all in-sync replicas have the submission."""
        read = read_xml(form.xml)
        if isinstance(read, Problem):
            return counted("", read)
        survey = await self._survey(read.identity, collector)
        if isinstance(survey, Problem):
            return survey
        if read.manifest is not None:
            return await self._accept_encrypted(read, read.manifest, form, collector, place)
        missing = self._missing(survey, read, form.files)
        return await self._store(
            Draft(read.identity, BodyFormat.XML, read.text, collector.name, _now_ms(), missing), place
        )

    async def _accept_encrypted(
        self, read: XmlSubmission, manifest: Manifest, form: Form, collector: Collector, place: Place
    ) -> Identity | Problem:
        """Whether the form encrypts does not matter here: a form without a public key may have had one when it was
        filled, and a form with one may have had none."""
        survey = read.identity.survey
        if not form.files:
            # No part of a split submission: nothing else will follow.
            return counted(survey, problems.BROKEN_MANIFEST.of())
        if form.encrypted is None:
            # See services.ingest.manifest why nothing is lost.
            metrics.PARTS_WITHOUT_ANSWERS.labels(survey).inc()
            return read.identity
        missing = len(manifest.media - form.files)
        return await self._store(
            Draft(read.identity, BodyFormat.XML, read.text, collector.name, _now_ms(), missing, form.encrypted), place
        )

    async def accept_json(self, read: JsonSubmission, collector: Collector, place: Place) -> Identity | Problem:
        """As `accept_xml`, for JSON that was read."""
        survey = await self._survey(read.identity, collector)
        if isinstance(survey, Problem):
            return survey
        return await self._store(Draft(read.identity, BodyFormat.JSON, read.text, collector.name, _now_ms()), place)

    async def _survey(self, who: Identity, collector: Collector) -> SurveyDefinition | Problem:
        if not collector.may_submit(who.survey):
            return counted("", problems.NOT_ALLOWED.of(survey=who.survey))
        found = await self.surveys.find(who.survey, who.version)
        return counted("", found) if isinstance(found, Problem) else found

    def _missing(self, survey: SurveyDefinition, read: XmlSubmission, files: frozenset[str]) -> int:
        known = self._paths.get(survey.key)
        if known is None or known[0] is not survey:
            known = self._paths[survey.key] = (survey, file_paths(survey))
        return count_missing(read.root, known[1], files) if known[1] else 0

    async def _store(self, draft: Draft, place: Place) -> Identity | Problem:
        who = draft.identity
        if not self.log.ready:
            return counted(who.survey, problems.LOG_UNAVAILABLE.of())
        problem = await self.log.write(draft, place.hand_over())
        if problem is not None:
            return counted(who.survey, problem)
        metrics.accepted(who.survey)
        metrics.SUBMISSION_BYTES.inc(len(draft.body) + len(draft.encrypted))
        if draft.missing_files:
            metrics.MISSING_FILES.inc(draft.missing_files)
        return who


def counted(survey: str, problem: Problem) -> Problem:
    """Counts a problem. `survey` is "" unless it is published: strangers must not make labels."""
    metrics.SUBMISSIONS.labels(survey, problem.type.name).inc()
    return problem


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
