"""What an edit changes: the same interview with some answers set right."""

from dataclasses import replace
from random import Random

from cli.fieldwork.draw import whole
from cli.fieldwork.journey import Journey
from cli.fieldwork.recruitment import LARGEST_AMOUNT
from cli.fieldwork.respondents import Person, Respondent


def corrected(rng: Random, respondent: Respondent) -> Respondent:
    """Another age and education, one member less, another amount, another answer on life as a whole. What depends on
    them (which questions are asked, calculations) follows."""
    person = respondent.person
    assert person is not None, "who refused is not asked again"
    about = person.profile
    age = about.age + 1 if about.age < 99 else 98
    education = (about.education + whole(rng, 1, 8)) % 9
    changed = replace(
        person,
        profile=replace(about, age=age, education=education),
        members=person.members[:-1],
        journey=_dearer(rng, person.journey) if person.journey else None,
        family=replace(person.family, wellbeing=_wellbeing(rng, person)),
    )
    return replace(respondent, person=changed)


def _wellbeing(rng: Random, person: Person) -> int | None:
    return None if person.status == "abroad" else whole(rng, 0, 10)


def _dearer(rng: Random, journey: Journey) -> Journey:
    job = journey.recruitment
    if job is None or job.payment is None or not job.payment.costs:
        return journey
    first, *others = job.payment.costs
    first = replace(first, amount=min(LARGEST_AMOUNT, first.amount + whole(rng, 1, 400)))
    return replace(journey, recruitment=replace(job, payment=replace(job.payment, costs=(first, *others))))
