"""What a careless form, or a script, tries to get out of the validator. AD1 numbers made of what must not leave. AD2
births. AD3 consent that nobody gave. AD4 regions from lists. AD5 phones. AD6 every class on every type, in repeats."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, Itemset, PrivacyKind, Role, SetValue
from services.validate.anonymise import Anonymised
from services.validate.compiled import CompiledSurvey
from services.validate.judge import Accepted
from services.validate.privacy import leaving
from services.validate.pseudonym import SurveySecrets


def leave(survey: CompiledSurvey, secrets: SurveySecrets, answers: dict[str, Any]) -> Anonymised:
    judged = survey.judge(survey.read_json(json.dumps({"answers": answers})), 0)
    assert isinstance(judged, Accepted), judged
    return survey.anonymiser(judged.instance.root, secrets)


SECRET = {"phone": "01712345678", "born": "1990-05-06", "place": "23.81032 90.41251 0 0", "name": "Maya"}
"""A phone number, a birthday, a position, a name."""


def with_secrets(form: Any, *more: Any, **survey: Any) -> CompiledSurvey:
    fields = [
        form.field("phone", T.STRING),
        form.field("born", T.DATE),
        form.field("place", T.GEOPOINT),
        form.field("name", T.STRING),
        *more,
    ]
    return CompiledSurvey(form.survey(fields, **survey))


@pytest.mark.parametrize("privacy", ["keep", "round:1", "round:0.00001", "region:3", "prefix:9"])
@pytest.mark.parametrize("type_", [T.INT, T.DECIMAL, T.STRING])
@pytest.mark.parametrize(
    ("calculate", "sent"),
    [
        ("number(/data/phone)", "1712345678"),
        ("int(decimal-date-time(/data/born))", "7430"),
        ("number(format-date(/data/born, '%Y%m%d'))", "19900506"),
        ("selected-at(/data/place, 0)", "23.81032"),
        ("number(selected-at(/data/place, 1)) * 1", "90.41251"),
        ("string-length(/data/name)", "4"),
    ],
)
def test_ad1_a_number_made_of_them_never_leaves(
    form: Any, secrets: SurveySecrets, calculate: str, sent: str, type_: T, privacy: str
) -> None:
    survey = with_secrets(form, form.field("a", type_, privacy, asked=False, calculate=calculate))
    judged = survey.judge(survey.read_json(json.dumps({"answers": {**SECRET, "a": sent}})), 0)
    if isinstance(judged, Accepted):
        assert survey.anonymiser(judged.instance.root, secrets).answers in ({}, {"a": "_U"})


def test_ad1_nor_through_a_second_calculate_or_an_action(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("one", T.INT, asked=False, calculate="number(/data/phone)"),
        form.field("two", T.INT, "keep", asked=False, calculate="/data/one + 0"),
        form.field("written", T.INT, "keep"),
    ]
    survey = with_secrets(form, *fields, on_load=[SetValue(path="written", value="string-length(/data/name)")])
    answers = {**SECRET, "one": "7", "two": "7", "written": "4"}
    assert leave(survey, secrets, answers).answers == {}


@pytest.mark.parametrize("hidden", ["drop", "pseudonym:respondent:phone", "pseudonym:respondent"])
@pytest.mark.parametrize("type_", [T.INT, T.DECIMAL, T.SELECT_ONE, T.SELECT_MULTIPLE])
@pytest.mark.parametrize("privacy", ["keep", "round:1", "region:3", "prefix:9"])
@pytest.mark.parametrize(
    ("calculate", "sent"),
    [
        ("/data/number + 0", "1712345678"),
        ("-(-/data/number)", "1712345678"),
        ("concat('x', /data/number)", "x1712345678"),
        ("if(/data/number > 0, /data/number, 0)", "1712345678"),
        ("/data/step", "1712345678"),
        ("coalesce(/data/number, 1 = 1)", "1712345678"),
        ("string(/data/g)", "1712345678"),
        ("substr(/data/r[position() = 1]/id, 1)", "712345678"),
        ("sum(/data/r/id)", "1712345678"),
        ("sum(/data/g/ *)", "1712345678"),
    ],
)
def test_ad1_nor_one_made_of_a_number_or_a_code_that_stays(
    form: Any, secrets: SurveySecrets, calculate: str, sent: str, privacy: str, type_: T, hidden: str
) -> None:
    """A phone number is often asked as an integer; its class says what it is, and not its type."""
    fields = [
        form.field("number", type_, hidden),
        form.field("g/id", type_, hidden),
        form.field("r/id", type_, hidden),
        form.field("step", T.INT, asked=False, calculate="/data/number"),
        *(form.field(f"a{kind}", kind, privacy, asked=False, calculate=calculate) for kind in (T.INT, T.STRING)),
    ]
    groups = [GroupDefinition(path="g"), GroupDefinition(path="r", repeat=True)]
    given: dict[str, Any] = {"number": "1712345678", "g": {"id": "1712345678"}, "r": [{"id": "1712345678"}]}
    given |= {"step": "1712345678", "aint": sent, "astring": sent}
    survey = CompiledSurvey(form.survey(fields, groups))
    judged = survey.judge(survey.read_json(json.dumps({"answers": given})), 0)
    if isinstance(judged, Accepted):
        assert "712345678" not in repr(survey.anonymiser(judged.instance.root, secrets))
    assert not {"aint", "astring"} & {each.path for each in leaving(survey.definition)}


def test_ad1_what_such_an_answer_decides_may_leave(form: Any, secrets: SurveySecrets) -> None:
    """Classes made of an age that is not told, and signs that are counted."""
    fields = [
        form.field("age", T.INT, "drop"),
        form.field("income", T.INT, "round:1"),
        form.field("own", T.SELECT_MULTIPLE, "drop", choices="item"),
        form.field("class", T.STRING, "keep", asked=False, calculate="if(/data/age < 15, 'child', 'adult')"),
        form.field("own_n", T.INT, "keep", asked=False, calculate="count-selected(/data/own)"),
        form.field("band", T.INT, "band:15,25,65", asked=False, calculate="/data/age + 0"),
        form.field("usd", T.INT, "round:10", asked=False, calculate="/data/income * 2"),
        form.field("r/id", T.INT, "drop"),
        form.field("r/n", T.INT, "keep"),
        form.field("first", T.INT, "keep", asked=False, calculate="indexed-repeat(/data/r/n, /data/r, 1)"),
    ]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    given = {"age": "30", "income": "45", "own": "radio car", "class": "adult", "own_n": "2", "band": "30", "usd": "90"}
    left = leave(survey, secrets, {**given, "r": [{"id": "5", "n": "3"}], "first": "3"})
    expected = {"income": 45, "class": "adult", "own_n": 2, "band": "Y25T64", "usd": 90, "first": 3}
    assert left.answers == expected


def test_ad1_a_list_made_of_numbers_that_stay_shows_none(form: Any) -> None:
    fields = [
        form.field("r/phone", T.INT, "drop"),
        form.field("whose", T.SELECT_ONE, "keep", itemset=Itemset(nodeset="/data/r", value="phone", label="phone")),
    ]
    assert leaving(form.survey(fields, [GroupDefinition(path="r", repeat=True)])) == []


def test_ad1_a_band_of_them_may_leave(form: Any, secrets: SurveySecrets) -> None:
    """The age in classes from the birthday is what forms need; a class is not the day."""
    age = "int((decimal-date-time('2026-05-06') - decimal-date-time(/data/born)) div 365.25)"
    survey = with_secrets(form, form.field("a", T.INT, "band:15,25,45", asked=False, calculate=age))
    assert leave(survey, secrets, {**SECRET, "a": "36"}).answers == {"a": "Y25T44"}


def test_ad1_an_integer_shows_four_digits_of_a_prefix_at_most(form: Any, secrets: SurveySecrets) -> None:
    for length, expected in [(4, "1712"), (5, None), (9, None)]:
        survey = CompiledSurvey(form.survey([form.field("a", T.INT, f"prefix:{length}")]))
        assert leave(survey, secrets, {"a": "171234567"}).answers.get("a") == expected


@pytest.mark.parametrize(
    "label",
    [
        "Date of birth",
        "When were you born?",
        "Date de naissance",
        "¿Cuándo nació?",
        "জন্ম তারিখ",
        "تاريخ الميلاد",
        "Tarehe ya kuzaliwa",
    ],
)
def test_ad2_a_birth_is_known_by_what_is_asked(form: Any, secrets: SurveySecrets, label: str) -> None:
    survey = CompiledSurvey(form.survey([form.field("q17", T.DATE, "period:day", labels={"": label})]))
    assert leave(survey, secrets, {"q17": "1990-05-06"}).answers == {"q17": "1990"}


def test_ad2_another_day_is_none(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("left", T.DATE, "period:month", labels={"": "When did you leave?"}),
        form.field("week", T.DATE, "period:week", asked=False, calculate="/data/left"),
    ]
    answers = {"left": "2024-06-15", "week": "2024-06-15"}
    assert leave(CompiledSurvey(form.survey(fields)), secrets, answers).answers == {
        "left": "2024-06",
        "week": "2024-W24",
    }


@pytest.mark.parametrize("calculate", ["/data/born", "date(/data/copy)", "if(true(), /data/born, today())"])
def test_ad2_a_copy_of_a_birthday_under_another_name_is_a_year(
    form: Any, secrets: SurveySecrets, calculate: str
) -> None:
    fields = [
        form.field("copy", T.DATE, asked=False, calculate="/data/born"),
        form.field("day", T.DATE, "period:day", asked=False, calculate=calculate),
    ]
    survey = with_secrets(form, *fields)
    left = leave(survey, secrets, {**SECRET, "copy": "1990-05-06", "day": "1990-05-06"})
    assert left.answers == {"day": "1990"}


def agreed(survey: CompiledSurvey, answers: dict[str, Any]) -> bool:
    judged = survey.judge(survey.read_json(json.dumps({"answers": answers})), 0)
    assert isinstance(judged, Accepted), judged
    return survey.anonymiser.agreed(judged.instance.root)


def test_ad3_a_consent_that_was_not_asked_for_is_none(form: Any) -> None:
    """A script can write yes into a question that is irrelevant; a phone takes it out."""
    groups = [GroupDefinition(path="g", relevant="/data/adult = 'yes'")]
    fields = [
        form.field("adult", T.SELECT_ONE, choices="yes_no"),
        form.field("g/consent", T.SELECT_ONE, choices="yes_no", role=Role.CONSENT, relevant="/data/adult = 'yes'"),
    ]
    for inside in (groups, [GroupDefinition(path="g")]):
        survey = CompiledSurvey(form.survey(fields, inside))
        assert agreed(survey, {"adult": "yes", "g": {"consent": "yes"}})
        assert not agreed(survey, {"adult": "no", "g": {"consent": "yes"}})
        assert not agreed(survey, {"adult": "yes", "g": {}})
        assert not agreed(survey, {"adult": "yes"})


def test_ad3_a_consent_that_the_form_computes_is_what_it_computes(form: Any) -> None:
    consent = form.field("c", T.STRING, role=Role.CONSENT, asked=False, calculate="if(/data/a = 'yes', 'yes', 'no')")
    survey = CompiledSurvey(form.survey([form.field("a", T.SELECT_ONE, choices="yes_no"), consent]))
    assert agreed(survey, {"a": "yes", "c": "yes"})
    assert not agreed(survey, {"a": "no", "c": "yes"})


def test_ad3_a_row_whose_consent_was_not_asked_for_stays(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("r/ask", T.SELECT_ONE, choices="yes_no"),
        form.field("r/ok", T.SELECT_ONE, choices="yes_no", role=Role.CONSENT, relevant="../ask = 'yes'"),
        form.field("r/n", T.INT, "keep"),
    ]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    rows = [{"ask": "yes", "ok": "yes", "n": 1}, {"ask": "no", "ok": "yes", "n": 2}, {"ask": "yes", "ok": "no", "n": 3}]
    assert leave(survey, secrets, {"r": rows}).rows == {"r": [{"r/n": 1}]}


XFORM = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"><h:head><model>
<instance><data id="household"><d/></data></instance><instance id="district"><root>
<item><name>d1</name><label>One</label><province>p1</province><note>North of Maya</note></item>
<item><name>d2</name><label>Two</label><province>p2</province><note>x</note></item>
<item><name>d3</name><label>Three</label><province>p1</province></item>
<item><name>d4</name><label>Four</label><province>p1</province></item>
<item><name>d4</name><label>Four</label><province>p2</province></item>
</root></instance></model></h:head><h:body><select1 ref="/d/d"><itemset nodeset="instance('district')/root/item">
<value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>"""
DISTRICTS = Itemset(nodeset="instance('district')/root/item", value="name", label="label")


