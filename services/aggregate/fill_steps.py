"""The steps of a survey's generations that need no partition: what is heard of, begun, fenced, and done. The store is
the only I/O; every step reads how things stand in the transaction that changes them."""

from collections.abc import Callable, Mapping

from schemas.tables.generations import Generations
from services.aggregate import dropping, generations
from services.aggregate.registering import Registrar
from services.aggregate.store import Store, Transaction
from services.runtime.logs import logger

Rebuilds = Callable[[], Mapping[str, tuple[int, tuple[str, ...]]]]
"""Survey -> when a rebuild was asked for last, epoch milliseconds, and of which tables (all, if none is named)."""


class FillSteps:
    """`surveys` are the names of those that are published. `clock`: epoch seconds."""

    def __init__(
        self,
        store: Store,
        registrar: Registrar,
        surveys: Callable[[], list[str]],
        rebuilds: Rebuilds,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._registrar = registrar
        self._surveys = surveys
        self._rebuilds = rebuilds
        self._clock = clock

    def heard(self, known: Mapping[str, Generations]) -> dict[str, Generations]:
        """Versions and requests that the generations do not know of yet. Of a survey of which nothing was counted the
        first submission tells."""
        found = {}
        ended = {one.survey for one in self._store.ended()}
        for survey in self._surveys():
            now = known.get(survey)
            if survey in ended:
                continue
            names = {one.version for one in self._registrar.versions(survey)}
            counts = now is not None or self._store.transact(lambda tx, survey=survey: tx.has_cells(survey))  # type: ignore[misc]
            if counts and (now is None or not names <= set(now.versions)):
                now = found[survey] = self._registrar(survey)
            at_ms, tables = self._rebuilds().get(survey, (0, ()))
            if now is not None and at_ms > now.rebuilt_ms:
                found[survey] = self._change(survey, lambda one, t=tables, at=at_ms: generations.asked(one, t, at))  # type: ignore[misc]
        return found

    def advanced(self, survey: str) -> Generations | None:
        """Deletes what is spent, begins, and fences what began."""
        now = next(iter(self._store.generations(survey)), None)
        if now is None:
            return None
        if now.fill is None and now.drop is None:
            for number in generations.spent(now):
                while not self._store.transact(lambda tx, n=number: dropping.drop_leaves(tx, survey, n)):  # type: ignore[misc]
                    pass
            if any(state.wanted for state in now.tables.values()):
                now = self._begin(survey)
        if now is not None and any(part is not None and not part.fenced for part in (now.fill, now.drop)):
            self._store.fence()
            now = self._fenced(survey, now.epoch, [mark.partition for mark in self._store.marks()])
        return now

    def _fenced(self, survey: str, epoch: int, partitions: list[int]) -> Generations | None:
        def fenced(tx: Transaction) -> Generations | None:
            before = tx.generations(survey)
            if before is None or before.epoch != epoch:
                return before
            after = generations.fenced(before, partitions)
            if after != before:
                tx.write_generations(after)
            if after.fill is not None and before.fill is not None and after.fill.partitions != before.fill.partitions:
                tx.begin_filling(survey, after.fill.number, after.fill.partitions)
            return after

        return self._store.transact(fenced)

    def _begin(self, survey: str) -> Generations | None:
        versions = self._registrar.versions(survey)
        partitions = [mark.partition for mark in self._store.marks()]
        now_ms = round(self._clock() * 1000)

        def begin(tx: Transaction) -> Generations | None:
            before = tx.generations(survey)
            if before is None or before.fill is not None or before.drop is not None or tx.ended([survey]):
                return before
            lacking = set(before.versions) - {one.version for one in versions}
            if lacking:
                logger().error("fill_needs_versions", survey=survey, versions=sorted(lacking))
                return before
            after = generations.begun(before, versions, partitions, now_ms)
            tx.write_generations(after)
            if after.fill is not None:
                tx.begin_filling(survey, after.fill.number, after.fill.partitions)
                logger().info("fill_began", survey=survey, tables=len(after.filling), fill=after.fill.number)
            return after

        return self._store.transact(begin)

    def finish(self, survey: str, fill: int, partitions: list[int]) -> int:
        """These partitions are filled. Returns the epoch."""

        def finish(tx: Transaction) -> int:
            before = tx.generations(survey)
            if before is None or before.fill is None or before.fill.number != fill:
                return 0 if before is None else before.epoch
            after = generations.done(before, partitions)
            tx.write_generations(after)
            if after.fill is None:
                tx.end_filling(survey)
            return after.epoch

        return self._store.transact(finish)

    def _change(self, survey: str, change: Callable[[Generations], Generations]) -> Generations:
        def write_(tx: Transaction) -> Generations:
            before = tx.generations(survey)
            assert before is not None
            after = change(before)
            if after is not before:
                tx.write_generations(after)
            return after

        return self._store.transact(write_)
