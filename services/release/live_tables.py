"""From what aggregate keeps to the tables that a release is made of. Pure.

The newest version of a survey says which tables are released. A table is known by its id, the hash of its definition:
what earlier versions counted under the same id is in its cells.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from schemas.survey.definition import TOTAL, SurveyDefinition, TableDefinition
from schemas.tables.cells import Page, retractions, summed
from schemas.tables.codes import ALL, split
from schemas.tables.estimates import Cell, Missing
from schemas.tables.generations import Generations
from schemas.tables.layout import REGISTRY, Design, Layout, layouts
from schemas.tables.psu_runs import Sums, merge
from services.release import margins
from services.release.answers import answers
from services.release.cube import cube
from services.release.dimensions import Dimension, dimension
from services.release.identity import Identity, identity
from services.release.live_table import Amount, Codes, LiveCell, LiveTable
from services.release.policy import LEAST_THRESHOLD
from services.release.quantiles import Quantiles
from services.release.single_contributions import SingleContributions
from services.release.terms import Terms, size_place, terms

T = TypeVar("T")
Group = tuple[str, frozenset[str]]
"""Unit, and dimensions."""


@dataclass(frozen=True)
class Plan:
    """One table to be released: its definition, how it is kept, and the versions that count in it. `histograms` are
    those beside it that the same versions count in: quantiles of a part of the people are none of the table's."""

    definition: TableDefinition
    layout: Layout
    versions: tuple[SurveyDefinition, ...]
    histograms: tuple[Layout, ...] = ()

    def several(self) -> tuple[bool, ...]:
        return tuple(dimension(self.versions, path, ()).several for path in self.layout.dimensions)


def plans(versions: Sequence[SurveyDefinition], generations: Generations | None = None) -> list[Plan]:
    """`versions` of one survey in the order of their publication. A table that was never complete is left out."""
    newest = versions[-1]
    kept = [{layout.id for layout in layouts(version)} for version in versions]
    every = layouts(newest)[1:]
    own = [layout for layout in every if not layout.indicator]

    def counting(layout: Layout) -> tuple[SurveyDefinition, ...]:
        if generations is not None and layout.id in generations.tables:
            names = generations.counting(layout.id) or ()
            return tuple(version for version in versions if version.version in names)
        return tuple(version for version, ids in zip(versions, kept, strict=True) if layout.id in ids)

    def beside(table: Layout) -> tuple[Layout, ...]:
        wanted = {segment.histogram for segment in table.segments}
        return tuple(one for one in every if one.id in wanted and counting(one) == counting(table))

    return [
        Plan(definition, layout, counting(layout), beside(layout))
        for definition, layout in zip(newest.tables, own, strict=True)
        if counting(layout)
    ]


def live_tables(
    plans: Sequence[Plan], pages: Collection[Page], runs: Iterable[str], single: SingleContributions
) -> list[LiveTable]:
    """`pages` and `runs` are all of the survey's, `single` was told of all that is counted."""
    by_psu = merge(runs) if any(plan.layout.design is not Design.SIMPLE for plan in plans) else {}
    return [_Assembly(plan, pages, by_psu, single).table() for plan in plans]


def same_people(plans: Sequence[Plan], tables: Sequence[LiveTable]) -> tuple[list[LiveTable], list[str]]:
    """The tables that count the same people in the cells that they share, and the names of the others: a table that
    came in with a later version has nobody of the earlier ones, and the difference to an older table would be a table
    of those few. Tables of more versions go first.

    Which versions count in a table decides, not whether anybody answered to them: a table that comes out while nobody
    had, and not once one has, would tell of that one. The numbers are looked at for what definitions cannot say."""
    order = sorted(zip(plans, tables, strict=True), key=lambda pair: -len(pair[0].versions))
    counting: dict[Group, tuple[SurveyDefinition, ...]] = {}
    known: dict[Identity, int] = {}
    kept: set[str] = set()
    for plan, table in order:
        own = dict.fromkeys(_groups(table), plan.versions)
        units = {identity(table, codes): cell.units for codes, cell in cube(table).items()}
        same_versions = all(counting.get(group, versions) == versions for group, versions in own.items())
        if same_versions and all(known.get(at, number) == number for at, number in units.items()):
            counting.update(own)
            known.update(units)
            kept.add(table.name)
    return [table for table in tables if table.name in kept], [table.name for table in tables if table.name not in kept]


def _groups(table: LiveTable) -> list[Group]:
    """The sets of dimensions by which the table has cells: two tables that have one in common share cells."""
    chosen = product(*[((name,) if name in table.several else (name, "")) for name in table.dimensions])
    return [(table.unit, frozenset(names) - {""}) for names in chosen]


