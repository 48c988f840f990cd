"""What carries something that must not leave: AN7 calculates. AN8 choices."""

import json
from typing import Any

import pytest

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, Itemset, SetValue
from services.validate.compiled import CompiledSurvey
from services.validate.judge import Accepted
from services.validate.pseudonym import SurveySecrets
from tests.unit.services.validate.leaving import CANARY, leave


@pytest.mark.parametrize(
    ("calculate", "gives"),
    [
        ("concat(/data/code, '-', /data/n)", "F-7"),
        ("/data/n + 1", "8"),
        ("'name'", "name"),
        ("concat(/data/name, 'x')", None),
        ("string(/data/born)", None),
        ("/data/hidden", None),
        ("concat(../name, '')", None),
        ("pulldata('people', 'name', 'id', /data/n)", None),
        ("instance('people')/root/item[id = /data/n]/label", None),
        ("once(/data/name)", None),
        ("concat(/data/*, '')", None),
    ],
)
def test_an7_a_calculate_of_what_must_not_leave_is_dropped(
    form: Any, secrets: SurveySecrets, calculate: str, gives: str | None
) -> None:
    fields = [
        form.field("name", T.STRING),
        form.field("born", T.DATE),
        form.field("n", T.INT, "keep"),
        form.field("code", T.SELECT_ONE, "keep", choices="sex"),
        form.field("hidden", T.STRING, asked=False, calculate="concat(/data/name, '')"),
        form.field("a", T.STRING, "keep", asked=False, calculate=calculate),
    ]
    survey, others = CompiledSurvey(form.survey(fields)), {"n": "7", "code": "F"}
    kept = {"n": 7, "code": "F"}
    assert leave(survey, secrets, {**others, "a": gives or CANARY}).answers == kept | ({"a": gives} if gives else {})
    # A script can send anything in the place of what the form computes.
    assert leave(survey, secrets, {**others, "a": CANARY}).answers == kept | ({"a": "_U"} if gives else {})


@pytest.mark.parametrize(
    ("calculate", "sent"),
    [
        ("concat(/data/n, today())", "7"),
        ("random() + /data/n", "7"),
        ("once('7')", "7"),
        ("once(/data/n)", "7"),
        ("/data/made_up", "7"),
        ("concat(/data/made_up, '')", "7"),
        ("'2026-05-04'", "2026-05-04 Canary"),
        ("'2026-05-04'", "2026-05-04TCanary"),
    ],
)
def test_an7_a_calculate_that_is_not_confirmed_is_unknown(
    form: Any, secrets: SurveySecrets, calculate: str, sent: str
) -> None:
    fields = [
        form.field("n", T.INT, "keep"),
        form.field("made_up", T.STRING, asked=False, calculate="once('1')"),
        form.field("a", T.STRING, "keep", asked=False, calculate=calculate),
    ]
    answers = {"n": "7", "made_up": sent, "a": sent}
    assert leave(CompiledSurvey(form.survey(fields)), secrets, answers).answers == {"n": 7, "a": "_U"}


def test_an7_nothing_leaves_of_a_form_with_a_function_that_nobody_has(form: Any) -> None:
    fields = [form.field("n", T.INT), form.field("a", T.STRING, "keep", asked=False, calculate="nonsense(/data/n)")]
    survey = CompiledSurvey(form.survey(fields))
    judged = survey.judge(survey.read_json(json.dumps({"answers": {"n": "7", "a": CANARY}})), 0)
    assert not isinstance(judged, Accepted)
    assert [found.code for found in judged] == ["VAL-034"]


def test_an7_the_text_of_a_calculate_that_leaves_is_ours(form: Any, secrets: SurveySecrets) -> None:
    """1.50 and 1.5 are the same, and so are 2026-05-04 and that day's midnight; what was sent could say more than one
    of them."""
    calculate = form.field("a", T.STRING, "keep", asked=False, calculate="/data/n * 0.5")
    survey = CompiledSurvey(form.survey([form.field("n", T.INT, "keep"), calculate]))
    assert leave(survey, secrets, {"n": "3", "a": "1.50000000000"}).answers == {"n": 3, "a": "1.5"}


OF_NAMES = Itemset(nodeset="/data/person[./name != '']", value="name", label="name")


