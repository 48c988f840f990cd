"""The risk report after fieldwork: what the answers themselves tell. Pure; every count in it is coarse."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.release.risk.classes import SIZES, anonymity, reidentification
from services.release.risk.coarse import Figure, coarse
from services.release.risk.coarser import halved
from services.release.risk.diversity import diversity
from services.release.risk.microdata import Microdata, Row
from services.release.risk.roles import Part, RiskField
from services.release.risk.singling_out import SinglingOut

SHOWN = 10
"""Combinations in a report: those that single out most."""


@dataclass(frozen=True)
class KeyRisk:
    """`singled_out`: records with a minimal unique that needs this field. `dropped`, `halved`: records that some
    combination of three keys would still single out without it, and with half as many codes (None where the form
    lists fewer than three)."""

    path: str
    why: str
    codes: int
    singled_out: Figure
    dropped: Figure
    halved: Figure | None


@dataclass(frozen=True)
class SensitiveRisk:
    """`distinct` and `entropy` are l-diversity. `told`: records in classes of two and more that all answered alike."""

    path: str
    special: bool
    distinct: int
    entropy: float
    told: Figure


@dataclass(frozen=True)
class After:
    """`k` is the smallest class over all keys. `by_size`: records whose smallest minimal unique has so many keys.
    Chances are rounded to two digits."""

    unit: str
    records: Figure
    fields: list[RiskField]
    classes: Figure
    k: int
    uniques: Figure
    below: dict[int, Figure]
    distribution: list[tuple[str, Figure]]
    prosecutor_highest: float
    prosecutor_mean: float
    marketer: float
    journalist_highest: float | None
    journalist_mean: float | None
    singled_out: Figure
    by_size: dict[int, Figure]
    combinations: list[tuple[tuple[str, ...], Figure]]
    keys: list[KeyRisk]
    sensitive: list[SensitiveRisk]


def after(fields: Sequence[RiskField], unit: str, data: Microdata, population: int | None = None) -> After | None:
    """None where there is no record, or no key."""
    mine = [one for one in fields if one.unit in ("", unit)]
    keys = [one for one in mine if one.part is Part.KEY]
    rows = data.columns(key.path for key in keys)
    chance = reidentification(rows, data.weights, population)
    if chance is None or not keys:
        return None
    number = len(rows)
    found, alone = anonymity(rows), SinglingOut(rows)
    names = [key.path for key in keys]
    worst = sorted(alone.combinations.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    answers = [one for one in mine if one.part is Part.SENSITIVE]
    return After(
        unit,
        coarse(number, number),
        mine,
        coarse(found.classes, number),
        found.k,
        coarse(found.uniques, number),
        {level: coarse(count, number) for level, count in found.below.items()},
        [(_from_to(*sizes), coarse(n, number)) for sizes, n in zip(SIZES, found.distribution, strict=True)],
        _chance(chance.prosecutor_highest),
        _chance(chance.prosecutor_mean),
        _chance(chance.marketer),
        None if chance.journalist_highest is None else _chance(chance.journalist_highest),
        None if chance.journalist_mean is None else _chance(chance.journalist_mean),
        coarse(alone.records, number),
        {size: coarse(count, number) for size, count in alone.by_size().items()},
        [(tuple(names[place] for place in places), coarse(count, number)) for places, count in worst],
        [_key(key, place, rows, alone) for place, key in enumerate(keys)],
        [_sensitive(one, rows, data) for one in answers],
    )


def _key(key: RiskField, place: int, rows: list[Row], alone: SinglingOut) -> KeyRisk:
    number = len(rows)
    fewer = None
    if key.codes is not None and len(key.codes) > 2:
        fewer = coarse(alone.with_fewer(place, halved(key.codes), rows), number)
    return KeyRisk(
        key.path,
        key.why,
        len({row[place] for row in rows}),
        coarse(alone.needing(place), number),
        coarse(alone.without(place), number),
        fewer,
    )


def _sensitive(one: RiskField, rows: list[Row], data: Microdata) -> SensitiveRisk:
    found = diversity(rows, [row[0] for row in data.columns([one.path])])
    return SensitiveRisk(one.path, one.special, found.distinct, round(found.entropy, 2), coarse(found.told, len(rows)))


def _from_to(first: int, last: int | None) -> str:
    return f"{first} and more" if last is None else str(first) if first == last else f"{first} to {last}"


def _chance(chance: Fraction) -> float:
    return float(f"{float(chance):.2g}")
