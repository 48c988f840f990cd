"""Which faults strike when: a pure function of the seed.

Time is counted in acknowledged submissions, so that a fault strikes at the same point of the fieldwork on a fast
machine and on a slow one. The kinds come in rounds, each kind as often in a round as its weight says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.nemesis import Nemesis

OVERLAPPING = 0.45
"""Share of the faults that strike together with another."""


@dataclass(frozen=True)
class Fault:
    """`seed` is of the draws of this fault alone."""

    kind: str
    seed: str


@dataclass(frozen=True)
class Episode:
    """Faults that strike together, once so many submissions are acknowledged."""

    after: int
    faults: tuple[Fault, ...]


def schedule(seed: int, faults: int, submissions: int, kinds: Sequence[Nemesis]) -> list[Episode]:
    random = Random(f"{seed}/schedule")
    drawn: list[Nemesis] = []
    while len(drawn) < faults:
        pack = [nemesis for nemesis in kinds for _ in range(nemesis.weight)]
        if len(drawn) + len(pack) > faults:
            # A round that does not fit has each kind at least once, as far as that fits.
            rest = random.sample(list(kinds), len(kinds)) + random.sample(pack, len(pack))
            drawn += _spread(random, rest[: faults - len(drawn)])
        else:
            drawn += _spread(random, pack)
    groups = _grouped(random, drawn)
    numbers = iter(range(faults))
    every = submissions / (len(groups) + 1)
    return [
        Episode(
            round((place + random.random()) * every),
            tuple(Fault(nemesis.kind, f"{seed}/{next(numbers)}/{nemesis.kind}") for nemesis in group),
        )
        for place, group in enumerate(groups)
    ]


def _spread(random: Random, pack: Sequence[Nemesis]) -> list[Nemesis]:
    return random.sample(list(pack), len(pack))


def _grouped(random: Random, drawn: Sequence[Nemesis]) -> list[list[Nemesis]]:
    """Singles, and pairs of neighbours that touch nothing in common."""
    groups: list[list[Nemesis]] = []
    place = 0
    while place < len(drawn):
        here = [drawn[place]]
        if (
            place + 1 < len(drawn)
            and random.random() < OVERLAPPING / (2 - OVERLAPPING)
            and not drawn[place].touches & drawn[place + 1].touches
        ):
            here.append(drawn[place + 1])
        groups.append(here)
        place += len(here)
    return groups
