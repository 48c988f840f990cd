"""A stack on which canaries can be sent: two surveys published, a collector for all of them."""

import tempfile
from dataclasses import replace
from pathlib import Path

from cli.accounts import wait_until_closed
from cli.collector import add_collector
from cli.field import open_field
from cli.survey_publishing import publish_survey
from cli.where import settings_from
from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from schemas.survey.compile import compile_survey
from tests.canaries.interviews import DIARY
from tests.canaries.phone import Phone
from tests.canaries.words import Canaries

CLOSED_S = 90.0


def open_scene(stack: Stack) -> Phone:
    settings = settings_from(stack.env)
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "diary.md"
        form.write_text(DIARY)
        diary = compile_survey(form, keep_choices=True)
    assert diary.publishable is not None, diary.errors
    publish_survey(settings, diary.publishable)
    token = add_collector(settings.kafka, "all surveys", ["*"])
    # Ingest reads topics in order: once it knows of this one, it knows of those before.
    field = open_field(stack)
    phone = Phone(replace(field, target=replace(field.target, token=token)), Canaries())
    phone.canaries.tokens |= {token: "token", field.target.token: "token"}
    return phone


def wait_until_accounted(phone: Phone) -> set[OutcomeClass]:
    """The classes that records are in, once all that was accepted is in one."""
    accounts = wait_until_closed(phone.opened.settings, phone.accepted, CLOSED_S)
    assert accounts.closed, str(accounts)
    # More where the answer to an accepted request was lost with the part that was killed.
    assert accounts.accepted >= phone.accepted
    return {of for of, number in accounts.classes.items() if number}
