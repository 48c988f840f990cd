"""A round of fieldwork with any form: what is said to be counted is accepted, what is spoilt is not."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import cli
from cli.fieldwork.history import History
from cli.fieldwork.plan import Plan, Scenario
from cli.filling.fieldwork import CannotFill, FilledInstance, make, truth
from cli.filling.verdict import Validator, Verdict
from schemas.survey.compile import Compiled, compile_survey
from services.validate.instance import tree_of
from services.validate.json_instance import read_json
from services.validate.judge import Accepted, Judge
from tests.unit.cli.filling.odd_forms import IMPOSSIBLE, SETTINGS

TODAY = datetime(2026, 11, 20, tzinfo=UTC)
SCENARIO = Scenario(seed=4, phones=4, submissions=80, edits=0.3, invalid=0.3, refusals=0.1)


@cache
def survey() -> Compiled:
    return compile_survey(Path(cli.__file__).parent.parent / "surveys" / "workshop-evaluation" / "form.xlsx")


def plan() -> Plan[FilledInstance]:
    definition = survey().definition
    assert definition is not None
    return make(SCENARIO, definition, survey().files, TODAY)


def test_the_validator_agrees_on_each_instance() -> None:
    definition = survey().definition
    assert definition is not None
    validator, judge, tree = Validator(definition, {}), Judge(definition), tree_of(definition)
    seen: Counter[str] = Counter()
    for phone in plan().phones:
        for delivery in phone.deliveries:
            instance = delivery.instance
            sent = instance.fault or instance.respondent.filled
            verdict = validator(sent, TODAY)
            if instance.fault is not None:
                assert verdict is Verdict.REJECTED
            else:
                assert (verdict is Verdict.REFUSED) is not instance.respondent.consent
            read = read_json(instance.as_json().decode(), tree)
            accepted = isinstance(judge(read, int(TODAY.timestamp() * 1000)), Accepted)
            assert accepted is (verdict is not Verdict.REJECTED)
            seen[verdict] += 1
    assert set(seen) == set(Verdict)


def test_all_that_was_acknowledged_has_an_outcome() -> None:
    definition = survey().definition
    assert definition is not None
    made = plan()
    history = History.of(made)
    for phone in made.phones:
        history.phones[phone.number].acknowledged.extend(delivery.instance for delivery in phone.deliveries)
    found = truth(history, definition)
    outcomes = found.outcomes
    classes = (len(outcomes.counted), outcomes.superseded, outcomes.duplicate, outcomes.rejected, outcomes.refused)
    assert all(classes)
    assert sum(classes) == found.acknowledged == made.deliveries
    assert found.as_json()["survey"] == "workshop-evaluation"
    assert found.complete


def test_the_same_scenario_gives_the_same_bytes() -> None:
    one, same = (
        [delivery.instance.as_xml() for phone in each.phones for delivery in phone.deliveries]
        for each in (plan(), plan())
    )
    assert one == same


def test_a_form_that_cannot_be_filled_says_which_question(tmp_path: Path) -> None:
    path = tmp_path / "form.md"
    path.write_text(IMPOSSIBLE.strip() + SETTINGS)
    definition = compile_survey(path).definition
    assert definition is not None
    with pytest.raises(CannotFill, match=r"odd@1 cannot be filled. never \(Never one\)"):
        make(SCENARIO, definition, {}, TODAY)
