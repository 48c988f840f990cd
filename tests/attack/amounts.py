"""Random populations with an amount, and what the closing release publishes of its quantiles, through `protect`.

Everybody has an amount (rent, income, a debt), log-normal about a middle that differs from cell to cell. Tables have
one or two dimensions, and all margins.
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from schemas.survey.definition import TOTAL, IndicatorKind
from schemas.tables.log_buckets import bucket_of
from services.release.distribution import Distribution
from services.release.epoch import Moment
from services.release.live_table import Codes, Indicator, LiveCell, LiveTable
from services.release.policy import DAY_MS, Policy
from services.release.protect import Release, protect
from services.release.rows import PublishedTable, Row
from tests.attack.evidence import Floats, Ints
from tests.attack.ladder import HIDDEN, NOBODY, UNSAID, Rules, buckets, named

POLICY = Policy(every_ms=DAY_MS)
CENTS = 100
MIDDLE = 10.0
"""Logarithm of an amount in the middle, in cents: 220."""


@dataclass(frozen=True)
class Amounts:
    """`sizes`: codes of each dimension. `people`: mean number in an inner cell. `spread`: standard deviation of the
    logarithm of the amount in a cell, and `apart` that of the middles of the cells. `digits`: amounts are told with so
    many (people say 300, not 312.40); 0 is to the cent. `ends`: the two amounts are one from the lowest and one from
    the highest tenth, else half of all have one between them. `surveys`: closed surveys of the same people."""

    name: str
    sizes: tuple[int, ...]
    people: int = 30
    spread: float = 0.8
    apart: float = 0.3
    digits: int = 0
    probabilities: tuple[str, ...] = ("0.25", "0.5", "0.75")
    ends: bool = False
    surveys: int = 1
    mode: Literal["round", "suppress", "none"] = "round"
    threshold: int = 10
    rounding: int = 5

    @property
    def rules(self) -> Rules:
        return Rules(self.probabilities, 1 if self.mode == "none" else self.rounding, self.threshold)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(
            Indicator(f"rent_p{part[2:]}", IndicatorKind.QUANTILE, CENTS, probability=part, of="rent")
            for part in self.probabilities
        )


@dataclass(frozen=True)
class People:
    """`cell` of each, by number of the inner cell; `part`: which part of their cell has less, which with the middles of
    the cells makes the amount."""

    scenario: Amounts
    cell: Ints
    part: Floats
    middles: Floats

    def exact(self, cell: Ints, part: Floats) -> Floats:
        """In cents. The adversary knows the true distribution of each cell."""
        amounts = np.exp(self.middles[cell] + self.scenario.spread * norm.ppf(np.clip(part, 1e-9, 1 - 1e-9)))
        if self.scenario.digits:
            unit = 10.0 ** (np.floor(np.log10(amounts)) - self.scenario.digits + 1)
            amounts = np.round(amounts / unit) * unit
        return np.asarray(np.round(amounts), dtype=np.float64)

    def amounts(self, cell: Ints, part: Floats) -> Ints:
        return buckets(self.exact(cell, part).astype(np.int64))

    @property
    def own(self) -> Ints:
        return self.amounts(self.cell, self.part)

    def among(self, group: Codes) -> NDArray[np.bool_]:
        """Who is in a cell or a margin."""
        places = np.unravel_index(self.cell, self.scenario.sizes)
        inside = np.ones(len(self.cell), dtype=bool)
        for place, code in zip(places, group, strict=True):
            if code != TOTAL:
                inside &= place == int(code)
        return inside

    def groups(self, person: int) -> list[Codes]:
        """All published cells that somebody is in."""
        codes = np.unravel_index(self.cell[person], self.scenario.sizes)
        return list(product(*[(str(int(code)), TOTAL) for code in codes]))


def people(scenario: Amounts, rng: np.random.Generator) -> People:
    """Cells of very different size, some under the threshold."""
    cells = int(np.prod(scenario.sizes))
    shares = rng.dirichlet(np.full(cells, 4.0))
    cell = np.repeat(np.arange(cells), rng.multinomial(scenario.people * cells, shares))
    middles = MIDDLE + rng.normal(0, 0.5) + rng.normal(0, scenario.apart, cells)
    return People(scenario, cell, rng.random(len(cell)), middles)


@dataclass(frozen=True)
class Shown:
    """Of a cell: its rounded number (or NOBODY, or UNSAID), and the class of each quantile."""

    number: int
    classes: Ints


def released(found: People, closing: bool, secret: bytes) -> PublishedTable:
    """What a release says, for everybody to read."""
    scenario, own = found.scenario, found.own
    cells: dict[Codes, LiveCell] = {}
    for cell in range(int(np.prod(scenario.sizes))):
        values, numbers = np.unique(own[found.cell == cell], return_counts=True)
        number = int(numbers.sum())
        parts = tuple((int(value), int(n), int(n), int(n)) for value, n in zip(values, numbers, strict=True))
        codes = tuple(str(int(code)) for code in np.unravel_index(cell, scenario.sizes))
        cells[codes] = LiveCell(number, number, number, None, {}, {"rent": Distribution(parts)})
    table = LiveTable(
        "rents",
        "",
        tuple(f"trait{at}" for at in range(len(scenario.sizes))),
        tuple(tuple(map(str, range(size))) for size in scenario.sizes),
        cells,
        scenario.indicators,
        mode=scenario.mode,
        threshold=scenario.threshold,
        rounding=scenario.rounding,
        signed_off="nobody",
    )
    made = protect("attacked", [table], POLICY, None, Moment(0, 10**6, "", closing), secret)
    assert isinstance(made, Release), made
    return made.tables[0]


def closed(found: People, rng: np.random.Generator) -> dict[Codes, Shown]:
    return {row.codes: _shown(found.scenario, row) for row in released(found, True, rng.bytes(32)).rows}


def _shown(scenario: Amounts, row: Row) -> Shown:
    told = [row.figures[one.name] for one in scenario.indicators]
    classes = [
        HIDDEN
        if figure.low is None or figure.high is None
        else named(bucket_of(round(figure.low * CENTS)), bucket_of(round(figure.high * CENTS)))
        for figure in told
    ]
    number = NOBODY if row.obs_value is None else row.obs_value
    if scenario.mode == "suppress" and number != NOBODY:
        number = max([UNSAID, *[figure.n for figure in told if figure.n is not None]])
    return Shown(number, np.array(classes))
