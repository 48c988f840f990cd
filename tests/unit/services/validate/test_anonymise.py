"""What leaves: AN1 nothing of a dropped field, of free text, positions, files and exact dates, whatever the form says.
AN2 each privacy class. AN3 missing answers. AN4 consent. AN5 pseudonyms and record keys. AN6 fingerprints."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, Itemset, PrivacyKind, Role
from services.validate.compiled import CompiledSurvey
from services.validate.privacy import leaving
from services.validate.pseudonym import SurveySecrets
from tests.unit.services.validate.leaving import CANARY, leave, one

NEVER = [T.STRING, T.BARCODE, T.BINARY, T.GEOPOINT, T.GEOTRACE, T.GEOSHAPE, T.DATE, T.DATETIME, T.TIME]


@pytest.mark.parametrize("type_", NEVER)
def test_an1_keep_is_refused_for_what_never_leaves(form: Any, secrets: SurveySecrets, type_: T) -> None:
    text = {T.DATE: "2024-01-01", T.DATETIME: "2024-01-01T10:00", T.TIME: "10:00"}.get(type_, "1 2 3 4")
    assert one(form, secrets, type_, "keep", text) is None


@given(
    kind=st.sampled_from(list(PrivacyKind)),
    argument=st.sampled_from(["", "1", "2", "3", "4", "15,25", "year", "day", "country", "name", "0.5"]),
    tail=st.text("abcXYZ019-é", min_size=1, max_size=20),
    type_=st.sampled_from([T.STRING, T.BARCODE, T.BINARY]),
)
@settings(max_examples=200)
def test_an1_no_class_lets_a_text_out(
    form: Any, secrets: SurveySecrets, kind: PrivacyKind, argument: str, tail: str, type_: T
) -> None:
    text = f"{CANARY} {tail}"
    fields = [form.field("a", type_, f"{kind.value}:{argument}"), form.field("r/b", type_, f"{kind.value}:{argument}")]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    left = leave(survey, secrets, {"a": text, "r": [{"b": text}]})
    assert CANARY not in json.dumps([left.answers, left.rows])


@given(st.data())
@settings(max_examples=100)
def test_an1_a_dropped_field_never_leaves(form: Any, secrets: SurveySecrets, data: st.DataObject) -> None:
    type_ = data.draw(st.sampled_from([T.INT, T.DECIMAL, T.SELECT_ONE, T.SELECT_MULTIPLE, T.STRING]))
    text = {T.INT: "314159", T.DECIMAL: "3.14159", T.SELECT_ONE: "phone", T.SELECT_MULTIPLE: "phone"}.get(type_, CANARY)
    role = data.draw(st.sampled_from([None, *Role]).filter(lambda role: role is not Role.CONSENT))
    survey = CompiledSurvey(form.survey([form.field("a", type_, "drop", choices="item", role=role)]))
    left = leave(survey, secrets, {"a": text})
    assert left.answers == {}


@pytest.mark.parametrize(
    ("type_", "privacy", "text", "expected"),
    [
        (T.SELECT_ONE, "keep", "phone", "phone"),
        (T.SELECT_MULTIPLE, "keep", " phone  radio phone ", ["phone", "radio"]),
        (T.RANK, "keep", "car phone", ["car", "phone"]),
        (T.INT, "keep", "+007", 7),
        (T.DECIMAL, "keep", "1.500", "1.5"),
        (T.INT, "band:15,25,65", "14", "Y_LT15"),
        (T.INT, "band:15,25,65", "24", "Y15T24"),
        (T.DECIMAL, "band:15,25,65", "24.9", "Y15T24"),
        (T.INT, "band:15,25,65", "65", "Y_GE65"),
        (T.DATE, "period:year", "2024-06-15", "2024"),
        (T.DATE, "period:quarter", "2024-06-15", "2024-Q2"),
        (T.DATE, "period:month", "2024-6-5", "2024-06"),
        (T.DATE, "period:week", "2024-12-30", "2025-W01"),
        (T.DATETIME, "period:day", "2024-06-15T23:59:00.000+05:45", "2024-06-15"),
        (T.INT, "round:100", "149", 100),
        (T.INT, "round:100", "150", 200),
        (T.INT, "round:100", "-150", -100),
        (T.DECIMAL, "round:0.5", "1.26", "1.5"),
        (T.INT, "prefix:2", "2132", "21"),
        (T.STRING, "prefix:2", "2132", "21"),
        (T.STRING, "prefix:2", "Anna", "_U"),
        (T.STRING, "prefix:5", "21327", None),
        (T.SELECT_ONE, "prefix:2", "phone", "ph"),
        (T.SELECT_ONE, "region:country", "phone", "phone"),
        (T.GEOPOINT, "region:1", "1 2 3 4", None),
        (T.INT, "band:25,15", "30", None),
        (T.INT, "round:0", "30", None),
        (T.STRING, "band:15", "30", None),
    ],
)
def test_an2_classes(form: Any, secrets: SurveySecrets, type_: T, privacy: str, text: str, expected: Any) -> None:
    assert (
        one(form, secrets, type_, privacy, text, choices="item" if type_.name.startswith(("SEL", "RANK")) else None)
        == expected
    )


@given(st.decimals(0, 10**9, places=3) | st.integers(0, 10**9), st.integers(1, 10**6))
def test_an2_halves_are_rounded_up(form: Any, number: Decimal | int, step: int) -> None:
    rule = _rounding(form, step)
    for text in (str(number), str(number).rstrip("0").rstrip(".") or "0", f"{step * 7 / 2:.1f}"):
        exact = Fraction(text) / step + Fraction(1, 2)
        assert rule(text, None) == str(exact.numerator // exact.denominator * step)


def _rounding(form: Any, step: int) -> Any:
    (field,) = leaving(form.survey([form.field("a", T.DECIMAL, f"round:{step}")]))
    return field.action


def test_an2_regions_are_parts_of_a_code(form: Any, secrets: SurveySecrets) -> None:
    for level, expected in [("country", "KE"), ("0", "KE"), ("1", "KE-30"), ("2", "KE-30-7"), ("x", None)]:
        found = one(form, secrets, T.SELECT_ONE, f"region:{level}", "KE-30-7", itemset=OF_A_FILE)
        assert found == expected


@pytest.mark.parametrize("name", ["dob", "date_of_birth", "hh/birthday", "naissance", "fecha_nacimiento"])
def test_an2_a_birth_is_a_year_at_most(form: Any, secrets: SurveySecrets, name: str) -> None:
    groups = [GroupDefinition(path="hh")] if "/" in name else []
    survey = CompiledSurvey(form.survey([form.field(name, T.DATE, "period:day")], groups))
    answers = {"hh": {"birthday": "1990-05-06"}} if groups else {name: "1990-05-06"}
    assert leave(survey, secrets, answers).answers == {name: "1990"}
    assert one(form, secrets, T.DATE, "period:month", "1990-05-06", concept="AGE") == "1990"


@pytest.mark.parametrize(
    ("role", "text", "expected"),
    [
        (Role.PSU, "C-017", "C-017"),
        (Role.PSU, "Near the well", "_U"),
        (Role.ENUMERATOR, "Maya", None),
        (None, "C1", None),
    ],
)
def test_an2_a_text_with_a_role_leaves_only_as_a_code(
    form: Any, secrets: SurveySecrets, role: Role | None, text: str, expected: str | None
) -> None:
    assert one(form, secrets, T.STRING, "keep", text, role=role) == expected


OF_A_FILE = Itemset(nodeset="instance('away')/root/item", value="name", label="label")


def test_an2_a_choice_of_a_file_that_is_not_here_leaves_only_as_a_code(form: Any, secrets: SurveySecrets) -> None:
    assert one(form, secrets, T.SELECT_ONE, "keep", "village_7", itemset=OF_A_FILE) == "village_7"
    assert one(form, secrets, T.SELECT_ONE, "keep", "My name is", itemset=OF_A_FILE) == "_U"
    assert one(form, secrets, T.SELECT_MULTIPLE, "keep", "a é!", itemset=OF_A_FILE) == "_U"


@pytest.mark.parametrize("type_", [T.SELECT_ONE, T.SELECT_MULTIPLE, T.RANK])
@pytest.mark.parametrize("privacy", ["keep", "prefix:4", "region:1", "region:country", "round:1"])
def test_an2_nothing_leaves_of_a_choice_whose_list_nobody_can_see(
    form: Any, secrets: SurveySecrets, type_: T, privacy: str
) -> None:
    """search() and select_one_external: a script can write any word there."""
    assert one(form, secrets, type_, privacy, "Maya", choices="v", external=True) is None


def test_an3_missing_answers(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("ask", T.SELECT_ONE, "keep", choices="yes_no"),
        form.field("sex", T.SELECT_ONE, "keep", choices="sex", relevant="/data/ask = 'yes'"),
        form.field("items", T.SELECT_MULTIPLE, "keep", choices="item"),
        form.field("age", T.INT, "band:15", relevant="/data/ask = 'yes'"),
        form.field("cost", T.INT, "keep", relevant="/data/ask = 'yes'"),
    ]
    survey = CompiledSurvey(form.survey(fields))
    no = {"ask": "no", "sex": "F", "items": "", "age": 20, "cost": 3}
    assert leave(survey, secrets, no).answers == {"ask": "no", "sex": "_N", "items": "_U", "age": "_N"}
    assert leave(survey, secrets, {"ask": "yes"}).answers == {"ask": "yes", "sex": "_U", "items": "_N", "age": "_U"}


def test_an4_consent(form: Any) -> None:
    survey = CompiledSurvey(form.survey([form.field("c", T.STRING, role=Role.CONSENT)]))

    def consent(text: str | None) -> bool | None:
        answers = {} if text is None else {"c": text}
        return survey.anonymiser.consent(survey.read_json(json.dumps({"answers": answers})).root)

    assert [consent(text) for text in ("yes", "YES", "1", "true", "y", "Agree", "OK")] == [True] * 7
    assert [consent(text) for text in ("no", "0", "maybe", "yes please")] == [False] * 4
    assert [consent(text) for text in ("", " ", None)] == [None] * 3
    assert CompiledSurvey(form.survey([])).anonymiser.consent(survey.read_json('{"answers": {}}').root) is True


def test_an4_a_row_without_consent_of_its_own_stays(form: Any, secrets: SurveySecrets) -> None:
    fields = [form.field("r/ok", T.STRING, role=Role.CONSENT), form.field("r/n", T.INT, "keep")]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    rows = [{"ok": "yes", "n": 1}, {"ok": "no", "n": 2}, {"n": 3}]
    assert leave(survey, secrets, {"r": rows}).rows == {"r": [{"r/n": 1}]}


def test_rows_of_nested_repeats_are_flat_and_irrelevant_ones_stay(form: Any, secrets: SurveySecrets) -> None:
    groups = [
        GroupDefinition(path="r", repeat=True),
        GroupDefinition(path="r/s", repeat=True, relevant="../n < 3"),
    ]
    survey = CompiledSurvey(form.survey([form.field("r/n", T.INT, "keep"), form.field("r/s/m", T.INT, "keep")], groups))
    rows = [{"n": 1, "s": [{"m": 1}, {"m": 2}]}, {"n": 2, "s": [{"m": 3}]}, {"n": 3, "s": [{"m": 4}]}]
    assert leave(survey, secrets, {"r": rows}).rows == {
        "r": [{"r/n": 1}, {"r/n": 2}, {"r/n": 3}],
        "r/s": [{"r/s/m": 1}, {"r/s/m": 2}, {"r/s/m": 3}],
    }


def test_an5_pseudonyms_do_not_depend_on_how_they_were_typed(secrets: SurveySecrets) -> None:
    names = {secrets.pseudonym("enumerator", text) for text in ("Maya Ré", " maya re\u0301 ", "\uff2dAYA R\u00c9")}
    assert len(names) == 1
    assert names.pop().startswith("p1:")
    assert secrets.pseudonym("enumerator", "a") != secrets.pseudonym("respondent", "a")
    assert secrets.pseudonym("enumerator", "a") != SurveySecrets(b"\x08" * 32).pseudonym("enumerator", "a")


def test_an5_record_keys_are_spread_over_a_byte(secrets: SurveySecrets) -> None:
    keys = {secrets.record_key(f"uuid:{number}") for number in range(4000)}
    assert keys == set(range(256))


XML_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=3)


@given(st.lists(st.tuples(st.sampled_from("abc"), XML_TEXT), max_size=4))
def test_an6_equal_answers_have_equal_fingerprints_and_others_do_not(
    form: Any, secrets: SurveySecrets, pairs: Any
) -> None:
    fields = [form.field(name, T.STRING) for name in "abc"]
    survey = CompiledSurvey(form.survey(fields))

    def fingerprint(answers: dict[str, str]) -> str:
        return secrets.fingerprint(survey.read_json(json.dumps({"answers": answers})).root)

    answers = dict(pairs)
    shuffled = dict(reversed(answers.items()))
    padded = {name: f" {text}\n" for name, text in answers.items()}
    assert fingerprint(answers) == fingerprint(shuffled) == fingerprint(padded)
    assert fingerprint(answers) == fingerprint({**dict.fromkeys("abc", ""), **answers})
    assert fingerprint({**answers, "a": answers.get("a", "") + "x"}) != fingerprint(answers)


def test_an6_rows_count_and_their_order_too(form: Any, secrets: SurveySecrets) -> None:
    def fingerprint(body: dict[str, Any]) -> str:
        return secrets.fingerprint(form.compiled.read_json(json.dumps({"answers": body})).root)

    one, other = {"sex": "F"}, {"sex": "M"}
    variants: list[list[dict[str, str]]] = [[], [{}], [one], [one, other], [other, one]]
    prints = [fingerprint({"member": rows}) for rows in variants]
    assert len(set(prints)) == 5
    xml = form.compiled.read_xml(form.to_xml(form.good())).root
    assert secrets.fingerprint(xml) == fingerprint({**form.good(), "meta": {"instanceID": "another"}})


def test_the_household_leaves_what_its_classes_say_and_no_more(form: Any, secrets: SurveySecrets) -> None:
    left = leave(form.compiled, secrets, form.good())
    assert left.answers == {
        "interview/country": "NPL",
        "interview/psu": 7,
        "interview/stratum": "NPL-7",
        "interview/weight": "1.5",
        "interview/enumerator": secrets.pseudonym("enumerator", "maya r."),
        "interview/consent": "yes",
        "profile/sex": "F",
        "profile/age": "Y25T34",
        "profile/born": "1994",
        "profile/items": ["radio", "phone"],
        "cost/paid": "yes",
        "cost/agency": 1200,
        "cost/visa": 100,
        "cost/total": "1349",
    }
    assert left.rows == {
        "member": [{"member/sex": "M", "member/age": "Y_GE18"}, {"member/sex": "_N", "member/age": "Y_LT5"}]
    }
