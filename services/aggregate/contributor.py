"""From a response to its contribution: one version of a survey, compiled. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from schemas.events import Answer, Response
from schemas.survey.definition import UNKNOWN, Role, SurveyDefinition
from schemas.survey.respondents import Respondents
from schemas.tables.codes import ALL, join
from schemas.tables.contribution import Contribution, encoded
from schemas.tables.layout import REGISTRY, Design, Layout, design_of, layouts
from schemas.tables.measures import Compiler
from schemas.tables.numbers import scaled
from services.aggregate.table_cells import code_of
from services.aggregate.unit_tables import Cell, UnitTables

CARRIER = ""
"""Id of a table that is worked out for the histogram beside it alone, and counted nowhere."""
LARGEST_WEIGHT = 1_000_000_000
"""A weight is how many people a respondent stands for. None stands for a billion."""


class Contributor:
    """One version of a survey, compiled. `layouts` are its tables, the registry first; or those that are given, which
    may lie under other ids (services.aggregate.targets). `epoch` is that of the survey's generations."""

    def __init__(self, survey: SurveyDefinition, kept: Sequence[Layout] | None = None, epoch: int = 0) -> None:
        self.layouts = layouts(survey) if kept is None else list(kept)
        self.epoch = epoch
        compiler = Compiler(survey)
        weight = survey.with_role(Role.WEIGHT)
        self._weight_path = weight.path if weight else None
        self._weight_scale = survey.weight_scale
        self._respondents = Respondents(survey)
        roles = (survey.with_role(Role.STRATUM), survey.with_role(Role.PSU))
        self._design_paths = (
            None if design_of(survey) is Design.SIMPLE else tuple(role.path if role else None for role in roles)
        )
        self.places = {layout.id: layout.design_places for layout in self.layouts if layout.design_places}
        by_unit: dict[str, list[Layout]] = {}
        self._registry: list[Cell] = []
        for layout in self.layouts:
            if layout.name == REGISTRY:
                self._registry.append((layout.id, ALL, (1,)))
            else:
                by_unit.setdefault(layout.unit, []).append(layout)
        self._has_carriers = any(layout.id == CARRIER for layout in self.layouts)
        indicators = {indicator.name: indicator for indicator in survey.indicators}
        self._units = [UnitTables(unit, tables, indicators, compiler) for unit, tables in by_unit.items()]

    def __call__(self, response: Response) -> Contribution:
        whole, design = tuple(self.cells(response)), self.design(response.answers)
        # Encoded at once: nearly all are counted, and later the numbers have left the processor's cache.
        return Contribution(whole, design, self.places, encoded(whole, design, self.places), self.epoch)

    def bare(self, response: Response) -> Contribution:
        """The same without its text."""
        return Contribution(tuple(self.cells(response)), self.design(response.answers), self.places)

    def cells(self, response: Response) -> list[Cell]:
        weight = self._weight(response.answers)
        cells = list(self._registry)
        for unit in self._units:
            unit.add(response, weight, cells)
        return [cell for cell in cells if cell[0] != CARRIER] if self._has_carriers else cells

    def subjects(self, response: Response) -> tuple[str, ...]:
        """The pseudonyms of the respondents that a response names."""
        return self._respondents.named(response.answers, response.rows)

    def _weight(self, answers: Mapping[str, Answer]) -> int:
        """The scaled weight. A survey with weights that lacks one stands for nobody: 0, never a guess."""
        if self._weight_path is None:
            return 1
        weight = scaled(answers.get(self._weight_path), self._weight_scale, LARGEST_WEIGHT)
        return weight if weight is not None and weight > 0 else 0

    def design(self, answers: Mapping[str, Answer]) -> str | None:
        """The key of the stratum and PSU; None in a survey without."""
        if self._design_paths is None:
            return None
        return _design_key(*["" if path is None else _code(answers.get(path)) for path in self._design_paths])


@lru_cache(maxsize=50_000)
def _design_key(*codes: str) -> str:
    """Key of a stratum and a PSU; "" where the survey has no such role."""
    return join(codes)


def _code(answer: Answer | None) -> str:
    return UNKNOWN if answer is None else code_of(answer)
