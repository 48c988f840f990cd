"""Makes the versions of a survey known to its generations. The store is the only I/O.

A batch counts nothing of a version that is not registered: its contributions are made for an epoch, and the epoch in
which a version is registered says in which tables its responses count.
"""

from collections.abc import Callable, Collection, Sequence

from schemas.survey.definition import SurveyDefinition
from schemas.tables.generations import Generations
from schemas.tables.layout import Layout, layouts
from services.aggregate.generations import registered
from services.aggregate.store import Store, Transaction

Versions = Callable[[str], Sequence[SurveyDefinition]]
"""A survey's published versions, in the order of their publication."""


class Registrar:
    def __init__(self, store: Store, versions: Versions) -> None:
        self._store = store
        self.versions = versions

    def __call__(self, survey: str) -> Generations:
        """The generations, with every published version registered. Raises as `Store.transact`."""
        versions = self.versions(survey)
        known = next(iter(self._store.generations(survey)), None)
        if known is not None and {one.version for one in versions} <= set(known.versions):
            return known
        # Described before anybody counts in them.
        self._store.declare(_described(versions))
        return self._store.transact(lambda tx: self._register(tx, survey, versions))

    def _register(self, tx: Transaction, survey: str, versions: Sequence[SurveyDefinition]) -> Generations:
        before = tx.generations(survey)
        after = registered(before, survey, versions, before is not None or tx.has_cells(survey))
        if after is not before:
            tx.write_generations(after)
        return after


def _described(versions: Sequence[SurveyDefinition]) -> Collection[Layout]:
    """As the newest version that has a table describes it."""
    return {layout.id: layout for version in versions for layout in layouts(version)}.values()
