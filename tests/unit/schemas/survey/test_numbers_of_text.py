"""NT1 a number that the form reads out of free text is found. NT2 what a text only decides is not one. NT3 the designer
is told. NT4 also of what is made of a number of which nothing may leave, or only a part."""

from typing import Any

import pytest

from schemas.survey.check_fields import check_fields
from schemas.survey.definition import FieldDefinition, FieldType, Privacy, PrivacyKind, Role, SurveyDefinition
from schemas.survey.numbers_of_text import numbers_of_text
from schemas.survey.withheld import made_of_less, made_of_withheld

KEEP, ROUND, BAND = (
    Privacy(kind=kind, argument=text)
    for kind, text in ((PrivacyKind.KEEP, ""), (PrivacyKind.ROUND, "10"), (PrivacyKind.BAND, "10,20"))
)


def form(calculate: str, privacy: Privacy = KEEP, middle: str = "1", **phone: Any) -> SurveyDefinition:
    def field(path: str, type_: FieldType, **more: Any) -> FieldDefinition:
        return FieldDefinition(path=path, type=type_, **more)

    return SurveyDefinition(
        survey="s",
        version="1",
        title="S",
        root="data",
        xform="",
        fields=[
            field("phone", FieldType.STRING, **phone),
            field("code", FieldType.BARCODE),
            field("age", FieldType.INT, privacy=KEEP),
            field("sex", FieldType.SELECT_ONE),
            field("middle", FieldType.STRING, calculate=middle, asked=False),
            field("number", FieldType.INT, calculate=calculate, asked=False, privacy=privacy),
        ],
    )


@pytest.mark.parametrize(
    "calculate",
    [
        "number(/data/phone)",
        "../phone",
        "/data/phone + 0",
        "-(/data/code)",
        "int(substr(current()/../phone, 3, 9))",
        "if(/data/age > 3, /data/phone, 0)",
        "coalesce(/data/age, /data/phone)",
        "round(number(concat('0', /data/phone)) div 10, 0)",
        "once(/data/phone[. > 1])",
    ],
)
def test_nt1_a_number_out_of_free_text(calculate: str) -> None:
    assert numbers_of_text(form(calculate)) == {"number"}


def test_nt1_also_by_way_of_another_calculate() -> None:
    assert numbers_of_text(form("/data/middle * 1", middle="substr(/data/phone, 1)")) == {"number"}


@pytest.mark.parametrize(
    "calculate",
    [
        "/data/age * 12",
        "string-length(/data/phone)",
        "if(/data/phone = '', 0, 1)",
        "/data/phone = /data/code",
        "if(regex(/data/phone, '[0-9]+'), /data/age, 3)",
        "count(/data/phone)",
        "number(/data/sex)",
        "number(pulldata('prices', 'price', 'code', /data/code))",
        "count(instance('list')/root/item[name = /data/phone])",
    ],
)
def test_nt2_what_a_text_only_decides(calculate: str) -> None:
    assert numbers_of_text(form(calculate)) == frozenset()


def test_nt2_a_text_that_leaves_as_a_code() -> None:
    assert numbers_of_text(form("number(/data/phone)", role=Role.STRATUM)) == frozenset()


@pytest.mark.parametrize(("privacy", "is_told"), [(KEEP, True), (ROUND, True), (BAND, False)])
def test_nt3_the_designer_is_told(privacy: Privacy, is_told: bool) -> None:
    found = [each for each in check_fields(form("number(/data/phone)", privacy), ()) if each.code == "SUR-079"]
    assert [each.at.of for each in found if each.at] == (["number"] if is_told else [])
    assert not any(each.code == "SUR-079" for each in check_fields(form("/data/age * 12", privacy), ()))


AGE = {"number": "/data/age * 12", "class": "if(/data/age < 15, 1, 2)"}


@pytest.mark.parametrize(
    ("of_age", "calculate", "privacy", "words"),
    [
        ("drop", AGE["number"], KEEP, "nothing of it leaves"),
        ("drop", AGE["number"], ROUND, "nothing of it leaves"),
        ("drop", AGE["number"], BAND, ""),
        ("drop", AGE["class"], KEEP, ""),
        ("pseudonym:respondent", AGE["number"], KEEP, "nothing of it leaves"),
        ("round:10", AGE["number"], KEEP, "leaves as it is"),
        ("band:15,25", AGE["number"], KEEP, "leaves as it is"),
        ("round:10", AGE["number"], ROUND, ""),
        ("round:10", AGE["class"], KEEP, ""),
        ("keep", AGE["number"], KEEP, ""),
    ],
)
def test_nt4_the_designer_is_told_what_leaves_of_what_is_computed(
    of_age: str, calculate: str, privacy: Privacy, words: str
) -> None:
    kind, _, argument = of_age.partition(":")
    made = form(calculate, privacy)
    fields = [
        field.model_copy(update={"privacy": Privacy(kind=PrivacyKind(kind), argument=argument)})
        if field.path == "age"
        else field
        for field in made.fields
    ]
    made = made.model_copy(update={"fields": fields})
    found = [each for each in check_fields(made, ()) if each.code == "SUR-079"]
    assert [each.at.of for each in found if each.at] == (["number"] if words else [])
    assert all(words in each.message for each in found)
    assert not (made_of_withheld(made) & made_of_less(made))
