"""Which sums a table keeps, in which order, and under which id: compiled once from its definition.

A cell is a vector of exact integers. First what all tables have, then a segment for each indicator:

    n      units in the cell
    s      submissions in the cell; only where the unit is a repeat (else it equals n)
    k      sum of the record keys of these submissions
    w      sum of weights, only in a survey with weights (else it equals n); w2: sum of squares, for Kish's n

    count   nothing without a universe (it is n and w); with one: n w | w2
    share   n w wx | w2 w2x      (x is 0 or 1)
    mean    n w wx | w2 w2x w2x2
    total   n wx | w2x2
    ratio   n wy wx | w2y2 w2xy w2x2      (y over x)
    quantile nothing: its units are counted in a histogram beside the table

with weights scaled by the survey's `weight_scale` and measures by the indicator's `scale`. In a survey without
weights w is n and left out, and so is each square that equals a sum beside it.

The sums after the bar serve the variance where submissions are what was sampled: squares and products of a
*submission's* sums, so that several units of one household are one cluster. A survey with the role psu has no need
of them: its variance comes from the sums of each PSU (`design` below), which are kept apart.

A **histogram** is a table beside a table, for one of its quantile indicators: the same dimensions and one more, the
bucket in which the unit's amount is (schemas.tables.log_buckets). A bucket is a cell, with n, and w and w2 in a survey
with weights, so adding, taking back, erasing and rebuilding know nothing of it. It is never a table to be shown.
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas.survey.definition import IndicatorDefinition, IndicatorKind, Role, SurveyDefinition, TableDefinition
from schemas.survey.figure_definitions import figure_label, figure_name
from schemas.tables.indicator_sums import is_kept, linear_sums, square_sums
from schemas.tables.measures import Compiler
from schemas.tables.table_identity import histogram_id, table_id

REGISTRY = "_registry"
"""Name of a table that every survey has: no dimensions, one sum n. It counts the submissions, and with a design the
submissions of each PSU: the list of PSUs over which a variance runs, those without a unit in the cell included."""

BUCKET = "#bucket"
"""The last dimension of a histogram. No path of a field, which all others are."""


class Design(StrEnum):
    """What was sampled. Decides where the variance comes from."""

    SIMPLE = "simple"
    """Neither role: submissions; the squares in the cell suffice."""
    STRATA = "strata"
    """Role stratum alone: submissions within strata; the same sums for each stratum."""
    CLUSTERS = "clusters"
    """Role psu, with or without stratum: linear sums for each stratum and PSU."""


@dataclass(frozen=True)
class Segment:
    """An indicator within a table: `sums` are at `first` and after in the vector of a cell. Each quantile of an
    indicator is a segment, without sums; `probability` says which, and `histogram` is the id of the layout in which
    its units are counted."""

    name: str
    kind: IndicatorKind
    scale: int
    first: int
    sums: tuple[str, ...]
    label: str = ""
    unit: str = ""
    probability: str = ""
    histogram: str = ""

    def place(self, name: str) -> int | None:
        return self.first + self.sums.index(name) if name in self.sums else None


@dataclass(frozen=True)
class Layout:
    """A table as its cells are kept. `design_places` are those places of the vector that are kept for each stratum
    and PSU as well. `unsupported` are indicators that this release cannot keep. `indicator` is the one that a
    histogram is of, "" for a table."""

    id: str
    survey: str
    name: str
    label: str
    unit: str
    dimensions: tuple[str, ...]
    base: tuple[str, ...]
    segments: tuple[Segment, ...]
    weighted: bool
    weight_scale: int
    design: Design
    design_places: tuple[int, ...]
    unsupported: tuple[str, ...] = ()
    indicator: str = ""

    @property
    def width(self) -> int:
        return len(self.base) + sum(len(segment.sums) for segment in self.segments)

    def place(self, name: str) -> int | None:
        """Place of a sum of the base in the vector."""
        return self.base.index(name) if name in self.base else None


def design_of(survey: SurveyDefinition) -> Design:
    if survey.with_role(Role.PSU):
        return Design.CLUSTERS
    return Design.STRATA if survey.with_role(Role.STRATUM) else Design.SIMPLE


def layouts(survey: SurveyDefinition) -> list[Layout]:
    """The registry and every table of a version, in the order of the definition; then the histograms beside them."""
    compiler = Compiler(survey)
    kept = [(table, _kept(survey, table, compiler)) for table in survey.tables]
    tables = [_layout(survey, table, indicators) for table, indicators in kept]
    histograms = [
        _histogram(survey, table, indicator)
        for table, indicators in kept
        for indicator in indicators
        if indicator.kind is IndicatorKind.QUANTILE
    ]
    return [_registry(survey), *tables, *histograms]


def _kept(survey: SurveyDefinition, table: TableDefinition, compiler: Compiler) -> list[IndicatorDefinition]:
    by_name = {indicator.name: indicator for indicator in survey.indicators}
    named = [by_name[name] for name in table.indicators if name in by_name]
    return [indicator for indicator in named if is_kept(indicator, compiler)]


def _layout(survey: SurveyDefinition, table: TableDefinition, kept: list[IndicatorDefinition]) -> Layout:
    weighted, design = survey.with_role(Role.WEIGHT) is not None, design_of(survey)
    clustered = bool(table.unit)
    base = ["n", *(["s"] if clustered else []), "k", *(["w", "w2"] if weighted else [])]
    if clustered and not weighted and design is not Design.CLUSTERS:
        base.append("w2")
    segments: list[Segment] = []
    first = len(base)
    for indicator in kept:
        if indicator.kind is IndicatorKind.QUANTILE:
            segments.extend(_quantiles(survey, table, indicator, first))
            continue
        universe = indicator.universe is not None
        sums = linear_sums(indicator.kind, weighted, universe)
        if design is not Design.CLUSTERS:
            sums += square_sums(indicator.kind, weighted, universe, clustered)
        segments.append(
            Segment(indicator.name, indicator.kind, indicator.scale, first, sums, indicator.label, indicator.unit)
        )
        first += len(sums)
    return Layout(
        id=table_id(survey, table, [one for one in kept if one.kind is not IndicatorKind.QUANTILE]),
        survey=survey.survey,
        name=table.name,
        label=table.label,
        unit=table.unit,
        dimensions=tuple(table.dimensions),
        base=tuple(base),
        segments=tuple(segments),
        weighted=weighted,
        weight_scale=survey.weight_scale,
        design=design,
        design_places=_design_places(tuple(base), segments, design, weighted),
        unsupported=tuple(name for name in table.indicators if name not in {one.name for one in kept}),
    )


def _quantiles(
    survey: SurveyDefinition, table: TableDefinition, indicator: IndicatorDefinition, first: int
) -> list[Segment]:
    histogram = histogram_id(survey, table, indicator)
    return [
        Segment(
            figure_name(indicator.name, probability),
            indicator.kind,
            indicator.scale,
            first,
            (),
            figure_label(indicator.label or indicator.name, probability),
            indicator.unit,
            probability,
            histogram,
        )
        for probability in indicator.probabilities
    ]


def _histogram(survey: SurveyDefinition, table: TableDefinition, indicator: IndicatorDefinition) -> Layout:
    """Squares of weights serve the interval of a quantile where submissions are what was sampled, and are counted."""
    weighted, design = survey.with_role(Role.WEIGHT) is not None, design_of(survey)
    base: tuple[str, ...] = ("n", "w") if weighted else ("n",)
    if weighted and not table.unit and design is not Design.CLUSTERS:
        base += ("w2",)
    return Layout(
        id=histogram_id(survey, table, indicator),
        survey=survey.survey,
        name=f"{table.name}:{indicator.name}",
        label=table.label,
        unit=table.unit,
        dimensions=(*table.dimensions, BUCKET),
        base=base,
        segments=(),
        weighted=weighted,
        weight_scale=survey.weight_scale,
        design=design,
        design_places=_design_places(base, [], design, weighted),
        indicator=indicator.name,
    )


def _design_places(base: tuple[str, ...], segments: list[Segment], design: Design, weighted: bool) -> tuple[int, ...]:
    if design is Design.SIMPLE:
        return ()
    size = "w" if weighted else "n"
    places = [base.index(size)]
    if design is Design.STRATA and "w2" in base:
        places.append(base.index("w2"))
    for segment in segments:
        counted = size if size in segment.sums else ""
        wanted = [name for name in segment.sums if name != "n" or name == counted]
        places.extend(segment.first + segment.sums.index(name) for name in wanted)
    return tuple(places)


def _registry(survey: SurveyDefinition) -> Layout:
    design = design_of(survey)
    return Layout(
        id=REGISTRY,
        survey=survey.survey,
        name=REGISTRY,
        label="",
        unit="",
        dimensions=(),
        base=("n",),
        segments=(),
        weighted=False,
        weight_scale=0,
        design=design,
        design_places=() if design is Design.SIMPLE else (0,),
    )
