"""From a response to its contribution: one version of a survey, compiled. Pure."""

from collections.abc import Mapping
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

LARGEST_WEIGHT = 1_000_000_000
"""A weight is how many people a respondent stands for. None stands for a billion."""


class Contributor:
    """One version of a survey, compiled. `layouts` are its tables, the registry first."""

    def __init__(self, survey: SurveyDefinition) -> None:
        self.layouts = layouts(survey)
        compiler = Compiler(survey)
        weight = survey.with_role(Role.WEIGHT)
        self._weight_path = weight.path if weight else None
        self._weight_scale = survey.weight_scale
        self._respondents = Respondents(survey)
        roles = (survey.with_role(Role.STRATUM), survey.with_role(Role.PSU))
        self._design_paths = (
            None if design_of(survey) is Design.SIMPLE else tuple(role.path if role else None for role in roles)
        )
        self._places = {layout.id: layout.design_places for layout in self.layouts if layout.design_places}
        by_unit: dict[str, list[Layout]] = {}
        for layout in self.layouts[1:]:
            by_unit.setdefault(layout.unit, []).append(layout)
        indicators = {indicator.name: indicator for indicator in survey.indicators}
        self._units = [UnitTables(unit, tables, indicators, compiler) for unit, tables in by_unit.items()]

    def __call__(self, response: Response) -> Contribution:
        answers = response.answers
        weight = self._weight(answers)
        cells: list[Cell] = [(REGISTRY, ALL, (1,))]
        for unit in self._units:
            unit.add(response, weight, cells)
        whole, design = tuple(cells), self._design(answers)
        # Encoded at once: nearly all are counted, and later the numbers have left the processor's cache.
        return Contribution(whole, design, self._places, encoded(whole, design, self._places))

    def subjects(self, response: Response) -> tuple[str, ...]:
        """The pseudonyms of the respondents that a response names."""
        return self._respondents.named(response.answers, response.rows)

    def _weight(self, answers: Mapping[str, Answer]) -> int:
        """The scaled weight. A survey with weights that lacks one stands for nobody: 0, never a guess."""
        if self._weight_path is None:
            return 1
        weight = scaled(answers.get(self._weight_path), self._weight_scale, LARGEST_WEIGHT)
        return weight if weight is not None and weight > 0 else 0

    def _design(self, answers: Mapping[str, Answer]) -> str | None:
        if self._design_paths is None:
            return None
        return _design_key(*["" if path is None else _code(answers.get(path)) for path in self._design_paths])


@lru_cache(maxsize=50_000)
def _design_key(*codes: str) -> str:
    """Key of a stratum and a PSU; "" where the survey has no such role."""
    return join(codes)


def _code(answer: Answer | None) -> str:
    return UNKNOWN if answer is None else code_of(answer)
