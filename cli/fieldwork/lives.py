"""Modules F to H: discrimination and protection, family and well-being, return and plans."""

from dataclasses import dataclass
from random import Random

from cli.fieldwork.corridors import Origin
from cli.fieldwork.draw import Draw, answers_yes, several
from cli.fieldwork.household import Profile
from cli.fieldwork.journey import Journey


@dataclass(frozen=True)
class Experience:
    """Of who felt discriminated against in the last five years."""

    recent: str
    grounds: tuple[str, ...]
    setting: tuple[str, ...]
    reported: str


@dataclass(frozen=True)
class Protection:
    """Of who left for a wage: papers retained, wages withheld, injured at work."""

    retained: str
    withheld: str
    injured: str


@dataclass(frozen=True)
class Rights:
    """`felt` is None for who is abroad: it is asked of nobody but the person. `experience` is there if it is yes."""

    felt: str | None
    experience: Experience | None
    protection: Protection | None


@dataclass(frozen=True)
class Left:
    """The family of who moved, during the stay. `care` and `absence` are asked where children stayed behind."""

    children: int
    care: str
    absence: str
    head_before: str
    head_after: str


@dataclass(frozen=True)
class Family:
    """`wellbeing` is None for who is abroad or did not say, `left` for who never moved."""

    left: Left | None
    wellbeing: int | None
    decides: str


@dataclass(frozen=True)
class Return:
    """Of returnees: why, and what support they had."""

    why: str
    support: tuple[str, ...]


@dataclass(frozen=True)
class Plans:
    """`plan` is asked of returnees and immigrants, `country` of who plans to leave."""

    back: Return | None
    plan: str | None
    country: str | None


_FELT = {"returnee": answers_yes(0.27), "immigrant": answers_yes(0.33)}
_FELT_ELSE = answers_yes(0.11)
_RECENT = answers_yes(0.58)
_REPORTED = answers_yes(0.13)
_GROUNDS_MOVED = (("GRD_MIG", 0.55), ("GRD_ETHCOLLAN", 0.35), ("GRD_RELIGION", 0.12), ("GRD_SOCIOECON", 0.15))
_GROUNDS = (
    ("GRD_SEX", 0.2), ("GRD_AGE", 0.14), ("GRD_DISHEA", 0.08), ("GRD_ETHCOLLAN", 0.2), ("GRD_SOCIOECON", 0.3),
    ("GRD_MARFAM", 0.08), ("GRD_POLVIEW", 0.04), ("GRD_SEXOGENID", 0.02),
)  # fmt: skip
_SETTING = (("work", 0.5), ("school", 0.1), ("health", 0.12), ("housing", 0.16), ("authority", 0.2), ("public", 0.3))
_FORMAL = ("regular", "visa")

_RETAINED = {True: answers_yes(0.22), False: answers_yes(0.1)}
_WITHHELD = {True: answers_yes(0.14), False: answers_yes(0.26)}
_INJURED = answers_yes(0.09)

_CARE_MOTHER_AWAY = Draw({
    "parent": 34, "grandparent": 44, "sibling": 5, "relative": 13, "paid": 2, "nobody": 1, "dk": 1
})  # fmt: skip
_CARE_FATHER_AWAY = Draw({"parent": 86, "grandparent": 9, "sibling": 1, "relative": 2, "paid": 1, "dk": 1})
_ABSENCE = {"parent": answers_yes(0.08), "nobody": answers_yes(0.4)}
_ABSENCE_ELSE = answers_yes(0.16)
_DECIDES = Draw({"woman": 22, "man": 33, "together": 43, "dk": 1, "ref": 1})

_WHY = Draw({"ended": 34, "job": 16, "family": 22, "health": 6, "papers": 8, "goal": 10, "other": 3, "ref": 1})
_SUPPORT = (("job", 0.06), ("training", 0.07), ("business", 0.05), ("health", 0.05), ("housing", 0.05), ("legal", 0.03))
_PLANS_AGAIN = answers_yes(0.3)


def rights(rng: Random, status: str, journey: Journey | None) -> Rights:
    felt = None if status == "abroad" else _FELT.get(status, _FELT_ELSE)(rng)
    protection = None
    if journey is not None and journey.recruitment is not None:
        formal = journey.channel in _FORMAL
        protection = Protection(_RETAINED[formal](rng), _WITHHELD[formal](rng), _INJURED(rng))
    return Rights(felt, _experience(rng, status) if felt == "yes" else None, protection)


def _experience(rng: Random, status: str) -> Experience:
    grounds = _GROUNDS_MOVED if status in _FELT else _GROUNDS
    return Experience(
        recent=_RECENT(rng),
        grounds=several(rng, grounds, "GRD_OTHER") if rng.random() < 0.98 else ("ref",),
        setting=several(rng, _SETTING, "other"),
        reported=_REPORTED(rng),
    )


def family(rng: Random, person: Profile, status: str, felt: str | None, *, moved: bool) -> Family:
    wellbeing = None
    if status != "abroad" and rng.random() < 0.97:
        wellbeing = min(10, max(0, round(rng.gauss(5.6 if felt == "yes" else 6.5, 1.9))))
    return Family(_left(rng, person) if moved else None, wellbeing, _DECIDES(rng))


def _left(rng: Random, person: Profile) -> Left:
    female = person.sex == "F"
    parental = 24 < person.age < 55 and rng.random() < 0.62
    care = (_CARE_MOTHER_AWAY if female else _CARE_FATHER_AWAY)(rng)
    before = "F" if rng.random() < (0.4 if female else 0.12) else "M"
    # Where the father leaves, the household is mostly headed by a woman while he is away.
    after = "F" if rng.random() < (0.35 if female else 0.68) else "M"
    return Left(
        children=1 + int(rng.random() * rng.random() * 5) if parental else 0,
        care=care,
        absence=_ABSENCE.get(care, _ABSENCE_ELSE)(rng),
        head_before=before,
        head_after=after,
    )


def plans(rng: Random, origin: Origin, status: str) -> Plans:
    back = Return(_WHY(rng), several(rng, _SUPPORT, "none")) if status == "returnee" else None
    plan = _PLANS_AGAIN(rng) if status in _FELT else None
    leaving = plan == "yes" or status == "intending"
    corridors = origin.corridors
    country = corridors[int(rng.random() * len(corridors))].destination if leaving else None
    return Plans(back, plan, country)