@pytest.mark.parametrize(
    ("privacy", "code", "expected"),
    [
        ("region:province", "d1", "p1"),
        ("region:province", "d2", "p2"),
        ("region:province", "d4", "_U"),
        ("region:note", "d2", "x"),
        ("region:note", "d1", "_U"),
        ("region:label", "d1", "One"),
        ("region:nothing", "d1", None),
    ],
)
def test_ad4_a_region_is_what_stands_beside_the_code(
    form: Any, secrets: SurveySecrets, privacy: str, code: str, expected: str | None
) -> None:
    """A code under two provinces is in neither, and a remark in the column is no code."""
    question = form.field("d", T.SELECT_ONE, privacy, itemset=DISTRICTS)
    survey = CompiledSurvey(form.survey([question], xform=XFORM))
    assert leave(survey, secrets, {"d": code}).answers.get("d") == expected


def test_ad4_a_district_that_is_missing_is_a_missing_region(form: Any, secrets: SurveySecrets) -> None:
    question = form.field("d", T.SELECT_ONE, "region:province", itemset=DISTRICTS)
    survey = CompiledSurvey(form.survey([question], xform=XFORM))
    assert leave(survey, secrets, {}).answers == {"d": "_N"}
    assert leave(survey, secrets, {"d": ""}).answers == {"d": "_U"}


