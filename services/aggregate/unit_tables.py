"""All tables that count one kind of unit: submissions, or the rows of one repeat. Each unit is measured once."""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import add

from schemas.events import Answer, Response
from schemas.survey.definition import IndicatorDefinition
from schemas.tables.contribution import Amounts
from schemas.tables.layout import Layout
from schemas.tables.measures import Compiler
from schemas.tables.places import Pick
from schemas.tables.unit_scope import Unit
from services.aggregate.histogram import Bucket, HistogramCells, bucket
from services.aggregate.sums import Row, base_values, linear
from services.aggregate.table_cells import TableCells

Cell = tuple[str, str, Amounts]
"""Table, key, vector."""
_Table = tuple[TableCells, int, list[tuple[HistogramCells, int]]]
"""A table, the number of its vector, and its histograms, each with the number of its indicator."""


class UnitTables:
    """`unit` is a repeat, or "" for submissions; `kept` are its tables and the histograms beside them."""

    def __init__(
        self, unit: str, kept: Sequence[Layout], indicators: Mapping[str, IndicatorDefinition], compiler: Compiler
    ) -> None:
        self._unit = unit
        layouts = [layout for layout in kept if not layout.indicator]
        histograms = {layout.id: layout for layout in kept if layout.indicator}
        # An indicator has the same sums in all tables of a unit.
        sums = {segment.name: segment.sums for layout in layouts for segment in layout.segments if segment.sums}
        weighted = layouts[0].weighted
        self._measures = [linear(indicators[name], compiler, weighted, unit) for name in sums]
        self._row = Row(sums)
        # Tables of the same sums, as those that count alone, share their vectors.
        picks = [self._row.picker(layout) for layout in layouts]
        self._picks: list[Pick] = list(dict.fromkeys(picks))
        measured = list(dict.fromkeys(layout.indicator for layout in histograms.values()))
        self._buckets: list[Bucket] = [bucket(indicators[name], compiler, unit) for name in measured]
        self._tables: list[_Table] = []
        for layout, pick in zip(layouts, picks, strict=True):
            own = dict.fromkeys(segment.histogram for segment in layout.segments if segment.histogram)
            beside = [(HistogramCells(histograms[one]), measured.index(histograms[one].indicator)) for one in own]
            self._tables.append((TableCells(layout), self._picks.index(pick), beside))
        self._outer = _outer(unit, layouts, [indicators[name] for name in (*sums, *measured)], compiler)

    def add(self, response: Response, weight: int, cells: list[Cell]) -> None:
        """Adds the cells of a submission. `weight` is scaled; 1 in a survey without weights."""
        if self._unit:
            self._add_rows(response, weight, cells)
            return
        answers = response.answers
        unit = Unit(answers, response.rows, response.source.at_ms)
        row = self._row(base_values(1, weight, response.record_key), self._measured(unit), weight)
        vectors = [pick(row) for pick in self._picks]
        buckets = [find(unit) for find in self._buckets]
        for table, place, beside in self._tables:
            keys = table.keys(answers)
            for key in keys:
                cells.append((table.id, key, vectors[place]))
            for histogram, at in beside:
                cells.extend([(histogram.id, *counted) for counted in histogram.of_one(keys, buckets[at], weight)])

    def _add_rows(self, response: Response, weight: int, cells: list[Cell]) -> None:
        """The squares are of the sums over the rows in a cell: a submission is one cluster."""
        rows = response.rows.get(self._unit)
        if not rows:
            return
        outer = self._outer_of(response.answers)
        units = [{**outer, **row} for row in rows] if outer else rows
        measured: list[Amounts] = [()] * len(rows)
        at_ms = response.source.at_ms
        if self._measures:
            measured = [tuple(self._measured(Unit(answers, response.rows, at_ms))) for answers in units]
        buckets = [[find(Unit(answers, response.rows, at_ms)) for answers in units] for find in self._buckets]
        for table, place, beside in self._tables:
            found: dict[str, tuple[int, Amounts]] = {}
            in_cells = [table.keys(answers) for answers in units]
            for keys, own in zip(in_cells, measured, strict=True):
                for key in keys:
                    number, sums = found.get(key, (0, ()))
                    found[key] = (number + 1, tuple(map(add, sums, own)) if number else own)
            for key, (number, sums) in found.items():
                base = base_values(number, number * weight, response.record_key)
                cells.append((table.id, key, self._picks[place](self._row(base, sums, weight))))
            for histogram, at in beside:
                rows_of = zip(in_cells, buckets[at], strict=True)
                cells.extend([(histogram.id, *counted) for counted in histogram.of_rows(rows_of, weight)])

    def _outer_of(self, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
        """What a row needs of the answers around it."""
        if self._outer is None:
            return answers
        return {path: answers[path] for path in self._outer if path in answers}

    def _measured(self, unit: Unit) -> chain[int]:
        return chain.from_iterable([measure(unit) for measure in self._measures])


def _outer(
    unit: str, layouts: Sequence[Layout], indicators: Sequence[IndicatorDefinition], compiler: Compiler
) -> tuple[str, ...] | None:
    """The fields that the tables of a repeat read and that may stand outside of it; None if it can be any."""
    paths = {path for layout in layouts for path in layout.dimensions}
    for indicator in indicators:
        for text in (indicator.universe, indicator.numerator, indicator.denominator):
            own = compiler.reads(text, unit) if text is not None else ()
            if own is None:
                return None
            paths.update(own)
        paths.update(compiler.converted_by(indicator))
    return tuple(sorted(path for path in paths if not path.startswith(f"{unit}/")))