@pytest.mark.parametrize("type_", [T.SELECT_ONE, T.SELECT_MULTIPLE, T.RANK])
@pytest.mark.parametrize("privacy", ["keep", "prefix:40", "region:3", "round:1"])
def test_an8_a_choice_among_the_names_of_a_repeat_is_a_name(
    form: Any, secrets: SurveySecrets, type_: T, privacy: str
) -> None:
    fields = [
        form.field("person/name", T.STRING),
        form.field("head", type_, privacy, itemset=OF_NAMES),
        form.field("copied", T.STRING, "keep", calculate="concat(/data/head)"),
    ]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="person", repeat=True)]))
    left = leave(survey, secrets, {"person": [{"name": CANARY}], "head": CANARY, "copied": CANARY})
    assert CANARY not in repr(left)


def test_an8_a_choice_among_the_numbers_of_a_repeat_leaves(form: Any, secrets: SurveySecrets) -> None:
    fields = [
        form.field("person/line", T.INT, "keep"),
        form.field("head", T.SELECT_ONE, "keep", itemset=Itemset(nodeset="/data/person", value="line", label="line")),
    ]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="person", repeat=True)]))
    left = leave(survey, secrets, {"person": [{"line": 1}, {"line": 2}], "head": "2"})
    assert left.answers["head"] == "2"


XFORM = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"><h:head><model>
<instance><data id="household"><head/></data></instance><instance id="{}" src="jr://{}"/></model></h:head></h:html>"""


@pytest.mark.parametrize(
    ("name", "source", "leaves"),
    [("before", "instance/last-saved", None), ("before", "file-csv/before.csv", CANARY)],
)
def test_an8_a_choice_among_the_answers_given_last_on_the_phone_is_dropped(
    form: Any, secrets: SurveySecrets, name: str, source: str, leaves: str | None
) -> None:
    itemset = Itemset(nodeset=f"instance('{name}')/data/person", value="name", label="name")
    head = form.field("head", T.SELECT_ONE, "keep", itemset=itemset)
    survey = CompiledSurvey(form.survey([head], xform=XFORM.format(name, source)))
    assert leave(survey, secrets, {"head": CANARY}).answers.get("head") == leaves


@pytest.mark.parametrize("type_", [T.SELECT_ONE, T.SELECT_MULTIPLE])
@pytest.mark.parametrize("privacy", ["keep", "prefix:40", "region:3"])
def test_an8_a_calculated_choice_is_a_calculated_text(
    form: Any, secrets: SurveySecrets, type_: T, privacy: str
) -> None:
    fields = [
        form.field("name", T.STRING),
        form.field("age", T.INT),
        form.field("of_name", type_, privacy, choices="sex", calculate="/data/name"),
        form.field("of_age", type_, privacy, choices="sex", calculate="if(/data/age > 17, 'M', 'F')"),
    ]
    answers = {"name": CANARY, "age": 20, "of_name": CANARY, "of_age": CANARY}
    left = leave(CompiledSurvey(form.survey(fields)), secrets, answers)
    assert CANARY not in repr(left), "not what the form computes"
    left = leave(CompiledSurvey(form.survey(fields)), secrets, {**answers, "of_age": "M"})
    assert left.answers in ({"of_age": "M"}, {"of_age": ["M"]}, {}), "region is for one choice"
    assert CANARY not in repr(left)


def test_an8_the_region_of_a_text_that_holds_a_name_is_dropped(form: Any, secrets: SurveySecrets) -> None:
    fields = [form.field("name", T.STRING), form.field("area", T.STRING, "region:3", calculate="concat(/data/name)")]
    assert leave(CompiledSurvey(form.survey(fields)), secrets, {"name": CANARY, "area": CANARY}).answers == {}


def test_an8_a_choice_that_an_action_writes_is_not_checked_and_so_a_code_at_most(
    form: Any, secrets: SurveySecrets
) -> None:
    fields = [form.field("name", T.STRING), form.field("a", T.SELECT_ONE, "keep", choices="sex")]
    of_name = form.survey(fields, on_load=[SetValue(path="a", value="/data/name")])
    assert leave(CompiledSurvey(of_name), secrets, {"name": CANARY, "a": CANARY}).answers == {}
    constant = form.survey(fields, on_load=[SetValue(path="a", value="'M'")])
    assert leave(CompiledSurvey(constant), secrets, {"name": CANARY, "a": "a b"}).answers == {"a": "_U"}
