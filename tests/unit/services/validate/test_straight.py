"""SG1 a submission is judged the same whether the rules of its form are written out as functions or run one by one: its
reasons, its notes, and what is known of each row. SG2 a sound row is called clean, so that the checks are spared. SG3
nothing that a form's author wrote is code: the functions hold names and constants of this package alone."""

import re
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.definition import FieldType as T
from services.validate.compiled import CompiledSurvey
from services.validate.judge import Judge
from services.validate.row import Row

RECEIVED_MS = 1_760_000_000_000
TEXTS = ["", "yes", "no", "0", "-1", "7", "1e9", "99", "abc", "M", "F", "NPL", "radio phone", "0 0 0 0", "2024-02-30"]
TEXTS += ["2026-03-01T09:30:00.000+05:45", "2026-03-01T09:30", "x" * 1_500]


def paths_of(answers: dict[str, Any], before: str = "") -> list[str]:
    found = []
    for name, value in answers.items():
        found += paths_of(value, f"{before}{name}/") if isinstance(value, dict) else [f"{before}{name}"]
    return found


def known(row: Row) -> list[object]:
    return [
        *(row.answers, row.absent, row.relevant, row.computed, row.results, row.off, row.on),
        *(row.confirmed, row.unread, row.outside, row.blank, row.made),
        {repeat: [known(each) for each in rows] for repeat, rows in row.repeats.items()},
    ]


@pytest.fixture(scope="module")
def plodding(form: Any) -> Judge:
    return Judge(form.definition, plodding=True)


@given(st.data())
def test_sg1_written_out_or_one_by_one_is_the_same(form: Any, plodding: Judge, data: st.DataObject) -> None:
    answers = form.good()
    paths = [path for path in paths_of(answers) if path != "member"]
    row = st.fixed_dictionaries({}, optional=dict.fromkeys(["sex", "age", "note"], st.sampled_from(TEXTS)))
    answers["member"] = data.draw(st.lists(row, max_size=3))
    for path, text in data.draw(st.dictionaries(st.sampled_from(paths), st.none() | st.sampled_from(TEXTS))).items():
        *above, name = path.split("/")
        inside = answers[above[0]] if above else answers
        inside.pop(name)
        if text is not None:
            inside[name] = text
    found = []
    for judge in (form.compiled.judge, plodding):
        instance = form.compiled.read_xml(form.to_xml(answers))
        examined = judge.examine(instance, RECEIVED_MS)
        found.append((examined.reasons, examined.notes, known(instance.root)))
    assert found[0] == found[1]


def test_sg2_a_sound_row_is_clean(form: Any) -> None:
    judge = form.compiled.judge
    instance = form.compiled.read_xml(form.to_xml(form.good()))
    assert judge.examine(instance, RECEIVED_MS).accepted
    checks = judge._plan.program(2).checks
    assert checks[""].clean(instance.root)
    assert all(checks["member"].clean(each) for each in instance.root.repeats["member"])
    instance.root.answers.pop("profile/sex")
    assert not checks[""].clean(instance.root)


HOSTILE = "'+__import__('os').system('x')+'"
OURS = {
    "answers",
    "append",
    "blank",
    "class",
    "confirmed",
    "computed",
    "difference",
    "float",
    "get",
    "isdisjoint",
    "len",
}
OURS |= {"off", "on", "outside", "pop", "relevant", "repeats", "results", "str", "strip", "unread", "update", "values"}
OURS |= {"__class__", "absent"}


def test_sg3_nothing_of_a_form_is_code(form: Any) -> None:
    quoted = f'"{HOSTILE}"'
    fields = [
        form.field("a", T.STRING, required="true()", constraint=f". != {quoted}", message=HOSTILE),
        form.field("x1", T.STRING, calculate=f"concat(/data/a, {quoted})", asked=False),
        form.field("import", T.STRING, relevant=f"/data/a = {quoted} or /data/x1 != {quoted}"),
        form.field("b", T.SELECT_ONE, "keep", choices="sex", relevant=f"selected({quoted}, /data/a)"),
    ]
    survey = CompiledSurvey(form.survey(fields))
    body = f"<data><a>m</a><x1>m{HOSTILE}</x1><import>1</import></data>"
    instance = survey.read_xml(body)
    assert survey.judge.examine(instance, RECEIVED_MS).accepted
    assert instance.root.computed == {"x1": f"m{HOSTILE}"}
    program = next(each for each in survey.judge._programs.values() if each.straight is not None)
    for each in (program.straight, program.checks[""].clean, survey.anonymiser._leave[""]):
        assert isinstance(each, FunctionType)
        code = each.__code__
        assert {name for name in code.co_names if not re.fullmatch(r"x[0-9]+", name)} <= OURS
        assert {text for text in code.co_consts if isinstance(text, str)} <= {"", " "}