class _Assembly:
    """Of one table."""

    def __init__(self, plan: Plan, pages: Collection[Page], by_psu: Sums, single: SingleContributions) -> None:
        layout = self._layout = plan.layout
        self._plan = plan
        self._single = single
        self._terms = terms(layout)
        self._registry = _registry(layout, pages, by_psu)
        self._psu = {split(key, len(layout.dimensions)): areas for key, areas in by_psu.get(layout.id, {}).items()}
        self._sums = _by_codes(layout, summed(pages, layout.id))
        self._quantiles = Quantiles(layout, plan.histograms, pages, single)
        self._taken_back = _by_codes(layout, retractions(pages, layout.id))
        seen = [*self._sums, *self._taken_back]
        self._dimensions = [
            dimension(plan.versions, path, {codes[place] for codes in seen})
            for place, path in enumerate(layout.dimensions)
        ]

    def table(self) -> LiveTable:
        definition, layout = self._plan.definition, self._layout
        return LiveTable(
            name=definition.name,
            unit=definition.unit,
            dimensions=layout.dimensions,
            codes=tuple(found.codes for found in self._dimensions),
            cells=self._cells(),
            indicators=self._quantiles.among([of.indicator for of in self._terms]),
            several=_named(self._dimensions, lambda found: found.several),
            unlisted=_named(self._dimensions, lambda found: not found.listed),
            answers=answers(self._plan.versions[-1], definition),
            mode=definition.mode,
            threshold=definition.threshold,
            rounding=definition.rounding,
            signed_off=definition.signed_off,
            weight_factor=10**layout.weight_scale if layout.weighted else 1,
        )

    def _cells(self) -> dict[Codes, LiveCell]:
        several = tuple(found.several for found in self._dimensions)
        parts: dict[Codes, list[Codes]] = {}
        for inner in dict.fromkeys([*self._sums, *self._taken_back]):
            for codes in margins.with_margins(inner, several):
                parts.setdefault(codes, []).append(inner)
        return {codes: self._cell(codes, inner) for codes, inner in parts.items()}

    def _cell(self, codes: Codes, inner: list[Codes]) -> LiveCell:
        layout = self._layout
        taken_back = [self._taken_back.get(part, 0) for part in inner]
        if layout.unit and TOTAL in codes:
            margin = self._single.margins(layout.id).get(codes)
            sums = [0] * layout.width if margin is None else margin.sums
            by_psu: Mapping[str, Sequence[int]] = {} if margin is None else margin.by_psu
            # One submission can be taken out of several cells: their largest number is sure, their sum is not.
            retracted = max(taken_back)
        else:
            there = [part for part in inner if part in self._sums]
            sums = margins.summed([self._sums[part] for part in there]) or [0] * layout.width
            by_psu = _added([self._psu.get(part, {}) for part in there])
            retracted = sum(taken_back)
        units = sums[0]
        submissions = sums[place] if (place := layout.place("s")) is not None else units
        weight = sums[size_place(layout)] if layout.weighted else None
        moves = submissions + 2 * retracted
        distributions = self._quantiles.of(codes, inner) if submissions >= self._least else {}
        return LiveCell(units, submissions, moves, weight, self._amounts(codes, sums, by_psu), distributions)

    def _amounts(self, codes: Codes, sums: Sequence[int], by_psu: Mapping[str, Sequence[int]]) -> dict[str, Amount]:
        cell = Cell(self._layout, sums, by_psu, self._registry)
        return {of.indicator.name: self._amount(codes, of, cell) for of in self._terms}

    def _amount(self, codes: Codes, of: Terms, cell: Cell) -> Amount:
        largest = self._single.largest(self._layout.id, codes, of.indicator.name)
        below = None if of.below is None else cell.sums[of.below]
        return Amount(cell.sums[of.n], cell.sums[of.above], below, largest, self._error(of, cell))

    @property
    def _least(self) -> int:
        """Units of a cell that may be published."""
        definition = self._plan.definition
        return 0 if definition.mode == "none" else max(LEAST_THRESHOLD, definition.threshold)

    def _error(self, of: Terms, cell: Cell) -> float | None:
        """Not computed where the cell is not published anyway: it takes a walk over all PSUs."""
        if cell.sums[of.n] < self._least:
            return None
        estimate = cell.estimate(of.segment)
        return 0.0 if estimate.reason is Missing.NO_VARIATION else estimate.cv


def _by_codes(layout: Layout, cells: Mapping[str, T]) -> dict[Codes, T]:
    return {split(key, len(layout.dimensions)): found for key, found in cells.items()}


def _added(areas: Sequence[Mapping[str, Sequence[int]]]) -> Mapping[str, Sequence[int]]:
    if len(areas) == 1:
        return areas[0]
    total: dict[str, Sequence[int]] = {}
    for area in areas:
        for key, sums in area.items():
            known = total.get(key)
            total[key] = sums if known is None else margins.summed([known, sums])
    return total


def _registry(layout: Layout, pages: Collection[Page], by_psu: Sums) -> dict[str, int]:
    """Submissions by stratum and PSU, over which a variance runs; under "" in a survey without a design."""
    if layout.design is Design.SIMPLE:
        return {"": sum(sums[0] for sums in summed(pages, REGISTRY).values())}
    return {key: sums[0] for key, sums in by_psu.get(REGISTRY, {}).get(ALL, {}).items()}


def _named(dimensions: Iterable[Dimension], wanted: Callable[[Dimension], bool]) -> frozenset[str]:
    return frozenset(found.path for found in dimensions if wanted(found))
