"""A round of fieldwork with any form: who sends what, and what becomes of it. The figures of its tables are not known,
but which submissions stand in them is.

The same form, scenario and day give the same plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from cli.fieldwork.history import History, Truth
from cli.fieldwork.lineage import insert, lineage, new_id
from cli.fieldwork.outcomes import Outcomes, outcomes
from cli.fieldwork.plan import Phone, Plan, Scenario, phone_with
from cli.filling.answers import Filled
from cli.filling.filler import Filler, Unfilled
from cli.filling.habits import Habits
from cli.filling.spoiling import spoil
from cli.filling.verdict import Validator, Verdict
from schemas.survey.definition import SurveyDefinition

PAST_DAYS = 14
"""The interviews were held over so many days before: the phones come back with them."""
SKEW_S = 90
"""How wrong the clocks of the phones are at most. No more, since a form may ask for a day that is not to come."""
FORMS = 3
"""How many fresh forms are begun where one cannot be filled."""


class CannotFill(Exception):
    """No form could be filled. The text names the questions in the way."""


@dataclass(frozen=True)
class Interview:
    """`verdict` is what the validator says of it as it was filled."""

    filled: Filled
    when_s: int
    verdict: Verdict

    @property
    def consent(self) -> bool:
        return self.verdict is not Verdict.REFUSED


@dataclass(frozen=True)
class FilledInstance:
    """`fault` are the answers that are sent in place of the interview's own, if it is spoilt."""

    id: str
    respondent: Interview
    replaces: str | None = None
    fault: Filled | None = None

    @property
    def _sent(self) -> Filled:
        return self.fault or self.respondent.filled

    def as_xml(self) -> bytes:
        return self._sent.as_xml(self.id, self.replaces)

    def as_json(self) -> bytes:
        return self._sent.as_json(self.id, self.replaces)


class Interviewer:
    """Fills forms of one version, and edits and spoils what was filled."""

    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes], today: datetime) -> None:
        self._definition = definition
        self._filler = Filler(definition, files)
        self._validator = Validator(definition, files)
        self._today = today

    def meet(self, rng: Random, consents: bool) -> Interview:
        """Raises CannotFill."""
        when = self._today - timedelta(seconds=rng.randrange(PAST_DAYS * 86_400) + rng.randint(0, SKEW_S))
        return self._interview(rng, when, consents)

    def spoilt(self, rng: Random, instance: FilledInstance) -> FilledInstance:
        found = instance.respondent
        when = datetime.fromtimestamp(found.when_s, self._today.tzinfo)
        return replace(instance, fault=spoil(found.filled, self._definition, self._validator, rng, when))

    def mended(self, instance: FilledInstance) -> FilledInstance:
        return replace(instance, fault=None)

    def again(self, instance: FilledInstance, new_id: str, like: FilledInstance) -> FilledInstance:
        return FilledInstance(new_id, like.respondent, replaces=instance.id)

    def changed(self, rng: Random, instance: FilledInstance) -> FilledInstance:
        when = datetime.fromtimestamp(instance.respondent.when_s, self._today.tzinfo)
        return replace(instance, respondent=self._interview(rng, when, consents=True))

    def _interview(self, rng: Random, when: datetime, consents: bool) -> Interview:
        for _ in range(FORMS):
            found = self._filler.fill(rng, when, Habits(consents=consents))
            if not isinstance(found, Unfilled):
                return Interview(found, int(when.timestamp()), self._validator(found, when))
        raise CannotFill(f"{self._definition.key} cannot be filled. {found}")


def make(
    scenario: Scenario, definition: SurveyDefinition, files: Mapping[str, bytes], today: datetime
) -> Plan[FilledInstance]:
    """`today` (aware) is when the phones come back. Raises CannotFill, NoForm."""
    share, rest = divmod(scenario.submissions, scenario.phones)
    interviewer = Interviewer(definition, files, today)
    phones = (
        _phone(scenario, interviewer, number, share + (1 if number < rest else 0)) for number in range(scenario.phones)
    )
    return Plan(scenario, tuple(phones))


def _phone(scenario: Scenario, interviewer: Interviewer, number: int, interviews: int) -> Phone[FilledInstance]:
    rng = Random(f"{scenario.seed}/{number}")  # noqa: S311
    queue: list[FilledInstance] = []
    for _ in range(interviews):
        found = interviewer.meet(rng, consents=rng.random() >= scenario.refusals)
        first = FilledInstance(new_id(rng), found, fault=found.filled if found.verdict is Verdict.REJECTED else None)
        insert(rng, queue, lineage(interviewer, rng, first, scenario.invalid, scenario.edits))
    return phone_with(scenario, rng, number, queue, interviews)


def truth(history: History, definition: SurveyDefinition) -> Truth:
    """What must become of all that was acknowledged."""
    queues = [phone.acknowledged for phone in history.phones.values()]
    judged: Outcomes[Interview] = outcomes(
        [each for each in queue if isinstance(each, FilledInstance)] for queue in queues
    )
    return Truth(
        complete=history.complete,
        acknowledged=history.acknowledged,
        unanswered=history.unanswered,
        outcomes=judged,
        figures={},
        survey=definition.survey,
        version=definition.version,
    )
