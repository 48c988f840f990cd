"""What only single contributions tell, read from the ledger at a release: the two largest of each cell, and the margins
of tables that count the rows of a repeat, where one submission can be in several cells. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.survey.definition import TOTAL
from schemas.tables.codes import split
from schemas.tables.contribution import Contribution
from schemas.tables.layout import Layout
from schemas.tables.places import picker
from services.release.live_table import Codes
from services.release.margins import Products, summed, with_margins
from services.release.quantiles import Smallest
from services.release.terms import AMOUNTS, terms

Largest = tuple[int, int]
NOTHING: Largest = (0, 0)


@dataclass
class Margin:
    """`sums` is a vector as the layout says, `by_psu` the sums at its design places."""

    sums: list[int]
    by_psu: dict[str, list[int]] = field(default_factory=dict)


class _Table:
    def __init__(self, layout: Layout, several: Sequence[bool]) -> None:
        self.layout = layout
        self.amounts = [(of.segment.name, of.above) for of in terms(layout) if of.segment.kind in AMOUNTS]
        self.is_needed = bool(self.amounts or layout.unit)
        self.largest: dict[Codes, dict[str, Largest]] = {}
        self.margins: dict[Codes, Margin] = {}
        self._several = several
        self._products = Products(layout)
        self._keys: dict[str, list[Codes]] = {}
        self._design = picker(layout.design_places)

    def add(self, cells: Sequence[tuple[str, Sequence[int]]], design: str | None) -> None:
        """The cells of one submission."""
        parts: dict[Codes, list[Sequence[int]]] = {}
        for key, amounts in cells:
            for codes in self._with_margins(key):
                parts.setdefault(codes, []).append(amounts)
        for codes, vectors in parts.items():
            whole = vectors[0] if len(vectors) == 1 else self._products.whole(vectors)
            if self.amounts:
                self._compare(codes, whole)
            if self.layout.unit and TOTAL in codes:
                self._gather(codes, whole, design)

    def _with_margins(self, key: str) -> list[Codes]:
        known = self._keys.get(key)
        if known is None:
            known = self._keys[key] = with_margins(split(key, len(self.layout.dimensions)), self._several)
        return known

    def _compare(self, codes: Codes, whole: Sequence[int]) -> None:
        largest = self.largest.setdefault(codes, {})
        for name, place in self.amounts:
            amount = abs(whole[place])
            first, second = largest.get(name, NOTHING)
            if amount > second:
                largest[name] = (amount, first) if amount > first else (first, amount)

    def _gather(self, codes: Codes, whole: Sequence[int], design: str | None) -> None:
        whole = list(whole)
        if (submissions := self.layout.place("s")) is not None:
            whole[submissions] = 1
        margin = self.margins.get(codes)
        if margin is None:
            margin = self.margins[codes] = Margin(whole)
        else:
            margin.sums = summed([margin.sums, whole])
        if design is not None and self.layout.design_places:
            own = self._design(whole)
            known = margin.by_psu.get(design)
            margin.by_psu[design] = list(own) if known is None else summed([known, own])


class SingleContributions:
    """Is told of every counted contribution of a survey. `several` says for each dimension of a layout whether a unit
    can have several codes of it."""

    def __init__(
        self,
        tables: Iterable[tuple[Layout, Sequence[bool]]],
        histograms: Iterable[tuple[Layout, Sequence[bool]]] = (),
    ) -> None:
        made = {layout.id: _Table(layout, several) for layout, several in tables}
        self._tables = {name: table for name, table in made.items() if table.is_needed}
        self._histograms = {layout.id: Smallest(several) for layout, several in histograms if layout.unit}

    @property
    def are_needed(self) -> bool:
        return bool(self._tables or self._histograms)

    def add(self, contribution: Contribution) -> None:
        cells: dict[str, list[tuple[str, Sequence[int]]]] = {}
        for table, key, amounts in contribution.cells:
            if table in self._tables or table in self._histograms:
                cells.setdefault(table, []).append((key, amounts))
        for table, own in cells.items():
            if table in self._histograms:
                self._histograms[table].add([key for key, _ in own])
            else:
                self._tables[table].add(own, contribution.design)

    def largest(self, table: str, codes: Codes, indicator: str) -> Largest:
        """The two largest contributions of a submission, in absolute value, largest first."""
        found = self._tables.get(table)
        return NOTHING if found is None else found.largest.get(codes, {}).get(indicator, NOTHING)

    def smallest(self, histogram: str, codes: Codes) -> Mapping[int, int]:
        """Of the table beside a histogram: how many submissions have their smallest amount in each bucket."""
        found = self._histograms.get(histogram)
        return {} if found is None else found.submissions.get(codes, {})

    def margins(self, table: str) -> Mapping[Codes, Margin]:
        found = self._tables.get(table)
        return {} if found is None else found.margins
