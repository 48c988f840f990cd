"""Module A: the person of the interview, and the other members of the household."""

from dataclasses import dataclass
from random import Random

from cli.fieldwork.corridors import Origin
from cli.fieldwork.draw import Draw, whole

NAMES = ("Amina", "Bekzat", "Carmen", "Dorjee", "Elena", "Fatou", "Gurung", "Hana", "Ion", "Joy", "Karim", "Lucia")

_ELSEWHERE = "OTH"


@dataclass(frozen=True)
class Profile:
    """The person. `marital` is None where the question was left empty, `functioning` the six answers on difficulties in
    the order of the form."""

    name: str
    phone: str
    sex: str
    age: int
    birth_country: str
    citizenship: str
    education: int
    marital: str | None
    functioning: tuple[str, ...]

    @property
    def tertiary(self) -> bool:
        return self.education >= 5

    @property
    def disability(self) -> str | None:
        """PD: one domain with a lot of difficulty at least; PWD: none; None: not known."""
        if "lot" in self.functioning or "cannot" in self.functioning:
            return "PD"
        return None if "dk" in self.functioning or "ref" in self.functioning else "PWD"


@dataclass(frozen=True)
class Member:
    """`education` is asked from the age of five, `lives_in` of who is abroad."""

    name: str
    sex: str
    age: int
    relation: str
    education: int | None
    presence: str
    lives_in: str | None


_MARITAL_YOUNG = Draw({"single": 70, "married": 22, "union": 7, "separated": 1})
_MARITAL = Draw({"single": 12, "married": 66, "union": 10, "separated": 8, "widowed": 4})
_MARITAL_OLD = Draw({"single": 4, "married": 60, "union": 3, "separated": 6, "widowed": 27})

_DIFFICULTY_YOUNG = Draw({"none": 965, "some": 28, "lot": 4, "cannot": 1, "dk": 1, "ref": 1})
_DIFFICULTY_OLD = Draw({"none": 74, "some": 20, "lot": 4.5, "cannot": 1, "dk": 0.3, "ref": 0.2})
_DOMAINS = 6

_SIZE = Draw({"0": 4, "1": 10, "2": 15, "3": 20, "4": 20, "5": 13, "6": 9, "7": 5, "9": 4})
"""Other members: four in the mean."""

_RELATION = Draw({"spouse": 22, "child": 44, "parent": 16, "sibling": 12, "relative": 5, "unrelated": 1})
_GAPS = {"spouse": (-6, 6), "child": (-38, -18), "parent": (19, 36), "sibling": (-12, 12)}
"""Years between the age of the person and that of a member."""


def profile(rng: Random, origin: Origin, area: str, sex: str, age: int, born_in: str | None) -> Profile:
    """`born_in` is the country from which somebody came; None is born here."""
    schooling = origin.schooling + (0.6 if area == "U" else -0.3)
    marital = _MARITAL_YOUNG if age < 25 else _MARITAL if age < 60 else _MARITAL_OLD
    difficulty = _DIFFICULTY_YOUNG if age < 55 else _DIFFICULTY_OLD
    return Profile(
        name=_name(rng),
        phone=f"+{10**9 + int(rng.random() * 99 * 10**9)}",
        sex=sex,
        age=age,
        birth_country=born_in or (origin.country if rng.random() < 0.98 else _ELSEWHERE),
        citizenship=born_in if born_in and rng.random() < 0.7 else origin.country,
        education=_schooling(rng, schooling),
        marital=marital(rng) if rng.random() < 0.96 else None,
        functioning=tuple([difficulty(rng) for _ in range(_DOMAINS)]),
    )


def members(rng: Random, origin: Origin, person: Profile) -> tuple[Member, ...]:
    return tuple([_member(rng, origin, person) for _ in range(int(_SIZE(rng)))])


def _member(rng: Random, origin: Origin, person: Profile) -> Member:
    relation = _RELATION(rng)
    low, high = _GAPS.get(relation, (-30, 30))
    age = min(99, max(0, person.age + whole(rng, low, high)))
    if relation == "spouse":
        age = max(age, 16)
    presence, lives_in = "here", None
    # Working age is when people are elsewhere, and where many go abroad other members do too.
    if 17 < age < 60:
        where = rng.random() * 100
        if where < origin.away / 5:
            corridors = origin.corridors
            presence, lives_in = "abroad", corridors[int(rng.random() * len(corridors))].destination
        elif where < origin.away / 5 + 7:
            presence = "elsewhere"
    return Member(
        name=_name(rng),
        sex="F" if rng.random() < 0.52 else "M",
        age=age,
        relation=relation,
        education=_schooling(rng, origin.schooling, age) if age >= 5 else None,
        presence=presence,
        lives_in=lives_in,
    )


def _schooling(rng: Random, mean: float, age: int = 99) -> int:
    """ISCED level; nobody has more than school until their age allows."""
    level = min(8, max(0, round(rng.gauss(mean, 1.4))))
    return level if age >= 25 else min(level, max(0, (age - 8) // 3))


def _name(rng: Random) -> str:
    return NAMES[int(rng.random() * len(NAMES))]
