"""The rules of a form: JU1 types and lists. JU2 required. JU3 constraints. JU4 relevance, as JavaRosa 5.1
decides it. JU5 calculates are notes. JU6 rules about the present. JU7 unsupported rules are not enforced. JU8 all
reasons, with rows. JU9 XML and JSON are judged alike."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, Itemset, SurveyDefinition
from services.validate.compiled import CompiledSurvey
from services.validate.judge import Accepted

RECEIVED_MS = 1_772_000_000_000
"""2026-02-25."""


def judge(survey: CompiledSurvey, answers: dict[str, Any]) -> list[tuple[str, str | None, list[int]]]:
    judged = survey.judge(survey.read_json(json.dumps({"answers": answers})), RECEIVED_MS)
    if isinstance(judged, Accepted):
        return []
    return [(found.code, found.path, found.rows) for found in judged]


def notes(survey: CompiledSurvey, answers: dict[str, Any]) -> list[str]:
    judged = survey.judge(survey.read_json(json.dumps({"answers": answers})), RECEIVED_MS)
    assert isinstance(judged, Accepted), judged
    return judged.notes


def compiled(form: Any, *fields: Any, groups: list[GroupDefinition] | None = None, **more: Any) -> CompiledSurvey:
    definition: SurveyDefinition = form.survey(list(fields), groups, **more)
    return CompiledSurvey(definition)


def test_a_good_interview_is_accepted_without_notes(form: Any) -> None:
    assert judge(form.compiled, form.good()) == []
    assert notes(form.compiled, form.good()) == []
    assert form.compiled.judge.unsupported == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("profile/age", "forty", "VAL-030"),
        ("profile/age", 14, "VAL-033"),
        ("profile/age", "", "VAL-032"),
        ("profile/sex", "X", "VAL-031"),
        ("profile/sex", "f", "VAL-031"),
        ("profile/items", ["radio", "boat"], "VAL-031"),
        ("profile/items", "radio,phone", "VAL-031"),
        ("profile/home", "here", "VAL-030"),
        ("interview/weight", "0", "VAL-033"),
        ("interview/weight", "NaN", "VAL-033"),
        ("interview/weight", "1,5", "VAL-030"),
    ],
)
def test_ju1_ju2_ju3_one_wrong_answer_is_one_reason(form: Any, path: str, value: Any, code: str) -> None:
    assert judge(form.compiled, form.changed(path, value)) == [(code, path, [])]


def test_ju1_several_blanks_between_choices_are_one(form: Any) -> None:
    assert judge(form.compiled, form.changed("profile/items", "radio   phone phone")) == []


def test_ju1_lists_that_are_not_in_the_form_are_not_checked(form: Any) -> None:
    survey = compiled(form, form.field("a", T.SELECT_ONE, choices="villages", external=True))
    assert judge(survey, {"a": "anything"}) == []


def test_ju1_a_filtered_list_is_checked_as_a_whole(form: Any) -> None:
    survey = compiled(form, form.field("a", T.SELECT_ONE, choices="sex", choices_filtered=True))
    assert judge(survey, {"a": "F"}) == []
    assert judge(survey, {"a": "Z"}) == [("VAL-031", "a", [])]


ITEMS = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
    "<instance><data/></instance><instance id='places'><root>{}</root></instance></model></h:head>"
    "<h:body>instance('places')</h:body></h:html>"
).format("".join(f"<item><name>{name}</name><of>{of}</of></item>" for name, of in (("x", "1"), ("y", "2"), ("5", "2"))))


def places(form: Any, kind: T, where: str, **more: Any) -> Any:
    itemset = Itemset(nodeset=f"instance('places')/root/item{where}")
    return form.field("a", kind, itemset=itemset, choices_filtered=bool(where), control="select1", **more)


@pytest.mark.parametrize(
    ("kind", "answer", "accepted"),
    [
        (T.SELECT_ONE, "x", True),
        (T.SELECT_ONE, "y", False),
        (T.SELECT_ONE, "z", False),
        (T.SELECT_ONE, "", True),
        (T.SELECT_MULTIPLE, " x ", True),
        (T.SELECT_MULTIPLE, "x y", False),
    ],
)
def test_ju1_choices_are_looked_up_with_their_filter(form: Any, kind: T, answer: str, accepted: bool) -> None:
    survey = compiled(form, form.field("n", T.INT), places(form, kind, "[of = /data/n]"), xform=ITEMS)
    assert judge(survey, {"n": "01", "a": answer}) == ([] if accepted else [("VAL-031", "a", [])])


def test_ju1_rules_see_an_answer_that_is_not_among_its_choices(form: Any) -> None:
    """(34): a list that is looked up is compared when the question is reached, after all rules have run."""
    other = form.field("b", T.INT, relevant="/data/a = 'y'", required="true()")
    survey = compiled(form, places(form, T.SELECT_ONE, "[of = 1]"), other, xform=ITEMS)
    assert judge(survey, {"a": "y", "b": ""}) == [("VAL-031", "a", []), ("VAL-032", "b", [])]
    inline = form.field("a", T.SELECT_ONE, choices="sex")
    assert judge(compiled(form, inline, other), {"a": "y", "b": ""}) == [("VAL-031", "a", [])]


def test_ju1_choices_in_a_repeat_follow_the_own_row(form: Any) -> None:
    fields = [form.field("r/n", T.INT), places(form, T.SELECT_ONE, "[of = current()/../n]")]
    fields[1] = fields[1].model_copy(update={"path": "r/a"})
    survey = compiled(form, *fields, groups=[GroupDefinition(path="r", repeat=True)], xform=ITEMS)
    assert judge(survey, {"r": [{"n": 1, "a": "x"}, {"n": 2, "a": "x"}]}) == [("VAL-031", "r/a", [2])]


def test_ju1_what_the_form_computes_and_does_not_offer_is_emptied(form: Any) -> None:
    def of(calculate: str) -> CompiledSurvey:
        question = places(form, T.SELECT_ONE, "[of = 2]", calculate=calculate, required="true()")
        return compiled(form, question, xform=ITEMS)

    assert judge(of("'y'"), {"a": "y"}) == judge(of("2 + 3"), {"a": "5"}) == []
    assert judge(of("'x'"), {"a": "x"}) == [("VAL-032", "a", [])]


def test_ju1_what_the_form_computes_is_not_checked_against_type_or_rules(form: Any) -> None:
    field = form.field("a", T.INT, asked=False, calculate="'abc'", required="true()", constraint="false()")
    survey = compiled(form, field)
    assert judge(survey, {"a": "abc"}) == []
    assert judge(survey, {"a": ""}) == []


def test_ju3_the_constraint_of_an_empty_answer_is_not_evaluated(form: Any) -> None:
    survey = compiled(form, form.field("a", T.STRING, constraint="false()"))
    assert judge(survey, {"a": "  "}) == []
    assert judge(survey, {"a": "x"}) == [("VAL-033", "a", [])]


def test_ju3_the_reason_names_the_designers_message(form: Any) -> None:
    body = json.dumps({"answers": form.changed("profile/age", 14)})
    judged = form.compiled.judge(form.compiled.read_json(body), RECEIVED_MS)
    assert [found.message for found in judged] == ["/data/profile/age:jr:constraintMsg"]


def test_ju4_a_missing_node_without_relevant_is_not_asked(form: Any) -> None:
    assert judge(form.compiled, form.changed("interview/psu", None)) == []


def test_ju4_a_missing_node_whose_relevant_is_true_is_asked(form: Any) -> None:
    assert judge(form.compiled, form.changed("profile/sex", None)) == [("VAL-032", "profile/sex", [])]


def test_ju4_a_missing_group_without_relevant_is_not_asked(form: Any) -> None:
    survey = compiled(form, form.field("g/a", T.INT, required="true()"), groups=[GroupDefinition(path="g")])
    assert judge(survey, {}) == []
    assert judge(survey, {"g": {"a": None}}) == [("VAL-032", "g/a", [])]


def test_ju4_a_missing_group_whose_relevant_is_true_is_asked_with_all_in_it(form: Any) -> None:
    groups = [GroupDefinition(path="g", relevant="1 = 1"), GroupDefinition(path="g/h")]
    survey = compiled(form, form.field("g/h/a", T.INT, required="true()"), groups=groups)
    assert judge(survey, {}) == [("VAL-032", "g/h/a", [])]
    assert judge(survey, {"g": {}}) == []


def test_ju4_nothing_is_checked_where_it_is_irrelevant_and_it_reads_as_empty(form: Any) -> None:
    fields = [
        form.field("a", T.INT),
        form.field("b", T.INT, relevant="/data/a = 1", required="true()", constraint="false()"),
        form.field("c", T.INT, required="true()", relevant="/data/b = 7"),
    ]
    survey = compiled(form, *fields)
    assert judge(survey, {"a": 2, "b": "no number"}) == []
    assert judge(survey, {"a": 2, "b": 7, "c": None}) == []
    assert judge(survey, {"a": 1, "b": 7, "c": None}) == [("VAL-033", "b", []), ("VAL-032", "c", [])]


def test_ju4_relevance_that_reads_a_later_question(form: Any) -> None:
    fields = [
        form.field("a", T.INT, relevant="/data/b = 1", required="true()"),
        form.field("b", T.INT, relevant="/data/c = 1"),
        form.field("c", T.INT),
    ]
    survey = compiled(form, *fields)
    assert judge(survey, {"a": None, "b": 1, "c": 1}) == [("VAL-032", "a", [])]
    assert judge(survey, {"a": None, "b": 1, "c": 0}) == []


def test_ju4_a_form_whose_relevance_runs_in_a_circle_does_not_hang_or_reject(form: Any) -> None:
    fields = [
        form.field("a", T.INT, relevant="/data/b = 1", required="true()"),
        form.field("b", T.INT, relevant="/data/a = 1", required="true()"),
    ]
    assert judge(compiled(form, *fields), {"a": None, "b": None}) == []


def test_ju5_a_calculate_that_differs_is_a_note(form: Any) -> None:
    assert notes(form.compiled, form.changed("cost/total", "1")) == ["VAL-101 cost/total"]


@pytest.mark.parametrize(
    ("calculate", "sent"),
    [
        ("1 div 3", "0.3333333333333333"),
        ("2 + 2", "4.0"),
        ("1 = 1", "1"),
        ("number('x')", ""),
        ("today()", "1999-01-01"),
    ],
)
def test_ju5_two_ways_to_write_one_result_are_no_note(form: Any, calculate: str, sent: str) -> None:
    survey = compiled(form, form.field("a", T.STRING, asked=False, calculate=calculate))
    assert notes(survey, {"a": sent}) == []


def test_ju6_the_present_is_the_submissions_own_end(form: Any) -> None:
    fields = [form.field("end", T.DATETIME, asked=False), form.field("a", T.DATE, constraint=". <= today()")]
    survey = compiled(form, *fields)
    old = {"end": "2020-05-05T10:00:00.000Z"}
    assert judge(survey, {**old, "a": "2020-05-05"}) == []
    assert judge(survey, {**old, "a": "2020-05-06"}) == [("VAL-033", "a", [])]


def test_ju6_the_end_is_found_by_its_preload_whatever_its_name(form: Any) -> None:
    end = form.field("finished", T.DATETIME, asked=False, preload="timestamp:end")
    survey = compiled(form, end, form.field("a", T.DATE, constraint=". <= today()"))
    assert judge(survey, {"finished": "2020-05-05T10:00:00Z", "a": "2020-05-06"}) == [("VAL-033", "a", [])]


def test_ju6_without_a_time_of_its_own_a_rule_about_the_present_never_rejects(form: Any) -> None:
    survey = compiled(form, form.field("a", T.DATE, constraint=". > today()", required="today() > 0"))
    assert judge(survey, {"a": "1990-01-01"}) == []
    assert judge(survey, {"a": ""}) == []


def test_ju7_a_rule_over_a_file_that_is_not_here_is_not_enforced_and_is_named(form: Any) -> None:
    text = "instance('villages')/root/item[name = 'x']/size > 3"
    fields = [
        form.field("a", T.INT, constraint=text, required=text),
        form.field("b", T.INT, relevant=text, required="true()", constraint="false()"),
    ]
    survey = compiled(form, *fields)
    assert judge(survey, {"a": 1, "b": None}) == judge(survey, {"a": None, "b": 1}) == []
    assert sorted(set(survey.judge.unsupported)) == ["a", "b"]


def test_ju8_all_reasons_are_given_with_their_rows(form: Any) -> None:
    answers = form.changed("profile/sex", "X")
    answers["member"] = [{"sex": "M", "age": 40}, {"sex": "", "age": 4}, {"sex": "Q", "age": "x"}]
    found = judge(form.compiled, answers)
    assert found == [
        ("VAL-031", "profile/sex", []),
        ("VAL-032", "member/sex", [2]),
        ("VAL-030", "member/age", [3]),
    ]


def test_ju8_rows_of_nested_repeats_are_numbered_from_outside(form: Any) -> None:
    groups = [GroupDefinition(path="r", repeat=True), GroupDefinition(path="r/s", repeat=True)]
    survey = compiled(form, form.field("r/s/a", T.INT), groups=groups)
    assert judge(survey, {"r": [{}, {"s": [{"a": 1}, {"a": 2}, {"a": "x"}]}]}) == [("VAL-030", "r/s/a", [2, 3])]


def test_a_path_in_a_repeat_means_the_own_row_and_outside_all_rows(form: Any) -> None:
    fields = [
        form.field("n", T.INT, constraint=". = count(/data/r)"),
        form.field("r/a", T.INT),
        form.field("r/b", T.INT, constraint=". > /data/r/a"),
    ]
    survey = compiled(form, *fields, groups=[GroupDefinition(path="r", repeat=True)])
    assert survey.judge.unsupported == []
    assert judge(survey, {"n": 2, "r": [{"a": 1, "b": 2}, {"a": 5, "b": 6}]}) == []
    assert judge(survey, {"n": 3, "r": [{"a": 1, "b": 2}, {"a": 5, "b": 4}]}) == [
        ("VAL-033", "n", []),
        ("VAL-033", "r/b", [2]),
    ]


ANSWER = st.sampled_from(["", " ", "yes", "no", "F", "M", "X", "0", "7", "14", "31", "1.5", "1e3", "radio car", "é"])
PATHS = [
    "interview/consent",
    "interview/psu",
    "interview/weight",
    "profile/sex",
    "profile/age",
    "profile/items",
    "cost/paid",
    "cost/agency",
    "cost/total",
]


@given(st.dictionaries(st.sampled_from(PATHS), ANSWER | st.none(), max_size=5), st.lists(ANSWER, max_size=3))
@settings(max_examples=150)
def test_ju9_xml_and_json_are_judged_alike(form: Any, changes: dict[str, str | None], ages: list[str]) -> None:
    answers = form.good()
    for path, value in changes.items():
        group, name = path.split("/")
        if value is None:
            answers[group].pop(name)
        else:
            answers[group][name] = value
    answers["member"] = [{"sex": "M", "age": age} for age in ages]
    survey = form.compiled
    from_xml = survey.judge(survey.read_xml(form.to_xml(answers)), RECEIVED_MS)
    from_json = survey.judge(survey.read_json(json.dumps({"answers": answers})), RECEIVED_MS)
    if isinstance(from_xml, Accepted):
        assert isinstance(from_json, Accepted)
        assert from_xml.notes == from_json.notes
    else:
        assert from_xml == from_json


EVERY_TYPE = [kind for kind in T if kind is not T.RANK]
TEXTS = ["", "a", "a c", "d", "5", "05", "-1.5", "2024-06-15", "2024-06-15T10:00:00.000+03:00", "2024-06-15T", "10:30"]
NESTED = [GroupDefinition(path="r", repeat=True), GroupDefinition(path="r/s", repeat=True)]


@pytest.fixture(scope="module")
def every_type(form: Any) -> CompiledSurvey:
    fields = [
        form.field(f"{home}{kind.name}", kind, choices="item", required="position(..) > 1", constraint=". != 5")
        for home in ("", "r/", "r/s/")
        for kind in EVERY_TYPE
    ]
    total = form.field("total", T.STRING, asked=False, calculate="concat(sum(/data/r/INT), count(/data/r/s/STRING))")
    return compiled(form, *fields, total, groups=NESTED)


ANSWERS = st.dictionaries(
    st.sampled_from([kind.name for kind in EVERY_TYPE]), st.sampled_from([*TEXTS, "1 2", " x ", "é\u00a0"])
)
INNER = st.lists(ANSWERS, max_size=2)


@given(top=ANSWERS, rows=st.lists(st.tuples(ANSWERS, INNER), max_size=3))
def test_ju9_whatever_the_types_and_rows(every_type: CompiledSurvey, top: Any, rows: Any) -> None:
    def tags(answers: dict[str, str]) -> str:
        return "".join(f"<{name}>{text}</{name}>" for name, text in answers.items())

    inner = ["".join(f"<s>{tags(one)}</s>" for one in below) for _, below in rows]
    xml = "".join(f"<r>{tags(own)}{below}</r>" for (own, _), below in zip(rows, inner, strict=True))
    answers = {**top, "total": "", "r": [{**own, "s": below} for own, below in rows]}
    from_xml = every_type.read_xml(f"<data>{tags(top)}<total/>{xml}</data>")
    from_json = every_type.read_json(json.dumps({"answers": answers}))
    one, other = (every_type.judge.examine(each, RECEIVED_MS) for each in (from_xml, from_json))
    assert one == other
    assert from_xml.root.computed == from_json.root.computed
