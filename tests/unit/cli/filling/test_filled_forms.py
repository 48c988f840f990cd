"""Whatever is filled is accepted by the validator, as XML and as JSON: the reference surveys, every form of the
conformance tests, and forms that are hard to fill."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest

import cli
from cli.filling.answers import Filled
from cli.filling.filler import Filler, Unfilled
from cli.filling.habits import Habits
from cli.filling.verdict import Validator, Verdict
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.validate.instance import tree_of
from services.validate.json_instance import read_json
from services.validate.judge import Accepted, Judge
from tests.conformance.form_file import own_forms
from tests.unit.cli.filling.odd_forms import FILLABLE, IMPOSSIBLE, SETTINGS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SURVEYS = Path(cli.__file__).parent.parent / "surveys"
REFERENCE = sorted(SURVEYS.glob("*/form.xlsx"))
NOTED = {"choice_names", "codings", "moments"}
"""Forms with calculates that depend on the phone's language, hold what XML cannot, or are read as another kind."""


@cache
def compiled(path: Path) -> tuple[SurveyDefinition, Mapping[str, bytes]]:
    found = compile_survey(path)
    assert found.definition is not None
    return found.definition, found.files


def odd(text: str, folder: Path) -> SurveyDefinition:
    path = folder / "form.md"
    path.write_text(text.strip() + SETTINGS)
    return compiled(path)[0]


def fill(definition: SurveyDefinition, files: Mapping[str, bytes], times: int) -> list[Filled]:
    filler = Filler(definition, files)
    found = [filler.fill(Random(seed), NOW) for seed in range(times)]
    assert not [str(each) for each in found if isinstance(each, Unfilled)]
    return [each for each in found if isinstance(each, Filled)]


def check(definition: SurveyDefinition, files: Mapping[str, bytes], times: int) -> set[str]:
    """The notes that the validator made."""
    validator, judge, tree = Validator(definition, files), Judge(definition, files), tree_of(definition)
    notes: set[str] = set()
    for filled in fill(definition, files, times):
        assert validator(filled, NOW) is Verdict.ACCEPTED
        judged = judge(read_json(filled.as_json("uuid:1").decode(), tree), int(NOW.timestamp() * 1000))
        assert isinstance(judged, Accepted), judged
        notes.update(judged.notes)
    return notes


@pytest.mark.parametrize("path", REFERENCE, ids=lambda path: path.parent.name)
def test_reference_surveys_are_filled(path: Path) -> None:
    assert not check(*compiled(path), times=25)


@pytest.mark.parametrize("path", own_forms(), ids=lambda path: path.stem)
def test_every_form_of_the_conformance_tests_is_filled(path: Path) -> None:
    notes = check(*compiled(path), times=8)
    assert not notes or path.stem in NOTED


@pytest.mark.parametrize("name", FILLABLE)
def test_forms_that_are_hard_to_fill_are_filled(name: str, tmp_path: Path) -> None:
    assert not check(odd(FILLABLE[name], tmp_path), {}, times=25)


def test_a_question_that_nobody_can_answer_is_named(tmp_path: Path) -> None:
    found = Filler(odd(IMPOSSIBLE, tmp_path)).fill(Random(1), NOW)
    assert isinstance(found, Unfilled)
    assert str(found) == "never (Never one) could not be filled: no answer was found that its constraint allows."


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    definition, files = compiled(SURVEYS / "workshop-evaluation" / "form.xlsx")
    bodies = [Filler(definition, files).fill(Random(seed), NOW) for seed in (1, 1, 2)]
    one, same, other = (each.as_xml("uuid:1") for each in bodies if isinstance(each, Filled))
    assert one == same != other


def test_answers_differ_and_optional_questions_are_sometimes_empty() -> None:
    definition, files = compiled(SURVEYS / "workshop-evaluation" / "form.xlsx")
    answers = [json.loads(each.as_json("uuid:1"))["answers"] for each in fill(definition, files, 60)]
    ages = {each["participant"]["age"] for each in answers}
    assert None in ages
    assert len(ages) > 15
    assert all(age is None or 16 <= age <= 99 for age in ages)
    assert len({tuple(each["event"]["targets"]) for each in answers}) > 10
    days = {each["event"]["day"] for each in answers}
    assert min(days) >= "2020-01-01"
    assert max(days) <= "2026-11-20"
    assert {"evaluation" in each for each in answers} == {True, False}, "what is not relevant is left out"


def test_consent_is_answered_as_asked() -> None:
    definition, files = compiled(SURVEYS / "workshop-evaluation" / "form.xlsx")
    filler, validator = Filler(definition, files), Validator(definition, files)
    for seed in range(10):
        found = filler.fill(Random(seed), NOW, Habits(consents=False))
        assert isinstance(found, Filled)
        assert validator(found, NOW) is Verdict.REFUSED
