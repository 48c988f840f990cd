"""Subtraction attacks over random populations: margins, linked tables, and groups whose members all answer alike."""

from dataclasses import dataclass, replace

import numpy as np

from services.release.epoch import Moment
from services.release.live_table import LiveTable
from services.release.protect import Release, protect
from tests.attack.evidence import Ints
from tests.attack.population import POLICY, Scenario, live_tables
from tests.attack.subtraction import Published, named, read, recovered

THRESHOLD = 10
SCENARIOS = [
    Scenario("margin_subtraction", (2, 12), ((0, 1),), mode="suppress"),
    Scenario("margin_subtraction", (3, 8), ((0, 1),), mode="suppress"),
    Scenario("margin_subtraction", (4, 11), ((0, 1),), mode="round"),
    Scenario("margin_subtraction", (3, 2, 4), ((0, 1, 2),), mode="suppress"),
    Scenario("linked_tables", (4, 2, 5), ((0, 2), (1, 2)), mode="suppress"),
    Scenario("linked_tables", (4, 3, 5), ((0, 2), (1, 2), (0, 1)), mode="suppress"),
    Scenario("linked_tables", (4, 2, 5), ((0, 2), (1, 2)), mode="round"),
]
SPARSE, FEW = 0.7, 9
"""Concentration of the shares and mean count of a cell: half of the cells are small."""


@dataclass(frozen=True)
class Subtracted:
    """`refused`: populations of which nothing was published, for the audit did not pass."""

    name: str
    populations: int
    suppressed: int
    recovered: int
    refused: int
    plain_suppressed: int
    plain_recovered: int


def subtraction(scenario: Scenario, populations: int, rng: np.random.Generator) -> Subtracted:
    totals = np.zeros(5, dtype=int)
    for _ in range(populations):
        cells = int(np.prod(scenario.sizes))
        counts = rng.multinomial(FEW * cells, rng.dirichlet(np.full(cells, SPARSE))).reshape(scenario.sizes)
        tables = live_tables(scenario, counts, counts)
        made = closed(tables, rng)
        plain = small_suppressed(tables, THRESHOLD)
        totals += (0, 0, made is None, len(plain.suppressed), recovered(plain))
        if made is not None:
            public = read(made.tables)
            totals += (len(public.suppressed), recovered(public), 0, 0, 0)
    suppressed, found, refused, plain_suppressed, plain_found = map(int, totals)
    return Subtracted(scenario.name, populations, suppressed, found, refused, plain_suppressed, plain_found)


def closed(tables: list[LiveTable], rng: np.random.Generator) -> Release | None:
    made = protect("attacked", tables, POLICY, None, Moment(0, 10**6, "", closing=True), rng.bytes(32))
    return made if isinstance(made, Release) else None


def small_suppressed(tables: list[LiveTable], threshold: int) -> Published:
    """What is usually done: exact margins, and the small cells left out."""
    made = protect(
        "plain",
        [replace(table, mode="none", signed_off="nobody") for table in tables],
        POLICY,
        None,
        Moment(0, 10**6, "", closing=True),
        b"",
    )
    assert isinstance(made, Release)
    public = read(made.tables)
    values = {at: None if value is not None and value < threshold else value for at, value in public.values.items()}
    return replace(public, values=values)


@dataclass(frozen=True)
class Alike:
    """Groups in which all gave one answer, and of how many of them the answer can be named for certain."""

    name: str
    groups: int
    named: int
    plain_named: int


def group_attribute(mode: str, populations: int, rng: np.random.Generator) -> Alike:
    """One row of a table of four by four: everybody answered alike, 12 to 300 people."""
    groups = found = plain_found = 0
    scenario = Scenario("group_attribute", (4, 4), ((0, 1),), mode=mode)  # type: ignore[arg-type]
    for _ in range(populations):
        counts: Ints = rng.multinomial(60 * 16, rng.dirichlet(np.full(16, 3.0))).reshape(4, 4)
        row, answer = int(rng.integers(4)), int(rng.integers(4))
        counts[row] = 0
        counts[row, answer] = rng.integers(12, 300)
        tables = live_tables(scenario, counts, counts)
        made = closed(tables, rng)
        groups += 1
        plain_found += _named(read_exact(tables), row)
        found += made is not None and _named(read(made.tables), row)
    return Alike(f"group_attribute_{mode}", groups, found, plain_found)


def read_exact(tables: list[LiveTable]) -> Published:
    return small_suppressed(tables, 0)


def _named(public: Published, row: int) -> bool:
    line = [frozenset({("trait0", str(row)), ("trait1", str(answer))}) for answer in range(4)]
    return named(public, line, THRESHOLD) is not None
