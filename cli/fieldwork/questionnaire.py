"""A respondent's answers in the order of the form: groups, questions and repeats, without what is not asked.

None is a question that was asked and left empty (an empty element); what is not relevant is left out, as JavaRosa
does. Numbers are ints, amounts with cents and the weight Decimals, a multiple choice a list, a repeat a tuple of trees.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from cli.fieldwork.household import Member
from cli.fieldwork.journey import CONDUCTED_IN, Journey
from cli.fieldwork.livelihood import Transfer, received
from cli.fieldwork.respondents import WEIGHT_UNIT, Person, Respondent

Leaf = int | str | Decimal | list[str] | None
Tree = Mapping[str, "Leaf | Tree | tuple[Tree, ...]"]
Answers = dict[str, "Leaf | Tree | tuple[Tree, ...]"]

_HUNDREDTH = Decimal("0.01")


def questionnaire(respondent: Respondent) -> Answers:
    start = datetime.fromtimestamp(respondent.when_s, UTC)
    end = datetime.fromtimestamp(respondent.when_s + respondent.took_s, UTC)
    tree: Answers = {
        "start": start.isoformat(timespec="milliseconds"),
        "end": end.isoformat(timespec="milliseconds"),
        "today": start.date().isoformat(),
        "interview": {
            "country": respondent.country,
            "area": respondent.area,
            "psu": respondent.psu,
            "stratum": f"{respondent.country}-{respondent.area}",
            "year": str(CONDUCTED_IN),
            "weight": Decimal(respondent.weight) / WEIGHT_UNIT,
            "enumerator": respondent.enumerator,
            "consent": "yes" if respondent.consent else "no",
        },
    }
    if (person := respondent.person) is None:
        return tree
    tree["profile"] = _profile(person)
    if person.members:
        tree["member"] = tuple([_member(member) for member in person.members])
    tree["migration"] = _migration(person)
    if person.journey is not None:
        tree["cost"] = _cost(person.journey)
    tree["work"] = _work(person)
    tree["remittance"] = _remittance(person, respondent.country)
    # A group without a relevant question is an empty element.
    tree["rights"] = _rights(person)
    tree["family"] = _family(person)
    tree["return"] = _return(person)
    return tree


def _profile(person: Person) -> Answers:
    about = person.profile
    seeing, hearing, walking, remembering, selfcare, communicating = about.functioning
    return {
        "name": about.name,
        "phone": about.phone,
        "sex": about.sex,
        "age": about.age,
        "birth_country": about.birth_country,
        "citizenship": about.citizenship,
        "education": f"E{about.education}",
        "marital": about.marital,
        "seeing": seeing,
        "hearing": hearing,
        "walking": walking,
        "remembering": remembering,
        "selfcare": selfcare,
        "communicating": communicating,
        "functioning": " ".join(about.functioning),
        "disability": about.disability,
    }


def _member(member: Member) -> Answers:
    answers: Answers = {
        "name": member.name,
        "sex": member.sex,
        "age": member.age,
        "relation": member.relation,
    }
    if member.education is not None:
        answers["education"] = f"E{member.education}"
    answers["presence"] = member.presence
    if member.lives_in is not None:
        answers["lives_in"] = member.lives_in
    return answers


def _migration(person: Person) -> Answers:
    answers: Answers = {"status": person.status}
    if person.origin is not None:
        answers["origin"] = person.origin
    if (journey := person.journey) is None:
        return answers
    answers |= {"destination": journey.destination, "departure_year": journey.year}
    if person.status == "returnee":
        answers["return_year"] = journey.returned
    return answers | {
        "stay": journey.stay,
        "channel": journey.channel,
        "reason": list(journey.reasons),
        "forced": journey.forced,
    }


def _cost(journey: Journey) -> Answers:
    answers: Answers = {"employment": journey.employment}
    if (job := journey.recruitment) is None:
        return answers
    payment = job.payment
    answers |= {
        "recruiter": job.recruiter,
        "job_before": job.job_before,
        "contract": job.contract,
        "promised": job.promised,
        "earnings": job.earnings,
        "paid": "no" if payment is None else "yes",
    }
    if payment is not None:
        if payment.costs:
            answers["cost_item"] = tuple([
                {"kind": cost.kind, "amount": cost.amount, "reimbursed": cost.reimbursed, "deducted": cost.deducted}
                for cost in payment.costs
            ])  # fmt: skip
        answers["informal"] = payment.informal
    answers |= {"total": job.total, "borne": job.borne}
    if (rci := journey.rci) is not None:
        answers["rci"] = rci * _HUNDREDTH
    if payment is not None:
        answers["borrowed"] = "no" if payment.loan is None else "yes"
        if payment.loan is not None:
            answers |= {"loan": payment.loan.amount, "loan_source": payment.loan.source}
    return answers


def _work(person: Person) -> Answers:
    answers: Answers = {}
    if (moved := person.abroad) is not None:
        answers |= {"occ_before": moved.before, "occ_abroad": moved.abroad}
    if person.present is not None:
        answers["occ_now"] = person.present.occupation
        if person.present.status is not None:
            answers["icse"] = person.present.status
    if moved is not None:
        if person.profile.tertiary:
            answers["recognised"] = moved.recognised
            if (overqualified := moved.overqualified) is not None:
                answers["overqualified"] = "yes" if overqualified else "no"
        answers["trained"] = moved.trained
    return answers


def _remittance(person: Person, country: str) -> Answers:
    answers: Answers = {"received": person.remittance.received}
    transfer = person.remittance.transfer
    return answers if transfer is None else answers | _transfer(transfer, country)


def _transfer(transfer: Transfer, country: str) -> Answers:
    money = received(transfer, country)
    answers: Answers = {
        "frequency": transfer.frequency,
        "annual": transfer.annual,
        "transfer": transfer.way,
        "sent": transfer.sent,
        "fee": None if transfer.fee is None else transfer.fee * _HUNDREDTH,
        "paid_out": transfer.paid_out,
        "received_currency": "dk" if money is None else money.currency,
        "received_amount": None if money is None else money.cents * _HUNDREDTH,
    }
    if (cost := transfer.cost) is not None:
        answers["transfer_cost"] = cost * _HUNDREDTH
    return answers | {"use": list(transfer.uses), "decides_use": transfer.decider}


def _rights(person: Person) -> Answers:
    answers: Answers = {}
    rights = person.rights
    if rights.felt is not None:
        answers["discriminated_5y"] = rights.felt
    if (felt := rights.experience) is not None:
        answers |= {
            "discriminated_12m": felt.recent,
            "grounds": list(felt.grounds),
            "setting": list(felt.setting),
            "reported": felt.reported,
        }
    if (job := rights.protection) is not None:
        answers |= {"retained": job.retained, "withheld": job.withheld, "injured": job.injured}
    return answers


def _family(person: Person) -> Answers:
    answers: Answers = {}
    left = person.family.left
    if left is not None:
        answers["children"] = left.children
        if left.children:
            answers |= {"care": left.care, "school_absence": left.absence}
    if person.status != "abroad":
        answers["wellbeing"] = person.family.wellbeing
    if left is not None:
        answers |= {"head_before": left.head_before, "head_after": left.head_after}
    answers["decides"] = person.family.decides
    return answers


def _return(person: Person) -> Answers:
    plans = person.plans
    answers: Answers = {}
    if plans.back is not None:
        answers |= {"why_back": plans.back.why, "support": list(plans.back.support)}
    if plans.plan is not None:
        answers["plan"] = plans.plan
    if plans.country is not None:
        answers["plan_country"] = plans.country
    return answers
