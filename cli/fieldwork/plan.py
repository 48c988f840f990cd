"""The plan of a round of fieldwork: which phone sends what, in which order, when, and what goes wrong on the way.

A plan is a pure function of its scenario. Each phone is a queue that it works off in order: what stands behind
something is sent only once that was acknowledged. No instance belongs to two phones, so that the queue alone decides
what the tables must show (`truth`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Generic

from typing_extensions import TypeVar

from cli.fieldwork.correction import corrected
from cli.fieldwork.corridors import ORIGINS, Origin
from cli.fieldwork.faults import Fault
from cli.fieldwork.lineage import S, insert, lineage, new_id
from cli.fieldwork.respondents import PSUS, Respondent, meet
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.submission import Instance, again

FIRST_DAY_S = 1_772_431_200
"""2026-03-02 06:00 UTC, when the fieldwork of every plan begins."""

PERSONS_PER_PSU = 12


@dataclass(frozen=True)
class Scenario:
    """What to play. The shares are of `submissions`, which counts interviews: duplicates and edits come on top.

    `hours` is the length of the fieldwork on its own clock. `scripts` is the share of phones that are programs and
    use the JSON route; `timeouts` the share of deliveries whose first answers are lost.
    """

    seed: int = 1
    phones: int = 50
    submissions: int = 2000
    duplicates: float = 0.1
    invalid: float = 0.05
    edits: float = 0.05
    refusals: float = 0.02
    timeouts: float = 0.03
    scripts: float = 0.2
    hours: float = 1.0


class Interface(StrEnum):
    OPENROSA = "openrosa"
    JSON = "json"


S_co = TypeVar("S_co", bound=Sendable[Answered], covariant=True, default=Instance)
"""What is sent: by itself interviews of the household survey."""


@dataclass(frozen=True)
class Delivery(Generic[S_co]):
    """One instance to get acknowledged. `at_s` is when the phone has it and a connection, in seconds of fieldwork.
    `lost_answers` attempts are sent whole and their answer is not waited for, as after a read time-out."""

    at_s: float
    instance: S_co
    lost_answers: int = 0


@dataclass(frozen=True)
class Phone(Generic[S_co]):
    number: int
    interface: Interface
    device: str
    deliveries: tuple[Delivery[S_co], ...]


@dataclass(frozen=True)
class Plan(Generic[S_co]):
    scenario: Scenario
    phones: tuple[Phone[S_co], ...]

    @property
    def deliveries(self) -> int:
        return sum(len(phone.deliveries) for phone in self.phones)


def make(scenario: Scenario) -> Plan:
    """The same plan for the same scenario, always."""
    if scenario.phones < 1 or scenario.submissions < 0 or scenario.hours <= 0:
        raise ValueError("a plan needs at least one phone, and fieldwork that lasts")
    share, rest = divmod(scenario.submissions, scenario.phones)
    origins = Random(f"{scenario.seed}/origins").choices(  # noqa: S311
        ORIGINS, weights=[origin.sample for origin in ORIGINS], k=scenario.phones
    )
    phones = (
        _phone(scenario, number, origin, share + (1 if number < rest else 0)) for number, origin in enumerate(origins)
    )
    return Plan(scenario, tuple(phones))


def _phone(scenario: Scenario, number: int, origin: Origin, interviews: int) -> Phone:
    rng = Random(f"{scenario.seed}/{number}")  # noqa: S311
    queue: list[Instance] = []
    for respondent in _interviews(scenario, rng, number, origin, interviews):
        first = Instance(new_id(rng), respondent)
        insert(rng, queue, lineage(HouseholdDesk(), rng, first, scenario.invalid, scenario.edits))
    return phone_with(scenario, rng, number, queue, interviews)


def phone_with(scenario: Scenario, rng: Random, number: int, queue: list[S], interviews: int) -> Phone[S]:
    """A phone that sends a queue, some of it twice. `interviews` is how many led to it."""
    for _ in range(_count(rng, scenario.duplicates * interviews)):
        if sound := [place for place, instance in enumerate(queue) if _sound(instance)]:
            place = rng.choice(sound)
            queue.insert(rng.randint(place + 1, len(queue)), queue[place])
    return Phone(
        number=number,
        interface=Interface.JSON if rng.random() < scenario.scripts else Interface.OPENROSA,
        device=f"collect:{rng.getrandbits(64):016x}",
        deliveries=tuple(_deliveries(scenario, rng, queue)),
    )


def _interviews(scenario: Scenario, rng: Random, number: int, origin: Origin, interviews: int) -> Iterator[Respondent]:
    skew_s = _skew_s(rng)
    psu = rng.randint(1, PSUS)
    for index in range(interviews):
        if index % PERSONS_PER_PSU == PERSONS_PER_PSU - 1:
            psu = rng.randint(1, PSUS)
        # The interviews were held over the two weeks before: the phones come back with them.
        when_s = FIRST_DAY_S + skew_s - rng.randrange(14 * 86_400)
        consents = rng.random() >= scenario.refusals
        yield meet(rng, origin, psu, f"enumerator-{number}", when_s, consents=consents)


def _skew_s(rng: Random) -> int:
    """How wrong the phone's clock is: mostly by seconds, sometimes by a time zone, now and then by decades."""
    kind = rng.random()
    if kind < 0.8:
        return rng.randint(-90, 90)
    if kind < 0.95:
        return 3600 * rng.randint(-12, 12)
    return -50 * 365 * 86_400


class HouseholdDesk:
    """Edits and spoils interviews of the household survey."""

    def spoilt(self, rng: Random, instance: Instance) -> Instance:
        return replace(instance, fault=rng.choice(list(Fault)))

    def mended(self, instance: Instance) -> Instance:
        return replace(instance, fault=None)

    def again(self, instance: Instance, new_id: str, like: Instance) -> Instance:
        return again(instance, new_id, like.respondent)

    def changed(self, rng: Random, instance: Instance) -> Instance:
        return replace(instance, respondent=corrected(rng, instance.respondent))


def _sound(instance: Sendable[Answered]) -> bool:
    return instance.fault is None and instance.respondent.consent


def _deliveries(scenario: Scenario, rng: Random, queue: Sequence[S]) -> Iterator[Delivery[S]]:
    """Spreads the queue over the fieldwork: in between the phone is off-line, and then sends all it has at once."""
    length_s = scenario.hours * 3600
    dark = [_window(rng, length_s) for _ in range(rng.randint(0, 2))]
    for at_s in sorted(rng.uniform(0, length_s) for _ in queue):
        for begins_s, ends_s in sorted(dark):
            if begins_s <= at_s < ends_s:
                at_s = ends_s
        lost = rng.randint(1, 2) if rng.random() < scenario.timeouts else 0
        yield Delivery(at_s, queue[0], lost)
        queue = queue[1:]


def _window(rng: Random, length_s: float) -> tuple[float, float]:
    begins_s = rng.uniform(0, 0.8 * length_s)
    return begins_s, min(length_s, begins_s + rng.uniform(0.05, 0.3) * length_s)


def _count(rng: Random, expected: float) -> int:
    """A whole number whose mean is `expected`."""
    return int(expected) + (rng.random() < expected % 1)
