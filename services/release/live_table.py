"""One table of a survey as it stands in `live`: what a release is made of. Exact, confidential, never published. Pure.

`cells` holds the inner cells by their codes, in the order of the dimensions, and may hold margins (a code is `_T`)
where the caller knows them better than a sum over the inner cells does: a household has persons in several cells, and
an error does not add up. Amounts are exact integers in the scale of their indicator (`factor`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.survey.definition import TOTAL, IndicatorKind
from services.release.distribution import Distribution

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """What an indicator adds up to in a cell. `above` over `below` is the figure; without `below` it is `above`.

    `n` counts units with a value. `largest` are the two largest contributions of a submission to `above`, in absolute
    value, largest first. `error` is the standard error of the figure divided by its absolute value; None where none
    can be had, and 0 where all answers are alike.
    """

    n: int
    above: int
    below: int | None = None
    largest: tuple[int, int] = (0, 0)
    error: float | None = None


@dataclass(frozen=True, slots=True)
class LiveCell:
    """`moves` counts additions and retractions and never falls. `weight` is the sum of scaled weights; None in a
    survey without weights. `distributions` by quantile indicator."""

    units: int
    submissions: int
    moves: int
    weight: int | None = None
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indicator:
    """`factor` divides `above` for the unit that people read. `amount` marks contributions that differ from person to
    person (money, hours), for which rules of concentration hold. Of a quantile `probability` says which, of the
    distribution `of`."""

    name: str
    kind: IndicatorKind
    factor: int = 1
    below_factor: int = 1
    amount: bool = False
    probability: str = ""
    of: str = ""


@dataclass(frozen=True)
class LiveTable:
    """`unit` is what is counted: the path of a repeat, "" for submissions. `codes` lists all codes of each dimension:
    a release has a row for each combination, whether anybody is in it or not. `several` are the dimensions of which a
    unit can have more than one code; their cells do not add up, so no margin is made over them. `unlisted` are the
    dimensions whose codes the form does not list: `codes` holds those that were seen, which nobody need know.
    `answers` says of which questions a dimension or an indicator tells (services.release.answers): ages under 20 and
    ages under 25 are two dimensions and one answer. What is not in it is an answer by its own name."""

    name: str
    unit: str
    dimensions: tuple[str, ...]
    codes: tuple[Codes, ...]
    cells: Mapping[Codes, LiveCell]
    indicators: tuple[Indicator, ...] = ()
    several: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mode: Literal["round", "suppress", "none"] = "round"
    threshold: int = 10
    rounding: int = 5
    signed_off: str = ""
    weight_factor: int = 1

    def __post_init__(self) -> None:
        if len(self.codes) != len(self.dimensions) or any(TOTAL in codes for codes in self.codes):
            raise ValueError(f"table {self.name}: codes of each dimension, without {TOTAL}")
        known = [{*codes, TOTAL} for codes in self.codes]
        for codes in self.cells:
            if len(codes) != len(known) or any(code not in all_ for code, all_ in zip(codes, known, strict=True)):
                raise ValueError(f"table {self.name}: a cell with codes that its dimensions do not have")
