"""What the tables must show after a round of fieldwork, straight from the respondents.

The list of tables is written out here a second time on purpose: the truth is of use only as far as it shares nothing
with what it is compared with. All sums are exact integers: weights in millionths, amounts in whole dollars.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cli.fieldwork.respondents import Cost, Respondent
from cli.fieldwork.submission import Instance

NOT_APPLICABLE = "_N"

Cell = tuple[str, tuple[str, ...]]
"""Table and codes, in the order of the table's dimensions; by area the stratum and the PSU come after them."""

Sums = dict[str, int]

Figures = dict[str, dict[Cell, Sums]]
"""By figure: "" is everyone in the cell (n, w, w2), the name of a measure those in its universe (n, w, wx; of a ratio
n, wy, wx). With "@psu" behind it the same for each area, without n and w2: what variances are made from."""

AREAS = "_registry"
"""A table of its own: the submissions of each area, whatever they answered."""


@dataclass(frozen=True)
class Measure:
    """A figure of those in its universe: x, or y over x. None is outside the universe."""

    name: str
    value: Callable[[Respondent], Mapping[str, int] | None]


@dataclass(frozen=True)
class Table:
    name: str
    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...] = ()


def _cost(respondent: Respondent) -> Mapping[str, int] | None:
    cost = _paid(respondent)
    return None if cost is None else {"w": 1, "wx": cost.total}


def _months(respondent: Respondent) -> Mapping[str, int] | None:
    cost = _paid(respondent)
    return None if cost is None else {"wy": cost.total, "wx": cost.earnings}


def _borrowed(respondent: Respondent) -> Mapping[str, int] | None:
    cost = _paid(respondent)
    return None if cost is None else {"w": 1, "wx": int(cost.borrowed)}


COST_MEAN = Measure("cost_mean", _cost)
COST_MONTHS = Measure("cost_months", _months)
BORROWED_SHARE = Measure("borrowed_share", _borrowed)

TABLES: tuple[Table, ...] = (
    Table("cost_by_country_sex", ("country", "sex"), (COST_MEAN, COST_MONTHS)),
    Table("cost_by_channel_sex", ("channel", "sex"), (COST_MEAN, BORROWED_SHARE)),
    Table("status_by_country_sex", ("status", "country", "sex")),
    Table("status_by_age_sex", ("status", "age", "sex")),
    Table("destination_by_education", ("destination", "education")),
    Table("response", ()),
)


@dataclass
class Outcomes:
    """What became of each record a phone was told is safe. `counted` is the instances that stand in the tables."""

    counted: dict[str, Respondent] = field(default_factory=dict)
    superseded: int = 0
    duplicate: int = 0
    rejected: int = 0
    refused: int = 0


def outcomes(queues: Iterable[Iterable[Instance]]) -> Outcomes:
    """Judges what was acknowledged, each phone's in the order in which it was.

    The rules (design, section 4): an invalid one is rejected and does not hold its id, but is remembered as a link to
    what it meant to replace; of one id the first stands; of two edits of one instance the first stands; of a lineage
    the newest that was accepted counts. A refusal is accepted, holds its id, and counts nowhere.
    """
    result = Outcomes()
    for queue in queues:
        _judge(queue, result)
    return result


def _judge(queue: Iterable[Instance], result: Outcomes) -> None:
    accepted: dict[str, Instance] = {}
    replacement: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for instance in queue:
        if instance.fault is not None:
            result.rejected += 1
            if instance.replaces is not None:
                wanted.setdefault(instance.id, instance.replaces)
        elif instance.id in accepted:
            if instance == accepted[instance.id]:
                result.duplicate += 1
            else:
                result.rejected += 1
        elif instance.replaces is not None and replacement.get(instance.replaces, instance.id) != instance.id:
            result.rejected += 1
        else:
            accepted[instance.id] = instance
            if instance.replaces is not None:
                replacement[instance.replaces] = instance.id
    covered = {older for instance in accepted.values() for older in _older(instance, accepted, wanted)}
    for instance in accepted.values():
        if not instance.respondent.consent:
            result.refused += 1
        elif instance.id in covered:
            result.superseded += 1
        else:
            result.counted[instance.id] = instance.respondent


def _older(instance: Instance, accepted: Mapping[str, Instance], wanted: Mapping[str, str]) -> Iterator[str]:
    """All that an accepted instance stands in place of, through accepted and rejected edits."""
    target = instance.replaces
    while target is not None:
        yield target
        target = accepted[target].replaces if target in accepted else wanted.get(target)


def cells(respondents: Iterable[Respondent]) -> Figures:
    """The sums of each cell that has any."""
    result: Figures = {}
    for respondent in respondents:
        codes, w = _codes(respondent), respondent.weight
        area = (f"{respondent.country}-{respondent.area}", str(respondent.psu))
        _add(result, "", (AREAS, ()), {"n": 1})
        _add(result, "@psu", (AREAS, area), {"n": 1})
        for table in TABLES:
            key = tuple(codes[dimension] for dimension in table.dimensions)
            _add(result, "", (table.name, key), {"n": 1, "w": w, "w2": w * w})
            _add(result, "@psu", (table.name, key + area), {"w": w})
            for measure in table.measures:
                if (value := measure.value(respondent)) is not None:
                    weighted = {name: w * amount for name, amount in value.items()}
                    _add(result, measure.name, (table.name, key), {"n": 1, **weighted})
                    _add(result, f"{measure.name}@psu", (table.name, key + area), weighted)
    return result


def _add(figures: Figures, figure: str, cell: Cell, more: Mapping[str, int]) -> None:
    sums = figures.setdefault(figure, {}).setdefault(cell, {})
    for name, amount in more.items():
        sums[name] = sums.get(name, 0) + amount


def _codes(respondent: Respondent) -> dict[str, str]:
    person = respondent.profile
    assert person is not None, "who refused is in no table"
    journey = person.journey
    return {
        "country": respondent.country,
        "sex": person.sex,
        "age": _band(person.age),
        "education": f"E{person.education}",
        "status": person.status,
        "channel": journey.channel if journey else NOT_APPLICABLE,
        "destination": journey.destination if journey else NOT_APPLICABLE,
    }


def _band(age: int) -> str:
    if age < 25:
        return "Y15T24"
    if age < 35:
        return "Y25T34"
    if age < 45:
        return "Y35T44"
    return "Y45T64" if age < 65 else "Y_GE65"


def _paid(respondent: Respondent) -> Cost | None:
    person = respondent.profile
    return person.journey.cost if person and person.journey else None
