"""Who is asked, and what they answer: seeded, with the structure of a household survey on migration.

The sample has two stages: strata are country x area, in each of them areas (PSUs) are drawn, and in each area
about a dozen persons, whose weight is the area's own. Values depend on the corridor, so that tables differ between
countries and between women and men in a way one can recognise.
"""

from dataclasses import dataclass
from random import Random

from cli.fieldwork.corridors import Corridor, Origin

WEIGHT_UNIT = 1_000_000
"""Weights are whole millionths here: the scale on which the tables must be exact."""

PSUS = 40
RURAL_PSUS = 24
"""Areas are numbered 1..40 in each country; the first 24 are rural."""

CONDUCTED_IN = 2026

_NAMES = ("Amina", "Bekzat", "Carmen", "Dorjee", "Elena", "Fatou", "Gurung", "Hana", "Ion", "Joy", "Karim", "Lucia")
_REASONS = ("work", "family", "study", "conflict", "climate", "other")
_MARITAL = ("single", "married", "union", "separated", "widowed")


@dataclass(frozen=True)
class Cost:
    """What was paid to go, in whole US dollars, and the earnings of the first month."""

    agency: int
    visa: int
    travel: int
    medical: int
    documents: int
    earnings: int
    borrowed: bool

    @property
    def total(self) -> int:
        return self.agency + self.visa + self.travel + self.medical + self.documents


@dataclass(frozen=True)
class Journey:
    """The last migration. `cost` is None for who paid nothing; `reasons` may be empty, `year` unknown."""

    destination: str
    year: int | None
    channel: str
    reasons: tuple[str, ...]
    cost: Cost | None


@dataclass(frozen=True)
class Profile:
    """The person. `marital` is None where the question was left empty."""

    name: str
    phone: str
    sex: str
    age: int
    education: int
    marital: str | None
    status: str
    journey: Journey | None


@dataclass(frozen=True)
class Respondent:
    """One interview. `weight` is in millionths; without consent there is no profile. `when_s` is the phone's clock at
    the start of the interview, seconds since the epoch, right or wrong; the interview took `took_s`."""

    country: str
    area: str
    psu: int
    weight: int
    enumerator: str
    when_s: int
    took_s: int
    profile: Profile | None

    @property
    def consent(self) -> bool:
        return self.profile is not None


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
        took_s=rng.randint(300, 2400),
        profile=_profile(rng, origin, area_of(psu)) if consents else None,
    )


def _profile(rng: Random, origin: Origin, area: str) -> Profile:
    moved = rng.randrange(100) < origin.away
    female = rng.randrange(100) < (origin.women if moved else 54)
    # Who has moved is of working age; who has not can be anyone.
    age = min(99, max(15, round(rng.gauss(35, 10) if moved else rng.gauss(41, 18))))
    schooling = origin.schooling + (0.6 if area == "U" else -0.3)
    education = min(8, max(0, round(rng.gauss(schooling, 1.4))))
    if moved:
        status = "abroad" if rng.randrange(100) < 62 else "returnee"
    else:
        status = rng.choices(("never", "intending", "immigrant"), weights=(74, 20, 6))[0]
    return Profile(
        name=rng.choice(_NAMES),
        phone=f"+{rng.randrange(10**9, 10**11)}",
        sex="F" if female else "M",
        age=age,
        education=education,
        marital=rng.choice(_MARITAL) if rng.randrange(100) < 96 else None,
        status=status,
        journey=_journey(rng, origin, age, female) if moved else None,
    )


def _journey(rng: Random, origin: Origin, age: int, female: bool) -> Journey:
    corridor = rng.choices(origin.corridors, weights=[c.weight for c in origin.corridors])[0]
    channel = rng.choices(("regular", "visa", "irregular", "other"), weights=(55, 25, 14, 6))[0]
    reasons = tuple(reason for reason in _REASONS if rng.randrange(100) < (80 if reason == "work" else 12))
    paid = rng.randrange(100) < 88
    return Journey(
        destination=corridor.destination,
        year=CONDUCTED_IN - min(age - 14, int(rng.expovariate(1 / 5))) if rng.randrange(100) < 95 else None,
        channel=channel,
        reasons=reasons,
        cost=_cost(rng, corridor, channel, female) if paid else None,
    )


def _cost(rng: Random, corridor: Corridor, channel: str, female: bool) -> Cost:
    dearer = {"regular": 1.0, "visa": 0.8, "irregular": 1.7, "other": 1.2}[channel]
    # Costs are skewed: a few pay many times the median. Sigma 0.6 gives a tail of about five times.
    total = corridor.cost * dearer * (0.85 if female else 1.0) * rng.lognormvariate(-0.18, 0.6)
    shares = [rng.uniform(0.5, 1.5) * share for share in (0.5, 0.16, 0.2, 0.06, 0.08)]
    agency, visa, travel, medical, documents = (round(total * share / sum(shares)) for share in shares)
    earnings = max(1, min(50_000, round(corridor.earnings * rng.lognormvariate(0, 0.3) * (0.9 if female else 1.0))))
    return Cost(
        agency=min(agency, 100_000),
        visa=visa,
        travel=travel,
        medical=medical,
        documents=documents,
        earnings=earnings,
        borrowed=rng.randrange(100) < min(80, 15 + int(10 * total / (earnings * 3))),
    )