def test_ad5_phones_of_one_person_are_one_in_the_country_of_the_interview(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("country", T.STRING, "keep", role=Role.COUNTRY),
        form.field("phone", T.STRING, "pseudonym:respondent:phone"),
        form.field("r/kin", T.STRING, "pseudonym:respondent:phone"),
        form.field("r/abroad", T.STRING, "pseudonym:respondent:phone:CH"),
    ]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    row = {"kin": "+880 1712 345678", "abroad": "079 123 45 67"}
    left = leave(survey, secrets, {"country": "BGD", "phone": "01712-345678", "r": [row]})
    assert left.answers["phone"] == left.rows["r"][0]["r/kin"] == secrets.pseudonym("respondent", "+8801712345678")
    assert left.rows["r"][0]["r/abroad"] == secrets.pseudonym("respondent", "+41791234567")
    elsewhere = leave(survey, secrets, {"country": "NPL", "phone": "01712-345678"})
    assert elsewhere.answers["phone"] != left.answers["phone"]
    unknown = leave(survey, secrets, {"country": "Here", "phone": "01712-345678"})
    assert unknown.answers["phone"] == secrets.pseudonym("respondent", "01712345678")


def test_ad5_a_phone_that_is_not_said_to_be_one_is_a_text(form: Any, secrets: SurveySecrets) -> None:
    for privacy, is_phone in [("pseudonym:phone", True), ("pseudonym:respondent", False), ("pseudonym:a:b", False)]:
        survey = CompiledSurvey(form.survey([form.field("a", T.STRING, privacy)]))
        left = [leave(survey, secrets, {"a": text}).answers["a"] for text in ("+880 1712345678", "008801712345678")]
        assert (left[0] == left[1]) is is_phone


