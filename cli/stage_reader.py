"""Reads where each stage stands: the broker's offsets, the watermarks, and the services' own metrics."""

import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from cli.accounts import Accounts, account
from cli.field import Field
from cli.fieldwork.history import History
from cli.log_ends import LogReader
from cli.stages import Snapshot
from deploy.local.stack import Stack
from services.aggregate.mongo_store import MongoStore

METRICS_TIMEOUT_S = 1.0


class StageReader:
    """Use as a context manager, from one thread. `accounts` are those of the last snapshot."""

    def __init__(self, stack: Stack, field: Field) -> None:
        self._stack = stack
        self._field = field
        self._open = ExitStack()
        self._log = LogReader(field.settings.kafka)
        self._store = MongoStore(field.settings.mongodb)
        self.accounts = Accounts(0, 0, 0, Counter())

    def __enter__(self) -> Self:
        self._open.enter_context(self._log)
        self._open.callback(self._store.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def snapshot(self, history: History, planned: int) -> Snapshot:
        self.accounts = self._account()
        pages = self._store.live_pages(self._field.survey.survey)
        return Snapshot(
            at=time.monotonic(),
            planned=planned,
            acknowledged=history.acknowledged,
            attempts=history.attempts,
            in_flight=round(self._metric("ingest", "rihla_ingest_in_flight_records") or 0),
            accepted=self.accounts.accepted,
            judged=self.accounts.judged,
            accounted=self.accounts.accounted,
            counted=self.accounts.counted,
            cells=len({(table, cell) for page in pages for table, cells in page.tables.items() for cell in cells}),
            age_s=self._mean("aggregate", "rihla_aggregate_age_seconds"),
        )

    def _account(self) -> Accounts:
        return account(self._log.ends(), self._store.watermarks())

    def _metric(self, part: str, name: str) -> float | None:
        """The sum over labels of a metric; None if the service does not answer or has none of this name."""
        return self._metrics(part).get(name)

    def _mean(self, part: str, name: str) -> float | None:
        found = self._metrics(part)
        number = found.get(f"{name}_count")
        return found[f"{name}_sum"] / number if number else None

    def _metrics(self, part: str) -> dict[str, float]:
        url = f"{self._stack.state.part(part).address}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=METRICS_TIMEOUT_S) as answer:  # noqa: S310 - http, our own
                text = answer.read().decode()
        except OSError:
            return {}
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found
