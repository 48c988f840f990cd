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

with weights scaled by the survey's `weight_scale` and measures by the indicator's `scale`. In a survey without
weights w is n and left out, and so is each square that equals a sum beside it.

The sums after the bar serve the variance where submissions are what was sampled: squares and products of a
*submission's* sums, so that several units of one household are one cluster. A survey with the role psu has no need
of them: its variance comes from the sums of each PSU (`design` below), which are kept apart.

The id is the hash of everything that gives the sums their meaning, so versions of a survey that keep a table's
definition share its cells. Labels, protection and release rules are not part of it, nor are blanks in formulas.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from schemas.expressions import ExpressionError
from schemas.survey.definition import (
    IndicatorDefinition,
    IndicatorKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.survey.wording import without_blanks
from schemas.tables.measures import Compiler

REGISTRY = "_registry"
"""Name of a table that every survey has: no dimensions, one sum n. It counts the submissions, and with a design the
submissions of each PSU: the list of PSUs over which a variance runs, those without a unit in the cell included."""

ID_CHARACTERS = 16
"""64 bits of the hash: enough among the tables of one survey, and short in documents."""


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
    """An indicator within a table: `sums` are at `first` and after in the vector of a cell."""

    name: str
    kind: IndicatorKind
    scale: int
    first: int
    sums: tuple[str, ...]
    label: str = ""
    unit: str = ""

    def place(self, name: str) -> int | None:
        return self.first + self.sums.index(name) if name in self.sums else None


@dataclass(frozen=True)
class Layout:
    """A table as its cells are kept. `design_places` are those places of the vector that are kept for each stratum
    and PSU as well. `unsupported` are indicators that this release cannot keep."""

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
    """The registry and every table of a version, in the order of the definition."""
    compiler = Compiler(survey)
    return [_registry(survey)] + [_layout(survey, table, compiler) for table in survey.tables]


def linear_sums(kind: IndicatorKind, weighted: bool, universe: bool) -> tuple[str, ...]:
    """The sums over units of an indicator, those that a PSU keeps as well but for n."""
    match kind:
        case IndicatorKind.COUNT:
            return (("n", "w") if weighted else ("n",)) if universe else ()
        case IndicatorKind.SHARE | IndicatorKind.MEAN:
            return ("n", "w", "wx") if weighted else ("n", "wx")
        case IndicatorKind.TOTAL:
            return ("n", "wx")
        case IndicatorKind.RATIO:
            return ("n", "wy", "wx")
        case IndicatorKind.QUANTILE:
            raise ValueError("quantiles are not kept by this release")


def square_sums(kind: IndicatorKind, weighted: bool, universe: bool, clustered: bool) -> tuple[str, ...]:
    """The squares and products of a submission's sums. `clustered`: a submission can hold several units."""
    match kind:
        case IndicatorKind.COUNT:
            return ("w2",) if universe and (weighted or clustered) else ()
        case IndicatorKind.SHARE:
            if clustered:
                return ("w2", "w2x", "w2x2")
            return ("w2", "w2x") if weighted else ()
        case IndicatorKind.MEAN:
            return ("w2", "w2x", "w2x2") if weighted or clustered else ("w2x2",)
        case IndicatorKind.TOTAL:
            return ("w2x2",)
        case IndicatorKind.RATIO:
            return ("w2y2", "w2xy", "w2x2")
        case IndicatorKind.QUANTILE:
            raise ValueError("quantiles are not kept by this release")


def _layout(survey: SurveyDefinition, table: TableDefinition, compiler: Compiler) -> Layout:
    by_name = {indicator.name: indicator for indicator in survey.indicators}
    kept = [by_name[name] for name in table.indicators if name in by_name and _is_kept(by_name[name], compiler)]
    weighted, design = survey.with_role(Role.WEIGHT) is not None, design_of(survey)
    clustered = bool(table.unit)
    base = ["n", *(["s"] if clustered else []), "k", *(["w", "w2"] if weighted else [])]
    if clustered and not weighted and design is not Design.CLUSTERS:
        base.append("w2")
    segments: list[Segment] = []
    first = len(base)
    for indicator in kept:
        universe = indicator.universe is not None
        sums = linear_sums(indicator.kind, weighted, universe)
        if design is not Design.CLUSTERS:
            sums += square_sums(indicator.kind, weighted, universe, clustered)
        segments.append(
            Segment(indicator.name, indicator.kind, indicator.scale, first, sums, indicator.label, indicator.unit)
        )
        first += len(sums)
    return Layout(
        id=_identity(survey, table, kept),
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
        unsupported=tuple(name for name in table.indicators if name not in {i.name for i in kept}),
    )


def _is_kept(indicator: IndicatorDefinition, compiler: Compiler) -> bool:
    """False for a quantile, and for an expression that this release cannot evaluate: one indicator that is not there
    is better than a worker that stops for all surveys. `rihla survey check` says it before publishing."""
    if indicator.kind is IndicatorKind.QUANTILE:
        return False
    try:
        for text in (indicator.numerator, indicator.denominator, indicator.universe):
            if text is not None:
                compiler.condition(text)
    except ExpressionError:
        return False
    return True


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


def _identity(survey: SurveyDefinition, table: TableDefinition, indicators: list[IndicatorDefinition]) -> str:
    roles = {role: survey.with_role(role) for role in (Role.WEIGHT, Role.STRATUM, Role.PSU)}
    dimensions = [(path, survey.field(path)) for path in table.dimensions]
    meaning = {
        "name": table.name,
        "unit": table.unit,
        "root": survey.root,
        "weight_scale": survey.weight_scale,
        "roles": {role.value: field.path for role, field in roles.items() if field},
        "dimensions": [
            [path, field.type.value, field.privacy.kind.value, field.privacy.argument, field.concept] if field else path
            for path, field in dimensions
        ],
        "indicators": [
            [i.name, i.kind.value, *map(without_blanks, (i.numerator, i.denominator, i.universe)), i.scale, i.largest]
            for i in indicators
        ],
    }
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:ID_CHARACTERS]
