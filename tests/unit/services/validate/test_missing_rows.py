"""Rows that a phone makes while it validates (JavaRosa 5.1, measured, 113 to 117). MR1 a required question in a missing
row refuses. MR2 more rows than the form wants stay. MR3 what tells the number. MR4 a million is no million rows. MR5
rows of a missing group that is relevant. MR6 they never leave."""

import json
from typing import Any

import pytest

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition
from services.validate.compiled import CompiledSurvey
from services.validate.counts import MAX_MADE
from services.validate.judge import Accepted
from services.validate.pseudonym import SurveySecrets

COUNTED = GroupDefinition(path="r", repeat=True, count="/data/k")


def xform(instance: str) -> str:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        f'xmlns:jr="http://openrosa.org/javarosa"><h:head><model><instance><data>{instance}</data></instance></model>'
        "</h:head><h:body/></h:html>"
    )


def reasons(survey: CompiledSurvey, answers: dict[str, Any]) -> list[tuple[str, str | None, list[int]]]:
    instance = survey.read_json(json.dumps({"answers": answers}))
    before = sum(len(rows) for rows in instance.root.repeats.values())
    found = survey.judge.examine(instance, 0).reasons
    assert sum(len(rows) for rows in instance.root.repeats.values()) == before
    return [(reason.code, reason.path, reason.rows) for reason in found]


def compiled(form: Any, *fields: Any, groups: Any = (COUNTED,), **more: Any) -> CompiledSurvey:
    return CompiledSurvey(form.survey([form.field("k", T.INT), *fields], list(groups), **more))


def test_mr1_a_required_question_in_each_missing_row_refuses(form: Any) -> None:
    survey = compiled(form, form.field("r/n", T.INT, required="true()"), form.field("r/m", T.INT))
    assert reasons(survey, {"k": 3, "r": [{"n": 1}]}) == [("VAL-032", "r/n", [2]), ("VAL-032", "r/n", [3])]
    assert reasons(survey, {"k": 1, "r": [{"n": 1}]}) == []


def test_mr1_a_missing_row_without_a_required_question_does_not(form: Any) -> None:
    survey = compiled(form, form.field("r/n", T.INT), form.field("r/d", T.INT, required="true()", default="9"))
    assert reasons(survey, {"k": 3}) == []


def test_mr1_a_default_that_cannot_be_read_is_none(form: Any) -> None:
    survey = compiled(form, form.field("r/d", T.DATE, required="true()", default="soon"))
    assert reasons(survey, {"k": 1}) == [("VAL-032", "r/d", [1])]


def test_mr1_the_rules_of_the_row_decide_and_those_that_count_rows_see_it(form: Any) -> None:
    survey = compiled(
        form,
        form.field("r/n", T.INT, required="position(..) > 2"),
        form.field("rows", T.INT, asked=False, calculate="count(/data/r)"),
        form.field("last", T.INT, required="/data/rows > 3"),
    )
    assert reasons(survey, {"k": 2, "rows": "", "last": ""}) == []
    assert reasons(survey, {"k": 3, "rows": "", "last": ""}) == [("VAL-032", "r/n", [3])]
    assert reasons(survey, {"k": 4, "rows": "", "last": ""})[0] == ("VAL-032", "last", [])


def test_mr1_an_irrelevant_repeat_misses_no_row(form: Any) -> None:
    counted = GroupDefinition(path="r", repeat=True, count="/data/k", relevant="/data/k > 5")
    survey = compiled(form, form.field("r/n", T.INT, required="true()"), groups=[counted])
    assert reasons(survey, {"k": 3}) == []
    assert len(reasons(survey, {"k": 6})) == 6


def test_mr1_nested_repeats_count_for_themselves(form: Any) -> None:
    groups = [COUNTED, GroupDefinition(path="r/s", repeat=True, count="/data/r/j")]
    fields = [form.field("r/j", T.INT), form.field("r/s/n", T.INT, required="true()")]
    survey = compiled(form, *fields, groups=groups)
    sent = {"k": 1, "r": [{"j": 2, "s": [{"n": 1}]}]}
    assert reasons(survey, sent) == [("VAL-032", "r/s/n", [1, 2])]


def test_mr2_more_rows_than_the_form_wants_are_checked_as_the_others(form: Any) -> None:
    survey = compiled(form, form.field("r/n", T.INT, required="true()"))
    assert reasons(survey, {"k": 1, "r": [{"n": 1}, {"n": ""}]}) == [("VAL-032", "r/n", [2])]


@pytest.mark.parametrize(
    ("count", "rows"), [("-1", 0), ("", 0), ("1.9", 1), ("1e0", 1), ("x", 0), ("0.5", 0), ("NaN", 0)]
)
def test_mr3_a_text_counts_as_java_reads_it(form: Any, count: str, rows: int) -> None:
    fields = [form.field("k", T.STRING), form.field("r/n", T.INT, required="true()")]
    survey = CompiledSurvey(form.survey(fields, [COUNTED]))
    assert len(reasons(survey, {"k": count})) == rows


def test_mr3_the_number_counts_although_it_is_irrelevant(form: Any) -> None:
    fields = [form.field("k", T.INT, relevant="1 = 2"), form.field("r/n", T.INT, required="true()")]
    survey = CompiledSurvey(form.survey(fields, [COUNTED]))
    assert len(reasons(survey, {"k": 2})) == 2


def test_mr4_a_million_rows_are_not_made(form: Any) -> None:
    survey = compiled(form, form.field("r/n", T.INT, required="true()"))
    assert len(reasons(survey, {"k": 1_000_000})) == MAX_MADE
    growing = GroupDefinition(path="r", repeat=True, count="/data/c")
    fields = [form.field("c", T.INT, asked=False, calculate="count(/data/r) + 1"), form.field("r/n", T.INT)]
    assert reasons(compiled(form, *fields, groups=[growing]), {"c": 1}) == []


def test_mr4_the_bound_is_for_all_repeats_together(form: Any) -> None:
    groups = [COUNTED, GroupDefinition(path="r/s", repeat=True, count="/data/r/j")]
    fields = [form.field("r/j", T.INT), form.field("r/s/n", T.INT, required="true()")]
    sent = {"k": 3, "r": [{"j": 101}, {"j": 1}, {"j": 17}]}
    assert len(reasons(compiled(form, *fields, groups=groups), sent)) == MAX_MADE


def test_mr5_a_missing_group_that_is_relevant_holds_the_rows_of_the_blank_form(form: Any) -> None:
    groups = [GroupDefinition(path="g", relevant="1 = 1"), GroupDefinition(path="g/r", repeat=True)]
    field = form.field("g/r/n", T.INT, required="true()")
    template = '<g><r jr:template=""><n/></r>{}</g>'
    starts = compiled(form, field, groups=groups, xform=xform(template.format("<r><n/></r>")))
    assert reasons(starts, {}) == [("VAL-032", "g/r/n", [1])]
    assert reasons(starts, {"g": {}}) == []
    assert reasons(compiled(form, field, groups=groups, xform=xform(template.format(""))), {}) == []


def test_mr6_a_row_that_was_made_does_not_leave(form: Any, secrets: SurveySecrets) -> None:
    survey = compiled(form, form.field("r/n", T.INT, "keep"))
    judged = survey.judge(survey.read_json(json.dumps({"answers": {"k": 3, "r": [{"n": 1}]}})), 0)
    assert isinstance(judged, Accepted)
    assert survey.anonymiser(judged.instance.root, secrets).rows == {"r": [{"r/n": 1}]}
