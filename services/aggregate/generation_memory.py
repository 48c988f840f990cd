"""The generations that a worker knows of, and whether contributions were made for them."""

from collections.abc import Collection, Iterable, Mapping

from schemas.tables.generations import Generations
from services.aggregate.generation_port import StaleTables
from services.aggregate.slots import Arrival
from services.aggregate.store import Transaction


class GenerationMemory:
    """A batch reads the epochs alone; what belongs to an epoch never changes."""

    def __init__(self) -> None:
        self._known: dict[str, Generations] = {}

    def read(self, tx: Transaction, surveys: Collection[str], arrivals: Iterable[Arrival]) -> Mapping[str, Generations]:
        """Of those surveys that have some. Raises `StaleTables` if a contribution was made for others than these."""
        epochs = tx.epochs(surveys) if surveys else {}
        for arrival in arrivals:
            contribution = arrival.contribution
            if contribution is not None and contribution.epoch != epochs.get(arrival.survey or "", 0):
                raise StaleTables
        found: dict[str, Generations] = {}
        for survey, epoch in epochs.items():
            known = self._known.get(survey)
            if known is None or known.epoch != epoch:
                known = tx.generations(survey)
                if known is None:
                    continue
                self._known[survey] = known
            found[survey] = known
        return found
