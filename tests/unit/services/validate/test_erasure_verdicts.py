"""ERV: what validate makes of an erasure, and by what an erasure recognises what validate judged.

ERV1 the value becomes all pseudonyms that the person can have, and nothing else of it is written. ERV2 what is
rejected, replayed or judged after a rotation names its respondents apart, under every version of the key. ERV3 what
cannot be erased is rejected without its payload.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.events import Erased, Erasure, Rejection, Replayed, Response
from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    GroupDefinition,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from schemas.survey.respondents import respondent_fields, respondent_subjects
from services.runtime import keys, survey_keys
from services.validate.outcome import Letter
from tests.unit.services.validate.test_verdict import Bench

CANARY = "+221771234567"


def field(path: str, subject: str = "", **more: Any) -> FieldDefinition:
    privacy = {"kind": PrivacyKind.PSEUDONYM, "argument": subject} if subject else {"kind": PrivacyKind.KEEP}
    return FieldDefinition(path=path, type=FieldType.STRING, privacy=privacy, **more)


HOUSEHOLD = SurveyDefinition(
    survey="household",
    version="1",
    title="Household",
    root="/data",
    xform="",
    groups=[GroupDefinition(path="member", repeat=True)],
    fields=[
        field("phone", "phone"),
        field("interviewer", "staff", role=Role.ENUMERATOR),
        field("tablet", "device"),
        field("cluster", "cluster", role=Role.PSU),
        FieldDefinition(path="age", type=FieldType.INT, constraint=". < 120"),
        field("member/card", "card"),
    ],
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    keys.create(tmp_path)
    keys.create_survey_secret(tmp_path, "household")
    return Bench(tmp_path, HOUSEHOLD)


def erasure(**more: Any) -> bytes:
    given = {"survey": "household", "subjects": ["phone", "card"], "value": CANARY, "before": {0: 5, 1: 0}}
    return Erasure(kind="erasure", **{**given, **more}).to_wire()


def body(age: int) -> str:
    answers = {"phone": CANARY, "interviewer": "i7", "age": age, "member": [{"card": "K1"}, {"card": "K2"}]}
    return json.dumps({"answers": answers})


def test_respondents_are_not_staff_and_not_places() -> None:
    found = {(each.path, each.subject, each.repeat) for each in respondent_fields(HOUSEHOLD)}
    assert found == {("phone", "phone", ""), ("member/card", "card", "member")}
    assert respondent_subjects([HOUSEHOLD]) == ["card", "phone"]


def test_erv1_a_value_becomes_pseudonyms(bench: Bench, tmp_path: Path) -> None:
    response = bench.outcome(bench.submit(body(30)))
    survey_keys.rotate_pseudonyms(tmp_path, "household")
    renewed = Bench(tmp_path, HOUSEHOLD)
    erased = renewed.outcome(renewed.letter(erasure()))
    assert isinstance(erased, Erased) and isinstance(response, Response)
    assert (erased.survey, erased.before) == ("household", {0: 5, 1: 0})
    assert response.answers["phone"] in erased.pseudonyms
    assert {name.partition(":")[0] for name in erased.pseudonyms} == {"p1", "p2"}
    assert CANARY not in erased.to_wire().decode() and "771234567" not in erased.to_wire().decode()
    other = renewed.outcome(renewed.letter(erasure(value="+221770000000")))
    assert set(erased.pseudonyms).isdisjoint(other.pseudonyms)


def test_erv2_what_is_rejected_or_replayed_names_its_respondents(bench: Bench, tmp_path: Path) -> None:
    erased = bench.outcome(bench.letter(erasure()))
    survey_keys.rotate_pseudonyms(tmp_path, "household")
    renewed = Bench(tmp_path, HOUSEHOLD)
    rejected = renewed.outcome(renewed.submit(body(999)))
    assert isinstance(rejected, Rejection)
    assert set(rejected.subjects) & set(erased.pseudonyms)
    card = renewed.outcome(renewed.letter(erasure(value="k2", subjects=["card"])))
    assert set(rejected.subjects) & set(card.pseudonyms)
    assert bench.outcome(bench.submit(body(30))).subjects == []
    once = renewed.outcome(renewed.submit(body(30)))
    letter = renewed.submit(body(30))
    again = Letter(3, 18, 0, letter.key_id, letter.sealed, Replayed(partition=3, offset=1))
    found = json.loads(renewed.verdicts(again).wire)["subjects"]
    assert set(found) & set(erased.pseudonyms) and once.answers["phone"] in found


def test_erv2_an_erasure_judged_before_a_rotation_finds_what_is_judged_after_it(bench: Bench, tmp_path: Path) -> None:
    """A record can be accepted before the erasure and be judged long after it, when its lane lags."""
    erased = bench.outcome(bench.letter(erasure()))
    survey_keys.rotate_pseudonyms(tmp_path, "household")
    renewed = Bench(tmp_path, HOUSEHOLD)
    late = renewed.outcome(renewed.submit(body(30)))
    assert isinstance(late, Response) and str(late.answers["phone"]).startswith("p2:")
    assert set(late.subjects) & set(erased.pseudonyms)
    assert {late.answers["phone"], *(row["member/card"] for row in late.rows["member"])} <= set(late.subjects)
    assert late.answers["interviewer"] not in late.subjects


@pytest.mark.parametrize("typed", ["0771234567", "(077) 123-45-67", "+94771234567"])
def test_erv2_also_a_national_number_read_with_the_country_of_the_interview(tmp_path: Path, typed: str) -> None:
    """Where a survey is in several countries its erasures do not know which one."""
    choices = {"country": [Choice(name="LKA"), Choice(name="SEN")]}
    country = FieldDefinition(path="country", type=FieldType.SELECT_ONE, choices="country", role=Role.COUNTRY)
    several = HOUSEHOLD.model_copy(update={"fields": [country, *HOUSEHOLD.fields], "choice_lists": choices})
    keys.create(tmp_path)
    keys.create_survey_secret(tmp_path, "household")
    first = Bench(tmp_path, several)
    erased = first.outcome(first.letter(erasure(value="+94771234567", countries=["LK", "SN"])))
    survey_keys.rotate_pseudonyms(tmp_path, "household")
    renewed = Bench(tmp_path, several)
    answers = {"country": "LKA", "phone": typed, "age": 30, "member": [{"card": "K1"}]}
    late = renewed.outcome(renewed.submit(json.dumps({"answers": answers})))
    assert isinstance(late, Response)
    assert late.answers["phone"] in late.subjects
    assert set(late.subjects) & set(erased.pseudonyms)


@pytest.mark.parametrize(("survey", "code"), [("nothing", "VAL-005"), ("household", "VAL-007")])
def test_erv3_what_cannot_be_erased_is_not_kept(bench: Bench, tmp_path: Path, survey: str, code: str) -> None:
    survey_keys.destroy(tmp_path, "household")
    destroyed = Bench(tmp_path, HOUSEHOLD)
    rejected = destroyed.outcome(destroyed.letter(erasure(survey=survey)))
    assert [reason.code for reason in rejected.reasons] == [code]
    assert rejected.sealed == "" and rejected.instance is None
