"""Who and what the tables count: interviews, members of households and costs, each with its codes and its figures.

Written out from the respondents a second time on purpose, without the form, the validator or the aggregator: the truth
is of use only as far as it shares nothing with what it is compared with. All figures are exact integers: amounts in
whole dollars, or where the form has cents in these; shares as 0 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from cli.fieldwork.household import Member
from cli.fieldwork.journey import Journey
from cli.fieldwork.livelihood import Transfer, received
from cli.fieldwork.lives import Rights
from cli.fieldwork.recruitment import Cost, Recruitment
from cli.fieldwork.respondents import Person, Respondent

NOT_APPLICABLE = "_N"
UNKNOWN = "_U"

MEMBER_BANDS = (5, 15, 25, 35, 45, 65)
PERSON_BANDS = (15, 25, 35, 45, 65)

ONE_MONTH = 100
"""Of the recruitment cost indicator, which is in hundredths of a month."""
CENTS = 100
"""The cost of a transfer is compared with the amount at the scale of the cost."""

RATES_2026 = {
    "BDT": "0.0082", "EUR": "1.13", "JMD": "0.0063", "KGS": "0.0114", "MAD": "0.108", "MDL": "0.0583",
    "NPR": "0.00715", "PHP": "0.0172", "RSD": "0.00962", "TND": "0.338", "XOF": "0.00172", "USD": "1",
}  # fmt: skip
"""US dollars for one unit, in the year of the survey."""

Values = Mapping[str, int]
"""Of a figure: x and the weight itself as `w` and `wx`, or `wy` over `wx`, or `wx` alone for a total; before they are
multiplied by the weight."""


@dataclass(frozen=True)
class Unit:
    """`codes` by dimension, several where several choices were made. `figures` are those of whose universe it is.
    `amounts` are of quantiles, at their scale."""

    codes: Mapping[str, tuple[str, ...]]
    figures: Mapping[str, Values]
    amounts: Mapping[str, int] = field(default_factory=dict)


def interview(respondent: Respondent) -> Unit:
    """The interview as a unit, of somebody who takes part."""
    person = respondent.person
    assert person is not None, "who refused is in no table"
    about, journey, felt = person.profile, person.journey, person.rights.experience
    transfer = person.remittance.transfer
    codes = {
        "country": (respondent.country,),
        "sex": (about.sex,),
        "age": (band(about.age, PERSON_BANDS),),
        "education": (f"E{about.education}",),
        "disability": (about.disability or UNKNOWN,),
        "status": (person.status,),
        "channel": (journey.channel if journey else NOT_APPLICABLE,),
        "destination": (journey.destination if journey else NOT_APPLICABLE,),
        "transfer": (transfer.way if transfer else NOT_APPLICABLE,),
        "grounds": felt.grounds if felt else (NOT_APPLICABLE,),
    }
    figures = _figures(person)
    if transfer is not None and (money := received(transfer, respondent.country)) is not None:
        dollars = Fraction(money.cents) * Fraction(RATES_2026[money.currency])
        figures["paid_out_mean"] = {"w": 1, "wx": round(dollars)}
    amounts = {"rci_quartiles": figures["rci_mean"]["wx"]} if "rci_mean" in figures else {}
    return Unit(codes, figures, amounts)


def member(found: Member) -> Unit:
    codes = {
        "sex": (found.sex,),
        "age": (band(found.age, MEMBER_BANDS),),
        "presence": (found.presence,),
    }
    return Unit(codes, {})


def cost(found: Cost, country: str) -> Unit:
    figures: dict[str, Values] = {
        "amount_mean": {"w": 1, "wx": found.amount},
        "reimbursed_ratio": {"wy": found.reimbursed, "wx": found.amount},
    }
    _share(figures, "deducted_share", found.deducted)
    return Unit({"kind": (found.kind,), "country": (country,)}, figures)


def _figures(person: Person) -> dict[str, Values]:
    figures: dict[str, Values] = {}
    if person.journey is not None:
        _of_journey(figures, person.journey)
    if (abroad := person.abroad) is not None and person.profile.tertiary:
        if (overqualified := abroad.overqualified) is not None:
            figures["overqualified_share"] = {"w": 1, "wx": int(overqualified)}
        _share(figures, "recognised_share", abroad.recognised)
    if person.remittance.transfer is not None:
        _of_transfer(figures, person.remittance.transfer)
    _of_rights(figures, person.rights)
    if person.family.wellbeing is not None:
        figures["wellbeing_mean"] = {"w": 1, "wx": person.family.wellbeing}
    left = person.family.left
    if left is not None and left.children:
        _share(figures, "school_absence_share", left.absence)
    if person.plans.plan is not None:
        _share(figures, "plan_share", person.plans.plan)
    return figures


def _of_journey(figures: dict[str, Values], journey: Journey) -> None:
    if (job := journey.recruitment) is None:
        return
    if job.payment is not None:
        figures["cost_mean"] = {"w": 1, "wx": job.total}
        figures["borrowed_share"] = {"w": 1, "wx": int(job.payment.loan is not None)}
        if job.earnings is not None:
            figures["cost_months"] = {"wy": job.total, "wx": job.earnings}
    if job.earnings is not None:
        figures["earnings_mean"] = {"w": 1, "wx": job.earnings}
        _of_rci(figures, journey, job, job.earnings)


def _of_rci(figures: dict[str, Values], journey: Journey, job: Recruitment, earnings: int) -> None:
    """SDG 10.7.1: for work, in the last three years (2023 to 2026), for a year or more."""
    if journey.year is None or journey.year < 2023 or "work" not in journey.reasons:
        return
    if journey.stay in ("M12T23", "M24T59", "M_GE60"):
        months = (200 * job.borne + earnings) // (2 * earnings)
        figures["rci_mean"] = {"w": 1, "wx": months}
        figures["rci_over_1"] = {"w": 1, "wx": int(months > ONE_MONTH)}


def _of_transfer(figures: dict[str, Values], transfer: Transfer) -> None:
    if transfer.annual is not None:
        figures["remitted_mean"] = {"w": 1, "wx": transfer.annual}
        figures["remitted_total"] = {"wx": transfer.annual}
    if transfer.sent is not None and transfer.fee is not None and transfer.paid_out is not None:
        lost = CENTS * transfer.sent + transfer.fee - CENTS * transfer.paid_out
        figures["reported_remittance_cost"] = {"wy": lost, "wx": CENTS * transfer.sent}


def _of_rights(figures: dict[str, Values], rights: Rights) -> None:
    if rights.felt is not None:
        _share(figures, "discriminated_5y_share", rights.felt)
    recent = rights.experience.recent if rights.experience else rights.felt
    if recent is not None:
        _share(figures, "discriminated_12m_share", recent)
    if (job := rights.protection) is not None:
        _share(figures, "retained_share", job.retained)
        _share(figures, "withheld_share", job.withheld)
        _share(figures, "injured_share", job.injured)


def _share(figures: dict[str, Values], name: str, answer: str) -> None:
    """Who answers neither yes nor no is outside of the universe."""
    if answer == "yes":
        figures[name] = {"w": 1, "wx": 1}
    elif answer == "no":
        figures[name] = {"w": 1, "wx": 0}


def band(age: int, bounds: tuple[int, ...]) -> str:
    """The class of an age: `Y_LT5`, `Y5T14`, .. `Y_GE65`."""
    if age < bounds[0]:
        return f"Y_LT{bounds[0]}"
    for low, next_low in pairwise(bounds):
        if age < next_low:
            return f"Y{low}T{next_low - 1}"
    return f"Y_GE{bounds[-1]}"
