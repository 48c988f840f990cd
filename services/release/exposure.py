"""How many published numbers tell of one answer of one person, and which of them a progress release can afford. Pure.

A person in region by sex by work is counted under her work in four cells: (work), (region, work), (sex, work),
(region, sex, work). Each number moves by itself with the chance 1/step when she arrives, so what one release gives
away grows with how many there are, whatever the number of tables: cells that two tables share count once. A figure
in a cell is two numbers more (its n and its value) that tell of the cell's dimensions as well as of what it measures.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from schemas.survey.definition import IndicatorKind
from services.release.live_table import Indicator, LiveTable

Group = frozenset[str]
"""The dimensions of a cell that are not `_T`."""
Shown = Mapping[Group, frozenset[str]]
"""Groups of cells of a unit that are published, with the indicators published in them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be published of a unit: the counts of a group ("" for the indicator) or a figure in it.
    `numbers` of it move by themselves, and each tells of all `answers`."""

    unit: str
    group: Group
    indicator: str
    numbers: int
    answers: frozenset[str]

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Numbers and then figures of all and by one dimension, then by two, and so on."""
        depth = len(self.group)
        return max(depth, 1), bool(self.indicator), depth


def offers(tables: Iterable[LiveTable]) -> list[Offer]:
    """Each once, the first table's first."""
    found: dict[tuple[str, Group, str], Offer] = {}
    for table in tables:
        for group in _groups(table):
            told = frozenset(answer for dimension in group for answer in _answers(table, dimension))
            found.setdefault((table.unit, group, ""), Offer(table.unit, group, "", 1, told))
            for indicator in table.indicators:
                if indicator.kind is IndicatorKind.QUANTILE:
                    continue  # waits for the closing release
                own = told.union(_answers(table, indicator.name))
                offer = Offer(table.unit, group, indicator.name, _numbers(table, indicator), own)
                found.setdefault((table.unit, group, indicator.name), offer)
    return list(found.values())


def exposure(offers: Iterable[Offer]) -> int:
    """The largest number over all answers, at least 1."""
    return max(_told(offers).values(), default=1)


def affordable(offers: Iterable[Offer], most: int) -> list[Offer]:
    """As many as keep the exposure of each answer at or under `most`, shallow ones before deep ones, then in the order
    of the tables: the designer's first come first. It depends on definitions alone, so it tells nothing of anybody."""
    told: Counter[str] = Counter()
    taken: list[Offer] = []
    counted: set[tuple[str, Group]] = set()
    for offer in sorted(offers, key=lambda offer: offer.rank):
        if offer.indicator and (offer.unit, offer.group) not in counted:
            continue
        if all(told[answer] + offer.numbers <= most for answer in offer.answers):
            taken.append(offer)
            told.update(dict.fromkeys(offer.answers, offer.numbers))
            counted.add((offer.unit, offer.group))
    return taken


def shown(offers: Iterable[Offer], unit: str) -> Shown:
    found: dict[Group, set[str]] = {}
    for offer in offers:
        if offer.unit == unit:
            found.setdefault(offer.group, set()).update({offer.indicator} - {""})
    return {group: frozenset(names) for group, names in found.items()}


def _told(offers: Iterable[Offer]) -> Counter[str]:
    told: Counter[str] = Counter()
    for offer in offers:
        told.update(dict.fromkeys(offer.answers, offer.numbers))
    return told


def _groups(table: LiveTable) -> Iterator[Group]:
    free = [dimension for dimension in table.dimensions if dimension not in table.several]
    fixed = table.several.intersection(table.dimensions)
    for size in range(len(free) + 1):
        for some in combinations(free, size):
            yield fixed.union(some)


def _numbers(table: LiveTable, indicator: Indicator) -> int:
    """A figure is its n and its value. A number or a total has no n beside it; the number of all, where all weigh the
    same, is the count itself."""
    match indicator.kind:
        case IndicatorKind.COUNT if not _answers(table, indicator.name) and table.weight_factor == 1:
            return 0
        case IndicatorKind.COUNT | IndicatorKind.TOTAL:
            return 1
        case _:
            return 2


def _answers(table: LiveTable, name: str) -> tuple[str, ...]:
    """Where nobody said which, a name is an answer of its own."""
    return table.answers.get(name, (name,))