TEXTS = {
    T.STRING: "Maya 01712345678",
    T.BARCODE: "01712345678",
    T.BINARY: "maya.jpg",
    T.GEOPOINT: "23.81032 90.41251 0 0",
    T.GEOTRACE: "23.81032 90.41251 0 0; 23.9 90.4 0 0",
    T.GEOSHAPE: "23.81032 90.41251 0 0; 23.9 90.4 0 0; 23.81032 90.41251 0 0",
    T.DATE: "1990-05-06",
    T.DATETIME: "1990-05-06T10:11:12.000Z",
    T.TIME: "10:11:12.000Z",
}
TOLD = ("Maya", "aya", "01712345678", "1712345678", "maya.jpg", "23.81", "90.41", "1990-05-06", "10:11", "199005")


@given(
    kind=st.sampled_from([kind for kind in PrivacyKind if kind is not PrivacyKind.PERIOD]),
    argument=st.sampled_from(
        ["", "0", "1", "4", "5", "40", "15,25", "day", "country", "province", "name:phone", "0.00001"]
    ),
    type_=st.sampled_from(sorted(TEXTS)),
    role=st.sampled_from([None, Role.ENUMERATOR]),
    rows=st.integers(0, 3),
)
@settings(max_examples=300, deadline=None)
def test_ad6_no_class_on_no_type_tells_a_text_a_place_or_a_day(
    form: Any, secrets: SurveySecrets, kind: PrivacyKind, argument: str, type_: T, role: Role | None, rows: int
) -> None:
    privacy = f"{kind.value}:{argument}"
    fields = [form.field(path, type_, privacy, role=role) for path in ("a", "g/b", "r/c", "r/s/d")]
    groups = [
        GroupDefinition(path="g"),
        GroupDefinition(path="r", repeat=True),
        GroupDefinition(path="r/s", repeat=True),
    ]
    text = TEXTS[type_]
    body = {"a": text, "g": {"b": text}, "r": [{"c": text, "s": [{"d": text}] * rows} for _ in range(rows)]}
    left = leave(CompiledSurvey(form.survey(fields, groups)), secrets, body)
    values = [
        value for row in [left.answers, *(each for of in left.rows.values() for each in of)] for value in row.values()
    ]
    shown = json.dumps([value for value in values if not str(value).startswith("p1:")])
    assert not [told for told in TOLD if told in shown]
    if kind is PrivacyKind.DROP:
        assert not values


