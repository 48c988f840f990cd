"""Modules D and E: work and skills, and the money that comes from abroad."""

from dataclasses import dataclass
from random import Random

from cli.fieldwork.draw import Draw, answers_yes, several
from cli.fieldwork.household import Profile
from cli.fieldwork.journey import Journey

CENTS = 100

NO_WORK = ("none", "dk")
"""Codes of an occupation that is none."""

BELOW_TERTIARY = ("ISCO08_4", "ISCO08_5", "ISCO08_6", "ISCO08_7", "ISCO08_8", "ISCO08_9")


@dataclass(frozen=True)
class Abroad:
    """Of who moved. `recognised` is asked of those with tertiary education alone."""

    before: str
    abroad: str
    recognised: str
    trained: str

    @property
    def overqualified(self) -> bool | None:
        """For a person with tertiary education; None for who had no work abroad."""
        return None if self.abroad in NO_WORK else self.abroad in BELOW_TERTIARY


@dataclass(frozen=True)
class Present:
    """Of who is here: the work now, and the status in it (None without work)."""

    occupation: str
    status: str | None


@dataclass(frozen=True)
class Transfer:
    """Money from abroad. The sums of the last transfer are None where nobody knows: `sent` without the fee and
    `paid_out` in whole US dollars, `fee` in cents."""

    frequency: str
    annual: int | None
    way: str
    sent: int | None
    fee: int | None
    paid_out: int | None
    uses: tuple[str, ...]
    decider: str

    @property
    def cost(self) -> int | None:
        """Fee and exchange margin in cents; below zero where the rate was better than the middle one."""
        if self.sent is None or self.fee is None or self.paid_out is None:
            return None
        return CENTS * (self.sent - self.paid_out) + self.fee


CURRENCIES = {
    "BGD": ("BDT", 122), "ECU": ("USD", 1), "JAM": ("JMD", 159), "KGZ": ("KGS", 88), "MDA": ("MDL", 17),
    "MAR": ("MAD", 9), "NPL": ("NPR", 140), "PHL": ("PHP", 58), "SEN": ("XOF", 581), "SRB": ("RSD", 104),
    "TUN": ("TND", 3),
}  # fmt: skip
"""By country: what money is paid out in, and about how much of it is a US dollar."""


@dataclass(frozen=True)
class Received:
    """What was paid out of a transfer, counted in its own currency: cents, or whatever is a hundredth there."""

    currency: str
    cents: int


def received(transfer: Transfer, country: str) -> Received | None:
    """None where nobody knows. One in seven is paid in euros, by the amount and not by chance: so the answers to the
    other questions stay as they are."""
    if transfer.paid_out is None:
        return None
    if transfer.paid_out % 7 == 0:
        return Received("EUR", 88 * transfer.paid_out + 1)
    currency, of_a_dollar = CURRENCIES[country]
    return Received(currency, CENTS * of_a_dollar * transfer.paid_out + 25)


@dataclass(frozen=True)
class Remittance:
    """`received` is yes, no, dk or ref; `transfer` is there if it is yes."""

    received: str
    transfer: Transfer | None


def _occupations(*weights: float) -> Draw:
    codes = (*(f"ISCO08_{group}" for group in range(1, 10)), "ISCO08_0", "none", "dk")
    return Draw(dict(zip(codes, weights, strict=True)))


_HOME_TERTIARY = _occupations(8, 34, 22, 9, 10, 1, 3, 3, 1, 1, 7, 1)
_HOME = _occupations(1, 2, 4, 4, 18, 22, 14, 6, 12, 1, 15, 1)
_ABROAD_TERTIARY = _occupations(3, 22, 12, 6, 20, 1, 8, 6, 16, 0, 5, 1)
_ABROAD = _occupations(0.5, 1, 2, 2, 24, 6, 20, 11, 27, 0, 6, 0.5)
_STATUS = Draw({"employee": 52, "employer": 3, "own": 33, "cooperative": 1, "family": 9, "other": 2})
_RECOGNISED = Draw({"yes": 27, "no": 18, "not_asked": 52, "dk": 3})
_TRAINED = answers_yes(0.3)

_RECEIVED = {"abroad": answers_yes(0.76), "returnee": answers_yes(0.3), "never": answers_yes(0.1)}
_RECEIVED_ELSE = answers_yes(0.16)
_FREQUENCY = Draw({"monthly": 52, "quarterly": 30, "rarely": 16, "dk": 2})
_TIMES = {"monthly": 11, "quarterly": 4, "rarely": 1.4, "dk": 5}
_WAY = Draw({
    "bank": 22, "operator": 38, "mobile": 17, "post": 3, "carried": 8, "informal": 9, "other": 1, "dk": 2
})  # fmt: skip
_FEE_PART = {"bank": 0.035, "operator": 0.045, "mobile": 0.02, "post": 0.04, "carried": 0, "informal": 0.015}
_USES = (
    ("food", 0.74), ("education", 0.3), ("health", 0.26), ("housing", 0.22), ("debt", 0.2), ("business", 0.08),
    ("savings", 0.13), ("other", 0.06),
)  # fmt: skip
_DECIDER_F = Draw({"woman": 42, "man": 20, "together": 36, "dk": 1, "ref": 1})
_DECIDER_M = Draw({"woman": 18, "man": 38, "together": 42, "dk": 1, "ref": 1})


def abroad(rng: Random, person: Profile) -> Abroad:
    return Abroad(
        before=(_HOME_TERTIARY if person.tertiary else _HOME)(rng),
        abroad=(_ABROAD_TERTIARY if person.tertiary else _ABROAD)(rng),
        recognised=_RECOGNISED(rng),
        trained=_TRAINED(rng),
    )


def present(rng: Random, person: Profile) -> Present:
    occupation = (_HOME_TERTIARY if person.tertiary else _HOME)(rng) if person.age < 66 else "none"
    return Present(occupation, None if occupation in NO_WORK else _STATUS(rng))


def remittance(rng: Random, status: str, journey: Journey | None, away: int) -> Remittance:
    """`away`: other members of the household who live abroad."""
    received = (_RECEIVED["abroad"] if away else _RECEIVED.get(status, _RECEIVED_ELSE))(rng)
    return Remittance(received, _transfer(rng, journey) if received == "yes" else None)


def _transfer(rng: Random, journey: Journey | None) -> Transfer:
    frequency, way = _FREQUENCY(rng), _WAY(rng)
    recruitment = journey.recruitment if journey else None
    earnings = (recruitment.earnings if recruitment else None) or 600
    sent = max(5, min(50_000, round(earnings * rng.lognormvariate(-1.1, 0.4))))
    margin = rng.gauss(0.012, 0.008)
    known = rng.random() < 0.9
    return Transfer(
        frequency=frequency,
        annual=min(100_000, max(1, round(sent * _TIMES[frequency]))) if rng.random() < 0.93 else None,
        way=way,
        sent=sent if known else None,
        fee=round(CENTS * sent * _FEE_PART.get(way, 0.03) * (0.6 + 0.8 * rng.random())) if known else None,
        paid_out=max(1, min(50_000, round(sent * (1 - margin)))) if rng.random() < 0.97 else None,
        uses=several(rng, _USES, "food"),
        decider=(_DECIDER_F if rng.random() < 0.5 else _DECIDER_M)(rng),
    )
