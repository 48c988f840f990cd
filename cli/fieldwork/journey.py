"""Modules B and C: the last migration, and what it cost to get the job abroad."""

from dataclasses import dataclass
from random import Random

from cli.fieldwork.corridors import Corridor, Origin
from cli.fieldwork.draw import Draw, answers_yes, several, whole
from cli.fieldwork.recruitment import Recruitment, recruitment

CONDUCTED_IN = 2026

RECENT_YEARS = 3
LONG_STAYS = ("M12T23", "M24T59", "M_GE60")
"""Whose cost is compared with their earnings: SDG 10.7.1 leaves out old and short stays."""


@dataclass(frozen=True)
class Journey:
    """The last migration. `year` and `returned` are None where unknown, `returned` also for who is still abroad.
    `recruitment` is None for who did not leave for a wage."""

    destination: str
    year: int | None
    returned: int | None
    stay: str
    channel: str
    reasons: tuple[str, ...]
    forced: str
    employment: str
    recruitment: Recruitment | None

    @property
    def rci(self) -> int | None:
        """What was borne, in hundredths of a month's earnings, halves up; None outside the universe of 10.7.1."""
        work = self.recruitment
        if work is None or work.earnings is None or self.year is None or "work" not in self.reasons:
            return None
        if self.year < CONDUCTED_IN - RECENT_YEARS or self.stay not in LONG_STAYS:
            return None
        return (200 * work.borne + work.earnings) // (2 * work.earnings)


_CHANNEL = Draw({"regular": 55, "visa": 25, "irregular": 14, "other": 6})
_REASONS = (("work", 0.8), ("family", 0.14), ("study", 0.1), ("conflict", 0.06), ("climate", 0.06), ("other", 0.05))
_STAY = Draw({"M_LT3": 5, "M3T11": 14, "M12T23": 26, "M24T59": 35, "M_GE60": 18, "dk": 2})
_EMPLOYMENT_WORK = Draw({"wage": 86, "self": 10, "none": 3, "dk": 1})
_EMPLOYMENT = Draw({"wage": 34, "self": 6, "none": 58, "dk": 2})
_FORCED = answers_yes(0.82)
_NOT_FORCED = answers_yes(0.03)


def journey(rng: Random, origin: Origin, age: int, female: bool, back: bool) -> Journey:
    """`back`: the person returned."""
    corridor = _corridor(rng, origin)
    channel = _CHANNEL(rng)
    reasons = several(rng, _REASONS, "other") if rng.random() < 0.99 else (("dk", "ref")[rng.random() < 0.5],)
    year = CONDUCTED_IN - min(age - 14, int(rng.expovariate(1 / 5))) if rng.random() < 0.95 else None
    returned = whole(rng, year, CONDUCTED_IN) if back and year is not None and rng.random() < 0.97 else None
    employment = (_EMPLOYMENT_WORK if "work" in reasons else _EMPLOYMENT)(rng)
    return Journey(
        destination=corridor.destination,
        year=year,
        returned=returned,
        stay=_STAY(rng),
        channel=channel,
        reasons=reasons,
        forced=(_FORCED if "conflict" in reasons or "climate" in reasons else _NOT_FORCED)(rng),
        employment=employment,
        recruitment=recruitment(rng, corridor, channel, female) if employment == "wage" else None,
    )


def _corridor(rng: Random, origin: Origin) -> Corridor:
    drawn = rng.random() * sum([corridor.weight for corridor in origin.corridors])
    for corridor in origin.corridors:
        drawn -= corridor.weight
        if drawn < 0:
            return corridor
    return origin.corridors[-1]