@given(
    st.sampled_from(["year", "quarter", "month", "week", "day"]),
    st.sampled_from([T.STRING, T.TIME, T.GEOPOINT, T.BINARY]),
)
def test_ad6_a_period_is_of_dates_alone(form: Any, secrets: SurveySecrets, unit: str, type_: T) -> None:
    survey = CompiledSurvey(form.survey([form.field("a", type_, f"period:{unit}")]))
    assert leave(survey, secrets, {"a": TEXTS[type_]}).answers == {}


def test_ad6_the_text_behind_other_stays(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("job", T.SELECT_ONE, "keep", choices="item"),
        form.field("job_other", T.STRING, "keep"),
        form.field("said", T.STRING, "keep", calculate="if(/data/job = 'phone', /data/job_other, /data/job)"),
    ]
    survey = CompiledSurvey(form.survey(fields))
    left = leave(survey, secrets, {"job": "phone", "job_other": "Maya", "said": "Maya"})
    assert left.answers == {"job": "phone"}


@pytest.mark.parametrize(
    "value", ["jr:choice-name(/data/job, '/data/job')", "/data/name", "concat(/data/name, /data/job)"]
)
def test_ad6_words_of_a_choice_made_of_answers_stay(form: Any, secrets: SurveySecrets, value: str) -> None:
    fields = [
        form.field("name", T.STRING),
        form.field("job", T.SELECT_ONE, choices="item"),
        form.field("said", T.STRING, "keep", asked=False, calculate=value),
    ]
    survey = CompiledSurvey(form.survey(fields))
    judged = survey.judge(
        survey.read_json(json.dumps({"answers": {"name": "Maya", "job": "phone", "said": "Maya"}})), 0
    )
    if isinstance(judged, Accepted):
        assert "Maya" not in repr(survey.anonymiser(judged.instance.root, secrets))
