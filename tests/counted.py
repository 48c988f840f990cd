"""What aggregate keeps of some responses, made with its own code: for tests of what reads it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.events import Response
from schemas.survey.definition import SurveyDefinition
from schemas.tables.cells import Deltas, Page, applied
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import Sums, gather, runs
from services.aggregate.contributor import Contributor


@dataclass
class Counted:
    """Grows as submissions are counted and taken back, over two shards."""

    survey: SurveyDefinition
    contributions: list[Contribution] = field(default_factory=list)
    _pages: dict[int, list[Page]] = field(default_factory=dict)
    _runs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._contributor = Contributor(self.survey)

    def count(self, responses: Iterable[Response]) -> "Counted":
        for number, response in enumerate(responses):
            contribution = self._contributor(response)
            self.contributions.append(contribution)
            self._add(number % 2, contribution, retraction=False)
        return self

    def take_back(self, contribution: Contribution, shard: int = 0) -> None:
        self.contributions.remove(contribution)
        self._add(shard, -contribution, retraction=True)

    @property
    def pages(self) -> list[Page]:
        return [page for pages in self._pages.values() for page in pages]

    @property
    def runs(self) -> list[str]:
        return list(self._runs)

    def _add(self, shard: int, contribution: Contribution, retraction: bool) -> None:
        deltas, sums = Deltas(), Sums()
        deltas.add(contribution, retraction)
        gather(sums, contribution)
        [page] = self._pages.get(shard) or [Page.empty(self.survey.survey, shard)]
        self._pages[shard] = applied(page, deltas)
        self._runs += [run.sums for run in runs(self.survey.survey, shard, str(len(self._runs)), 1, sums)]
