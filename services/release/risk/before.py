"""The risk report before fieldwork: what the form and the expected number of interviews tell. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from services.release.risk.classes import LEVELS
from services.release.risk.coarser import halved_shares
from services.release.risk.expected import chances, equal_shares, share_below
from services.release.risk.roles import Part, RiskField
from services.release.risk.singling_out import LARGEST

AT_RISK = 5
"""Records in classes smaller than this: a chance of more than one in five to be the one (HHS, ICO and ARX use it)."""
SHOWN = 10
"""Combinations in a report: the riskiest."""


@dataclass(frozen=True)
class Combination:
    """`cells` combinations of codes; `uniques` are the expected records that stand alone; `below` the expected share
    of records in classes smaller than that level."""

    fields: tuple[str, ...]
    cells: int
    uniques: float
    below: dict[int, float]


@dataclass(frozen=True)
class Key:
    """`load` is the expected share of records below AT_RISK, on average over the combinations of three keys with this
    one; `halved` the same with half as many codes, `dropped` over those without it. `source` is where its shares come
    from."""

    field: RiskField
    codes: int
    source: str
    load: float
    halved: float
    dropped: float


@dataclass(frozen=True)
class Before:
    """`uncounted` are keys without a list of codes: each makes the real risk higher than what is computed here."""

    unit: str
    interviews: int
    fields: list[RiskField]
    keys: list[Key]
    uncounted: list[RiskField]
    together: Combination | None
    worst: list[Combination]


Shares = Mapping[str, Mapping[str, float]]
"""Field -> code -> share, as the designer expects them. They need not sum to 1: they are brought to it."""


def before(
    fields: Sequence[RiskField],
    unit: str,
    interviews: int,
    shares: Shares | None = None,
    numbers: Mapping[str, int] | None = None,
) -> Before:
    """`fields` are all of the survey; `numbers` how many codes a key has of which the form does not say it."""
    mine = [one for one in fields if one.unit in ("", unit)]
    known: dict[str, list[float]] = {}
    sources: dict[str, str] = {}
    keys = [one for one in mine if one.part is Part.KEY]
    for key in keys:
        found = _shares(key, shares or {}, numbers or {})
        if found is not None:
            known[key.path], sources[key.path] = found
    sizes = {path: len(each) for path, each in known.items()}
    counted = [key for key in keys if key.path in known]
    worst = [
        _combination(each, sizes, known, interviews)
        for size in range(1, min(LARGEST, len(counted)) + 1)
        for each in combinations(known, size)
    ]
    worst.sort(key=lambda one: (-one.below[AT_RISK], len(one.fields), one.fields))
    return Before(
        unit,
        interviews,
        mine,
        [_key(key, sources[key.path], known, interviews) for key in counted],
        [key for key in keys if key.path not in known],
        _combination(tuple(known), sizes, known, interviews) if known else None,
        worst[:SHOWN],
    )


def _shares(key: RiskField, shares: Shares, numbers: Mapping[str, int]) -> tuple[list[float], str] | None:
    """In the order of the codes, and where they come from."""
    given = shares.get(key.path)
    if given:
        total = sum(given.values())
        order = [
            *(code for code in key.codes or () if code in given),
            *(c for c in given if c not in (key.codes or ())),
        ]
        return [given[code] / total for code in order], "given"
    number = numbers.get(key.path) or len(key.codes or ())
    return (equal_shares(number), "all codes alike") if number else None


def _combination(
    paths: Iterable[str], sizes: Mapping[str, int], known: Mapping[str, list[float]], interviews: int
) -> Combination:
    names = tuple(paths)
    found = chances(known[path] for path in names)
    below = {level: share_below(found, interviews, level) for level in LEVELS}
    cells = 1
    for path in names:
        cells *= sizes[path]
    return Combination(names, cells, interviews * share_below(found, interviews, 2), below)


def _key(key: RiskField, source: str, known: Mapping[str, list[float]], interviews: int) -> Key:
    others = [path for path in known if path != key.path]
    size = min(LARGEST, len(known)) - 1

    def load(shares: Sequence[float]) -> float:
        return fmean(
            share_below(chances([shares, *(known[path] for path in rest)]), interviews, AT_RISK)
            for rest in combinations(others, size)
        )

    without = [
        share_below(chances(known[path] for path in rest), interviews, AT_RISK)
        for rest in combinations(others, min(LARGEST, len(others)))
    ]
    own = known[key.path]
    return Key(key, len(own), source, load(own), load(halved_shares(own)), fmean(without) if without else 0.0)
