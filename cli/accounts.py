"""The conservation law: every record that ingest acknowledged is in exactly one class, or still in flight."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cli.log_ends import LogEnds, LogReader
from schemas.outcome_class import OutcomeClass
from services.aggregate.mongo_store import MongoStore
from services.aggregate.watermark import Watermark
from services.runtime.settings import ServiceSettings

POLL_S = 0.2


@dataclass(frozen=True)
class Accounts:
    """`accepted` and `judged` are records in `submissions` and outcomes in `responses`; `accounted` is how far the
    watermarks are; `classes` the counters that must add up to it."""

    accepted: int
    judged: int
    accounted: int
    classes: Counter[OutcomeClass]

    @property
    def in_flight(self) -> int:
        return self.accepted - self.accounted

    @property
    def balanced(self) -> bool:
        return self.accounted == sum(self.classes.values())

    @property
    def closed(self) -> bool:
        """The law holds and nothing is on its way."""
        return self.balanced and self.in_flight == 0

    @property
    def counted(self) -> int:
        return self.classes[OutcomeClass.COUNTED]

    @property
    def superseded(self) -> int:
        return self.classes[OutcomeClass.SUPERSEDED]

    @property
    def duplicate(self) -> int:
        return self.classes[OutcomeClass.DUPLICATE]

    @property
    def rejected(self) -> int:
        return self.classes[OutcomeClass.REJECTED]

    @property
    def held(self) -> int:
        return self.classes[OutcomeClass.HELD]

    @property
    def refused(self) -> int:
        return self.classes[OutcomeClass.REFUSED]

    def __str__(self) -> str:
        terms = [f"{self.classes[of]} {of}" for of in OutcomeClass if self.classes[of]]
        return f"{self.accepted} accepted = {' + '.join([*terms, f'{self.in_flight} in flight'])}" + (
            "" if self.balanced else f"   (the classes add up to {sum(self.classes.values())}, not {self.accounted})"
        )


def account(ends: LogEnds, watermarks: Iterable[Watermark]) -> Accounts:
    """Sums over partitions: a record of one partition can be moved by another's, so a single one may be below zero."""
    classes: Counter[OutcomeClass] = Counter()
    accounted = first = 0
    for mark in watermarks:
        accounted += mark.accounted
        first += mark.submissions_first
        for numbers in mark.classes.values():
            for of, number in numbers.items():
                classes[of] += number
    return Accounts(ends.accepted - first, ends.judged, accounted, classes)


def wait_until_closed(settings: ServiceSettings, at_least: int, deadline_s: float) -> Accounts:
    """The accounts once at least so many records are accepted and all of them accounted for; or as they are when the
    time is over."""
    deadline = time.monotonic() + deadline_s
    store = MongoStore(settings.mongodb)
    try:
        with LogReader(settings.kafka) as log:
            while True:
                found = account(log.ends(), store.watermarks())
                if (found.closed and found.accepted >= at_least) or time.monotonic() > deadline:
                    return found
                time.sleep(POLL_S)
    finally:
        store.close()
