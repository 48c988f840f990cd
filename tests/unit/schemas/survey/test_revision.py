"""A judging revision. R1 rules are taken from the file, and nothing else. R2 whatever else differs is refused, with its
place. R3 without a change there is nothing to do. R4 what phones have stays, also the form's text."""

from pathlib import Path
from typing import Any

import pytest

from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from schemas.survey.revision import Revision, revise

COLUMNS = (
    "| | type | name | label | constraint | constraint_message | required | relevant | choice_filter | calculation "
    "| repeat_count | bind::rihla:privacy | bind::rihla:concept | bind::rihla:role |"
)
FORM = f"""
| survey |
{COLUMNS}
"""
FORM += """| | select_one yn | consent | Consent? | | | {required} | | | | | keep | | {role} |
| | integer | age | {label} | {constraint} | {message} | | | | | | {privacy} | {concept} | |
| | select_one area | area | Area? | | | | {relevant} | {filter} | | | keep | | |
| | calculate | double | | | | | | | {calculation} | | drop | | |
| | begin repeat | {repeat} | Member | | | | | | | {count} | | | |
| | {type} | name | Name | | | | | | | | drop | | |
| | end repeat | | | | | | | | | | | | |
{more}
| choices |
| | list_name | name | label | place |
| | yn | yes | Yes | |
| | yn | no | No | |
| | area | u | {choice} | {place} |
| | area | {code} | Rural | b |
| indicators |
| | name | label | kind | numerator |
| | mean_age | Mean age | mean | {numerator} |
| tables |
| | name | dimensions | indicators | threshold |
| | by_area | area | mean_age | {threshold} |
| settings |
| | form_id | version | namespaces |
| | t | 1 | rihla="https://rihla.example/xforms" |
"""
AS_IT_IS = {
    "required": "yes",
    "role": "consent",
    "label": "Age?",
    "constraint": ". < 120",
    "message": "Too old",
    "privacy": "round:5",
    "concept": "AGE",
    "relevant": "${age} > 17",
    "filter": "place = 'a' or ${age} > 20",
    "calculation": "${age} * 2",
    "repeat": "member",
    "count": "2",
    "type": "text",
    "more": "",
    "choice": "Urban",
    "place": "a",
    "code": "r",
    "numerator": "${age}",
    "threshold": "10",
}
RULES = {
    "constraint": (". < 130", "age: constraint was . < 120 and is . < 130"),
    "message": ("Older than anyone", "age: its message changed"),
    "required": ("no", "consent: required was true() and is empty"),
    "relevant": ("${age} > 15", "area: relevant was"),
    "filter": ("${age} > 20", "area: choices were"),
    "calculation": ("${age} * 3", "double: calculate was"),
    "count": ("3", "member"),
}
REST = {
    "role": ("", "question consent: role was consent and is none"),
    "privacy": ("keep", "question age: privacy was round:5 and is keep"),
    "concept": ("", "question age: concept was AGE and is none"),
    "type": ("integer", "question member/name: type was string and is int"),
    "repeat": ("person", "group member: is not in this file"),
    "code": ("rural", "question area: its choices are others (without r; with rural)"),
    "place": ("c", "choices area: a column of the list is another"),
    "more": ("| | integer | new | New? |", "question new: is new in this file"),
    "numerator": ("${age} * 2", "indicator mean_age: numerator was"),
    "threshold": ("3", "table by_area: threshold was 10 and is 3"),
}


def compiled(folder: Path, **changes: str) -> SurveyDefinition:
    file = folder / "form.md"
    file.write_text(FORM.format(**AS_IT_IS | changes))
    found = compile_survey(file)
    assert found.publishable is not None, found.findings
    return found.publishable


@pytest.fixture
def published(tmp_path: Path) -> SurveyDefinition:
    return compiled(tmp_path)


def parts(definition: SurveyDefinition) -> dict[str, Any]:
    return definition.model_dump(exclude={"revision", "fields", "groups", "on_load"})


@pytest.mark.parametrize("name", RULES)
def test_r1_rules_are_mended(published: SurveyDefinition, tmp_path: Path, name: str) -> None:
    text, change = RULES[name]
    file = compiled(tmp_path, **{name: text})
    revision = revise(published, file)
    assert revision.refusals == []
    assert revision.definition is not None and revision.definition.revision == 1
    assert any(change in each for each in revision.changes), revision.changes
    assert revision.definition.xform == published.xform != file.xform
    assert parts(revision.definition) == parts(published)
    # Judged as the file says: nothing is left to revise, and the first file takes it back as another revision.
    assert revise(revision.definition, file) == Revision(None)
    back = revise(revision.definition, published).definition
    assert back is not None and back == published.model_copy(update={"revision": 2})


@pytest.mark.parametrize("name", REST)
def test_r2_the_rest_is_refused(published: SurveyDefinition, tmp_path: Path, name: str) -> None:
    text, place = REST[name]
    revision = revise(published, compiled(tmp_path, constraint=". < 130", **{name: text}))
    assert revision.definition is None
    assert any(place in each.message for each in revision.refusals), revision.refusals
    assert {each.code for each in revision.refusals} == {"SUR-160"}


def test_r2_every_difference_is_named(published: SurveyDefinition, tmp_path: Path) -> None:
    names = ("role", "privacy", "concept", "type", "numerator", "threshold")
    revision = revise(published, compiled(tmp_path, **{name: REST[name][0] for name in names}))
    messages = [each.message for each in revision.refusals]
    assert all(any(REST[name][1] in message for message in messages) for name in names)


def test_r2_another_version_is_a_mistake_of_the_caller(published: SurveyDefinition) -> None:
    with pytest.raises(ValueError, match="t@2 is not a revision of t@1"):
        revise(published, published.model_copy(update={"version": "2"}))


def test_r3_nothing_to_do(published: SurveyDefinition, tmp_path: Path) -> None:
    assert revise(published, published) == Revision(None)
    assert revise(published, compiled(tmp_path, constraint=".<120")) == Revision(None)


def test_r4_texts_are_those_that_phones_have(published: SurveyDefinition, tmp_path: Path) -> None:
    file = compiled(tmp_path, label="Your age?", choice="Town", constraint=". < 130")
    revision = revise(published, file)
    assert revision.definition is not None and len(revision.changes) == 1
    [before, after] = [definition.field("age") for definition in (published, revision.definition)]
    assert before is not None and after is not None
    assert (after.labels, after.constraint) == (before.labels, ". < 130")
    assert revision.definition.xform_hash == published.xform_hash
