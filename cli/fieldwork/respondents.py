"""Who is asked, and what they answer: seeded, with the structure of a household survey on migration.

The sample has two stages: strata are country x area, in each of them areas (PSUs) are drawn, and in each area
about a dozen households, whose weight is the area's own. Values depend on the corridor, on sex, age and schooling and
on each other, so that tables differ between countries and between women and men in a way one can recognise.
"""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from cli.fieldwork import livelihood, lives
from cli.fieldwork.corridors import Origin
from cli.fieldwork.draw import Draw, whole
from cli.fieldwork.household import Member, Profile, members, profile
from cli.fieldwork.journey import Journey, journey
from cli.fieldwork.livelihood import Abroad, Present, Remittance
from cli.fieldwork.lives import Family, Plans, Rights

WEIGHT_UNIT = 1_000_000
"""Weights are whole millionths here: the scale on which the tables must be exact."""

PSUS = 40
RURAL_PSUS = 24
"""Areas are numbered 1..40 in each country; the first 24 are rural."""

_STATUS = Draw({"never": 74, "intending": 20, "immigrant": 6})
_CAME_FROM = ("OTH", "RUS", "FRA", "ITA", "SAU")


@dataclass(frozen=True)
class Person:
    """The answers of an interview, by module. `origin` is asked of immigrants; `journey` and `abroad` are there for who
    is abroad or came back, `present` for who is not abroad."""

    profile: Profile
    members: tuple[Member, ...]
    status: str
    origin: str | None
    journey: Journey | None
    abroad: Abroad | None
    present: Present | None
    remittance: Remittance
    rights: Rights
    family: Family
    plans: Plans


@dataclass(frozen=True)
class Respondent:
    """One interview. `weight` is in millionths; without consent there is no person. `when_s` is the phone's clock at
    the start of the interview, seconds since the epoch, right or wrong; the interview took `took_s`."""

    country: str
    area: str
    psu: int
    weight: int
    enumerator: str
    when_s: int
    took_s: int
    person: Person | None

    @property
    def consent(self) -> bool:
        return self.person is not None


@lru_cache(maxsize=1000)
def psu_weight(origin: Origin, psu: int) -> int:
    """The design weight of everyone in an area, in millionths, with four decimals."""
    # An area's own generator: the weight is the same whichever phone gets there.
    factor = Random(f"{origin.country}/{psu}").uniform(0.55, 1.7)  # noqa: S311
    return round(origin.weight * factor * 10_000) * (WEIGHT_UNIT // 10_000)


def area_of(psu: int) -> str:
    return "R" if psu <= RURAL_PSUS else "U"


def meet(rng: Random, origin: Origin, psu: int, enumerator: str, when_s: int, *, consents: bool) -> Respondent:
    """The next person in an area."""
    return Respondent(
        country=origin.country,
        area=area_of(psu),
        psu=psu,
        weight=psu_weight(origin, psu),
        enumerator=enumerator,
        when_s=when_s,
        took_s=whole(rng, 900, 4200),
        person=_person(rng, origin, area_of(psu)) if consents else None,
    )


def _person(rng: Random, origin: Origin, area: str) -> Person:
    moved = rng.random() * 100 < origin.away
    female = rng.random() * 100 < (origin.women if moved else 54)
    # Who has moved is of working age; who has not can be anyone.
    age = min(99, max(15, round(rng.gauss(35, 10) if moved else rng.gauss(41, 18))))
    status = ("abroad" if rng.random() < 0.62 else "returnee") if moved else _STATUS(rng)
    came_from = _CAME_FROM[int(rng.random() * len(_CAME_FROM))] if status == "immigrant" else None
    about = profile(rng, origin, area, "F" if female else "M", age, came_from)
    others = members(rng, origin, about)
    trip = journey(rng, origin, age, female, status == "returnee") if moved else None
    away = sum([member.presence == "abroad" for member in others])
    felt = lives.rights(rng, status, trip)
    return Person(
        profile=about,
        members=others,
        status=status,
        origin=came_from,
        journey=trip,
        abroad=livelihood.abroad(rng, about) if moved else None,
        present=livelihood.present(rng, about) if status != "abroad" else None,
        remittance=livelihood.remittance(rng, status, trip, away),
        rights=felt,
        family=lives.family(rng, about, status, felt.felt, moved=moved),
        plans=lives.plans(rng, origin, status),
    )
