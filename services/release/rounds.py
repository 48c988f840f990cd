"""Rounds over all surveys: which release is due, make it, and show in the metrics how it stands."""

import time
from collections.abc import Callable, Sequence

from kafka.errors import KafkaError

from schemas.survey.definition import SurveyDefinition
from services.release import metrics
from services.release.exact_copies import ends_ms, let_go
from services.release.maker import Maker, Refused, audit_behind
from services.release.problems import NotReleased, Problem
from services.release.protect import Release
from services.release.schedule import needs_somebody, next_due_ms
from services.release.store import Document, Unavailable
from services.runtime.faults import Fatal
from services.runtime.logs import logger, places

S_IN_MS = 1000


class Rounds:
    """`surveys` gives the newest version of each."""

    def __init__(self, maker: Maker, surveys: Callable[[], Sequence[SurveyDefinition]]) -> None:
        self._maker = maker
        self._surveys = surveys
        self._told: dict[str, str] = {}
        self.answered = False
        """Whether the database answered when it was last asked."""

    def __call__(self) -> None:
        """One round. Faults of the connection end it until the next; a fault at one survey does not keep the others
        from their releases."""
        try:
            self._maker.store.positions()
            self.answered = True
            for survey in self._surveys():
                self._let_go(survey)
                self._look(survey.survey)
            metrics.LAST_LOOK_SECONDS.set(self._now_ms() / S_IN_MS)
        except (Unavailable, KafkaError) as error:
            self.answered = False
            logger().warning("waiting", fault=type(error).__name__, reason=str(error))

    def _let_go(self, survey: SurveyDefinition) -> None:
        store = self._maker.store
        last = store.last(survey.survey)
        if last is None:
            return
        closed_ms = self._maker.around.closed_ms(survey.survey)
        gone = let_go(last.last, store.erased_ms(survey.survey), ends_ms(survey, closed_ms), self._now_ms())
        if gone is not None:
            store.let_go(survey.survey, gone.until_ms, gone.memory)

    def _look(self, survey: str) -> None:
        newest = self._maker.store.newest(survey)
        behind = audit_behind(newest, self._maker.store.last(survey))
        if behind is not None:
            # At once: when the next one is due stands in `audit`.
            self._note(survey, Refused(behind), 0)
            return
        metrics.HELD_BACK.labels(survey, Problem.AUDIT_BEHIND.value).set(0)
        due = self._due_ms(survey)
        if due is None or self._now_ms() < due:
            return
        began = time.monotonic()
        try:
            made = self._maker.make(survey)
        except (Unavailable, KafkaError, Fatal):
            raise
        except Exception as fault:
            # Its text may quote a cell.
            logger().error("release_failed", survey=survey, fault=type(fault).__name__, at=places(fault))
            made = Refused(NotReleased(Problem.FAULT))
        self._note(survey, made, time.monotonic() - began)

    def _due_ms(self, survey: str) -> int | None:
        store, now_ms = self._maker.store, self._now_ms()
        last = store.last(survey)
        closed_ms = self._maker.around.closed_ms(survey)
        first_ms = store.first_seen(survey, now_ms)
        due = next_due_ms(None if last is None else last.last, first_ms, closed_ms, self._maker.policy)
        metrics.NEXT_DUE_SECONDS.labels(survey).set(0 if due is None else due / S_IN_MS)
        metrics.OVERDUE_SECONDS.labels(survey).set(0 if due is None else max(0, now_ms - due) / S_IN_MS)
        metrics.LAST_MADE_SECONDS.labels(survey).set(0 if last is None else last.last.at_ms / S_IN_MS)
        return due

    def _note(self, survey: str, made: Release | Refused, seconds: float) -> None:
        for problem in Problem:
            stands = isinstance(made, Refused) and made.reason.problem is problem and needs_somebody(problem)
            metrics.HELD_BACK.labels(survey, problem.value).set(stands)
        if isinstance(made, Refused):
            metrics.REFUSED.labels(survey, made.reason.problem.value).inc()
            if self._told.get(survey) != str(made.reason):
                # Once, and not each minute for a week.
                self._told[survey] = str(made.reason)
                logger().info("not_released", survey=survey, reason=str(made.reason))
            return
        self._told.pop(survey, None)
        metrics.MADE.labels(survey).inc()
        metrics.OVERDUE_SECONDS.labels(survey).set(0)
        metrics.MAKING_SECONDS.observe(seconds)
        metrics.LAST_MADE_SECONDS.labels(survey).set(made.manifest.at_ms / S_IN_MS)
        show_rows(survey, [{"rows": note.rows, "suppressed": note.suppressed} for note in made.manifest.tables])
        logger().info(
            "released",
            survey=survey,
            release=made.manifest.epoch,
            closing=made.manifest.closing,
            content=made.manifest.content,
            seconds=round(seconds, 1),
        )

    def _now_ms(self) -> int:
        return self._maker.around.now_ms()


def show_rows(survey: str, tables: Sequence[Document]) -> None:
    """In the metrics, from what the manifest says of each table."""
    suppressed = sum(int(table["suppressed"]) for table in tables)
    metrics.ROWS.labels(survey, "no").set(suppressed)
    metrics.ROWS.labels(survey, "yes").set(sum(int(table["rows"]) for table in tables) - suppressed)
