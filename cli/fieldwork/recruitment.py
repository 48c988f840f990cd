"""Module C: how the job abroad was found and what was paid to get it. Amounts are whole US dollars."""

from dataclasses import dataclass
from functools import cached_property
from random import Random

from cli.fieldwork.corridors import Corridor
from cli.fieldwork.draw import Draw, answers_yes

LARGEST_AMOUNT = 100_000
LARGEST_EARNINGS = 50_000


@dataclass(frozen=True)
class Cost:
    """One thing that was paid for; `reimbursed` is at most the amount."""

    kind: str
    amount: int
    reimbursed: int
    deducted: str


@dataclass(frozen=True)
class Loan:
    """`amount` is None where nobody knows."""

    amount: int | None
    source: str


@dataclass(frozen=True)
class Payment:
    """What was paid; `loan` is None for who did not borrow."""

    costs: tuple[Cost, ...]
    informal: str
    loan: Loan | None


@dataclass(frozen=True)
class Recruitment:
    """Of who left for a wage. `earnings` of the first month are None where unknown, `payment` for who paid nothing."""

    recruiter: str
    job_before: str
    contract: str
    promised: str
    earnings: int | None
    payment: Payment | None

    @cached_property
    def total(self) -> int:
        return sum([cost.amount for cost in self.payment.costs]) if self.payment else 0

    @cached_property
    def borne(self) -> int:
        """What was not paid back."""
        return self.total - sum([cost.reimbursed for cost in self.payment.costs]) if self.payment else 0


_RECRUITER = {
    "regular": Draw({"public": 12, "agency": 48, "broker": 16, "employer": 12, "friends": 10, "self": 1, "dk": 1}),
    "visa": Draw({"public": 2, "agency": 14, "broker": 20, "employer": 14, "friends": 40, "self": 9, "dk": 1}),
}
_RECRUITER_ELSE = Draw({"agency": 3, "broker": 38, "employer": 7, "friends": 42, "self": 8, "dk": 2})
_JOB_BEFORE = {"regular": answers_yes(0.95), "visa": answers_yes(0.35)}
_CONTRACT = {"regular": answers_yes(0.88), "visa": answers_yes(0.3)}
_SELDOM = answers_yes(0.12)
_PROMISED = Draw({"same": 55, "less": 27, "more": 3, "nothing": 13, "dk": 2})
_INFORMAL = answers_yes(0.22)
_DEDUCTED = answers_yes(0.13)
_SOURCE = Draw({"family": 45, "bank": 20, "lender": 22, "recruiter": 7, "other": 4, "dk": 2})

_DEARER = {"regular": 1.0, "visa": 0.8, "irregular": 1.7, "other": 1.2}

_BROKERED = ("broker", "friends")
_ITEMS: tuple[tuple[str, float, float], ...] = (
    ("visa", 0.75, 0.12),
    ("permit", 0.25, 0.08),
    ("passport", 0.55, 0.04),
    ("inland", 0.35, 0.02),
    ("travel", 0.85, 0.2),
    ("medical", 0.5, 0.05),
    ("insurance", 0.15, 0.04),
    ("certificate", 0.12, 0.05),
    ("police", 0.15, 0.02),
    ("exit", 0.08, 0.02),
    ("contract", 0.07, 0.03),
    ("training", 0.12, 0.05),
)
"""Kind of cost, how often it is paid, and its usual part of the whole. The fee of an agency or broker comes first."""
_FEE = 0.5


def recruitment(rng: Random, corridor: Corridor, channel: str, female: bool) -> Recruitment:
    recruiter = _RECRUITER.get(channel, _RECRUITER_ELSE)(rng)
    earnings = max(
        1, min(LARGEST_EARNINGS, round(corridor.earnings * rng.lognormvariate(0, 0.3) * (0.9 if female else 1.0)))
    )
    payment = _payment(rng, corridor, channel, recruiter, female, earnings) if rng.random() < 0.88 else None
    return Recruitment(
        recruiter=recruiter,
        job_before=_JOB_BEFORE.get(channel, _SELDOM)(rng),
        contract=_CONTRACT.get(channel, _SELDOM)(rng),
        promised=_PROMISED(rng),
        earnings=earnings if rng.random() < 0.95 else None,
        payment=payment,
    )


def _payment(rng: Random, corridor: Corridor, channel: str, recruiter: str, female: bool, earnings: int) -> Payment:
    # Costs are skewed: a few pay many times the median. Sigma 0.6 gives a tail of about five times.
    total = corridor.cost * _DEARER[channel] * (0.85 if female else 1.0) * rng.lognormvariate(-0.18, 0.6)
    parts: list[tuple[str, float]] = []
    if recruiter == "agency":
        parts.append(("agency", _FEE * (0.5 + rng.random())))
    elif recruiter in _BROKERED:
        parts.append(("broker", _FEE * (0.5 + rng.random())))
    parts += [(kind, part * (0.5 + rng.random())) for kind, often, part in _ITEMS if rng.random() < often]
    whole = sum([part for _, part in parts])
    borrows = rng.random() < min(0.8, 0.15 + total / (earnings * 30))
    return Payment(
        costs=tuple([_cost(rng, kind, total * part / whole) for kind, part in parts]),
        informal=_INFORMAL(rng),
        loan=_loan(rng, total) if borrows else None,
    )


def _cost(rng: Random, kind: str, amount: float) -> Cost:
    paid = max(1, min(LARGEST_AMOUNT, round(amount)))
    back = rng.random()
    reimbursed = paid if back < 0.05 else paid // 2 if back < 0.09 else 0
    return Cost(kind, paid, reimbursed, _DEDUCTED(rng))


def _loan(rng: Random, total: float) -> Loan:
    amount = max(1, min(LARGEST_AMOUNT, round(total * (0.3 + 0.7 * rng.random()))))
    return Loan(amount if rng.random() < 0.95 else None, _SOURCE(rng))
