"""Simulated fieldwork with a form that nobody wrote a simulator for: filled from the form itself, and what became of it
compared with what must."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rich.console import Console

from cli import ledger
from cli.accounts import Accounts, wait_until_closed
from cli.fieldwork.history import History, Truth
from cli.fieldwork.plan import Plan, Scenario
from cli.filling import fieldwork
from cli.filling.blank_form import NoForm
from cli.filling.fieldwork import FilledInstance
from cli.published_form import published_form
from cli.verdict import judge
from cli.where import settings_of
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from services.runtime.settings import ServiceSettings

SETTLE_S = 60.0
"""For everything acknowledged to be accounted for: it takes a few seconds."""


@dataclass(frozen=True)
class Simulated:
    """`before` are the accounts of the stack before the round; None for a round against another server."""

    settings: ServiceSettings
    definition: SurveyDefinition
    plan: Plan[FilledInstance]
    before: Accounts | None

    def truth(self, history: History) -> Truth:
        return fieldwork.truth(history, self.definition)

    def confirm(self, found: Truth, console: Console) -> bool:
        """Waits until the stack has accounted for the round, and says whether it did so as it must; True too where that
        cannot be known."""
        if self.before is None:
            return True
        survey = self.definition.survey
        after = wait_until_closed(self.settings, self.before.accepted + found.acknowledged, SETTLE_S)
        accounts = since(self.before, after)
        must = ledger.hashes(self.settings, survey, found.outcomes.counted)
        missing = must - ledger.counted(self.settings, survey)
        verdict = judge(found, accounts, len(missing), 0, [])
        console.print(f"{accounts}")
        if not found.complete:
            console.print("The round was cut off, so that nothing is certain of what was on its way.")
            return True
        if verdict.good:
            console.print("Every submission is accounted for as it must be.", style="green")
            return True
        console.print(
            f"Not as it must be: {verdict.lost} too few, {verdict.double} too many in a class, "
            f"{accounts.in_flight} in flight. (Unless others sent at the same time.)",
            style="red",
        )
        return False


def any_form(
    data: Path, survey: str, version: str | None, scenario: Scenario, today: datetime, here: bool, console: Console
) -> Simulated:
    """`here`: the round goes to the stack itself. Raises `Failure` if there is no such form, or it cannot be filled."""
    settings = settings_of(data)
    definition, files = published_form(settings.kafka, survey, version)
    console.print(f"{scenario.phones} phones fill {scenario.submissions} forms of {definition.key}.")
    plan = _plan(scenario, definition, files, today)
    return Simulated(settings, definition, plan, wait_until_closed(settings, 0, 0.0) if here else None)


def _plan(
    scenario: Scenario, definition: SurveyDefinition, files: Mapping[str, bytes], today: datetime
) -> Plan[FilledInstance]:
    try:
        return fieldwork.make(scenario, definition, files, today)
    except fieldwork.CannotFill as fault:
        raise Failure(str(fault)) from None
    except NoForm as fault:
        raise Failure(f"The form of {definition.key} cannot be read: {fault}") from None


def since(before: Accounts, after: Accounts) -> Accounts:
    """What came in between."""
    classes = after.classes.copy()
    classes.subtract(before.classes)
    return replace(
        after,
        accepted=after.accepted - before.accepted,
        judged=after.judged - before.judged,
        accounted=after.accounted - before.accounted,
        classes=classes,
    )
