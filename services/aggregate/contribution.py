"""What one accepted submission adds to the tables of its survey. Pure.

Contributions form an abelian group under addition, cell by cell and sum by sum, all in exact integers: taking one
back leaves exactly what was there before, in any order. The ledger stores `encode()` of what was applied, and that
very text is taken back later, also by a release that would compute it differently.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from operator import add
from typing import Self

import orjson

from schemas.events import Answer, Response
from schemas.survey.definition import UNKNOWN, Role, SurveyDefinition
from services.aggregate.codes import ALL, escape, join
from services.aggregate.layout import REGISTRY, Design, Layout, design_of, layouts
from services.aggregate.measures import Compiler, Unit
from services.aggregate.numbers import scaled
from services.aggregate.sums import Amounts, Expand, Linear, expand, linear

LARGEST_WEIGHT = 1_000_000_000
"""A weight is how many people a respondent stands for. None stands for a billion."""

GENERATION = 1
"""Of the cells that contributions go to; a rebuild of a table fills the next one (a later issue)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """`cells` holds (table id, cell key, vector as its layout says). `design` is the key of stratum and PSU in a
    survey that has them; `places` then says which places of a table's vectors count for that PSU too."""

    cells: tuple[tuple[str, str, Amounts], ...]
    design: str | None = None
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def __neg__(self) -> "Contribution":
        cells = tuple((table, cell, tuple(-amount for amount in amounts)) for table, cell, amounts in self.cells)
        return Contribution(cells, self.design, self.places)

    def encode(self) -> bytes:
        """JSON: [generation, design, places, cells]. Integers of any size."""
        content = [GENERATION, self.design, self.places, self.cells]
        try:
            return orjson.dumps(content)
        except TypeError:  # beyond 64 bits
            return json.dumps(content, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, text: bytes) -> Self:
        # Not with orjson, which reads an integer beyond 64 bits as a float.
        _, design, places, cells = json.loads(text)
        return cls(tuple((table, cell, tuple(amounts)) for table, cell, amounts in cells), design, places)


class Contributor:
    """One version of a survey, compiled. `layouts` are its tables, the registry first."""

    def __init__(self, survey: SurveyDefinition) -> None:
        self.layouts = layouts(survey)
        compiler = Compiler(survey)
        weight = survey.with_role(Role.WEIGHT)
        self._weight_path = weight.path if weight else None
        self._weight_scale = survey.weight_scale
        roles = (survey.with_role(Role.STRATUM), survey.with_role(Role.PSU))
        self._design_paths = (
            None if design_of(survey) is Design.SIMPLE else tuple(role.path if role else None for role in roles)
        )
        self._places = {layout.id: layout.design_places for layout in self.layouts if layout.design_places}
        indicators = {indicator.name: indicator for indicator in survey.indicators}
        # An indicator that stands in several tables of one unit is evaluated once for each unit.
        self._measures: dict[str, list[Linear]] = {}
        known: dict[tuple[str, str], int] = {}
        self._tables: dict[str, list[_Table]] = {}
        for layout in self.layouts[1:]:
            measures = self._measures.setdefault(layout.unit, [])
            places = []
            for segment in layout.segments:
                key = (layout.unit, segment.name)
                if key not in known:
                    known[key] = len(measures)
                    measures.append(linear(indicators[segment.name], compiler, layout.weighted))
                places.append(known[key])
            table = _Table(layout, tuple(places), tuple(expand(layout.segments[place]) for place in range(len(places))))
            self._tables.setdefault(layout.unit, []).append(table)

    def __call__(self, response: Response) -> Contribution:
        answers, at_ms = response.answers, response.source.at_ms
        weight = self._weight(answers)
        cells: list[tuple[str, str, Amounts]] = [(REGISTRY, ALL, (1,))]
        for unit, tables in self._tables.items():
            if unit:
                units = [Unit({**answers, **row}, response.rows, at_ms) for row in response.rows.get(unit, ())]
            else:
                units = [Unit(answers, response.rows, at_ms)]
            measures = self._measures[unit]
            measured = [(each, [measure(each, weight) for measure in measures]) for each in units]
            for table in tables:
                cells.extend(table.cells(measured, weight, response.record_key))
        return Contribution(tuple(cells), self._design(answers), self._places)

    def _weight(self, answers: Mapping[str, Answer]) -> int:
        """The scaled weight. A survey with weights that lacks one stands for nobody: 0, never a guess."""
        if self._weight_path is None:
            return 1
        weight = scaled(answers.get(self._weight_path), self._weight_scale, LARGEST_WEIGHT)
        return weight if weight is not None and weight > 0 else 0

    def _design(self, answers: Mapping[str, Answer]) -> str | None:
        if self._design_paths is None:
            return None
        return join("" if path is None else _code(answers.get(path)) for path in self._design_paths)


class _Table:
    def __init__(self, layout: Layout, measures: tuple[int, ...], expands: tuple[Expand, ...]) -> None:
        self._id = layout.id
        self._dimensions = layout.dimensions
        self._one = layout.dimensions[0] if len(layout.dimensions) == 1 else None
        self._measures = measures
        self._expands = expands
        self._base = layout.base
        self._clustered = bool(layout.unit)

    def cells(
        self, measured: Sequence[tuple[Unit, list[Amounts]]], weight: int, record_key: int
    ) -> Iterator[tuple[str, str, Amounts]]:
        if not self._clustered:
            unit, amounts = measured[0]
            vector = self._vector(1, weight, record_key, [amounts[place] for place in self._measures])
            for key in self._keys(unit.answers):
                yield self._id, key, vector
            return
        found: dict[str, tuple[int, list[Amounts]]] = {}
        for unit, amounts in measured:
            own = [amounts[place] for place in self._measures]
            for key in self._keys(unit.answers):
                if key in found:
                    units, sums = found[key]
                    summed = [tuple(map(add, left, right)) for left, right in zip(sums, own, strict=True)]
                    found[key] = (units + 1, summed)
                else:
                    found[key] = (1, own)
        for key, (units, sums) in found.items():
            yield self._id, key, self._vector(units, units * weight, record_key, sums)

    def _vector(self, units: int, weight: int, record_key: int, sums: list[Amounts]) -> Amounts:
        # `weight` is the sum over the units; in a survey without weights it is their number.
        values = {"n": units, "s": 1, "k": record_key, "w": weight, "w2": weight * weight}
        vector = tuple([values[name] for name in self._base])
        for complete, amounts in zip(self._expands, sums, strict=True):
            vector += complete(amounts)
        return vector

    def _keys(self, answers: Mapping[str, Answer]) -> list[str]:
        """Keys of the cells that a unit is in: several where a dimension is a multiple choice."""
        keys: list[str] = []
        for path in self._dimensions:
            answer = answers.get(path)
            if type(answer) is list:
                return self._product(answers)
            keys.append(escape(answer if type(answer) is str and answer else _code(answer)))
        return ["|".join(keys) or ALL]

    def _product(self, answers: Mapping[str, Answer]) -> list[str]:
        # A code that was sent twice is one choice.
        choices = [
            list(dict.fromkeys(answer)) if isinstance(answer := answers.get(path), list) and answer else [_code(answer)]
            for path in self._dimensions
        ]
        return [join(codes) for codes in product(*choices)]


def _code(answer: Answer | None) -> str:
    """An answer as the code of a dimension. A field without an answer counts as unknown."""
    return UNKNOWN if answer is None or answer == "" or answer == [] else str(answer)
