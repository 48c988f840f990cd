"""The two reports: which fields are keys and why, what is left out, what would change it, and that no record shows."""

import json
import random
from dataclasses import asdict

import pytest

from schemas.events import Response, Source
from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    GroupDefinition,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from services.release.risk.after import After, after
from services.release.risk.before import before
from services.release.risk.microdata import microdata
from services.release.risk.roles import Part, RiskField, risk_fields

KEEP = Privacy(kind=PrivacyKind.KEEP)


def select(path: str, **more: object) -> FieldDefinition:
    return FieldDefinition.model_validate(
        {"path": path, "type": "select_one", "choices": path, "privacy": KEEP.model_dump(), **more}
    )


def survey() -> SurveyDefinition:
    fields = [
        select("sex", concept="SEX"),
        FieldDefinition(path="age", type=FieldType.INT, privacy=Privacy(kind=PrivacyKind.BAND, argument="15,25,65")),
        select("birth_country"),
        FieldDefinition(path="psu", type=FieldType.STRING, privacy=KEEP, role=Role.PSU),
        select("health"),
        select("occasion"),
        FieldDefinition(path="weight", type=FieldType.DECIMAL, privacy=KEEP, role=Role.WEIGHT),
        FieldDefinition(path="income", type=FieldType.INT, privacy=KEEP),
        FieldDefinition(
            path="phone", type=FieldType.STRING, privacy=Privacy(kind=PrivacyKind.PSEUDONYM, argument="person")
        ),
        FieldDefinition(path="name", type=FieldType.STRING),
        select("member/sex", concept="SEX"),
        select("member/answer"),
    ]
    lists = {
        field.path: [Choice(name=f"{field.path}{number}") for number in range(3)] for field in fields if field.is_choice
    }
    return SurveyDefinition(
        survey="s",
        version="1",
        title="S",
        root="data",
        xform="",
        fields=fields,
        choice_lists=lists,
        groups=[GroupDefinition(path="member", repeat=True)],
    )


def fields(*keys: str, sensitive: tuple[str, ...] = ()) -> list[RiskField]:
    definition = survey()
    return risk_fields(definition, {one.path for one in definition.fields} - {"name"}, keys, sensitive)


def test_what_each_field_is_and_why() -> None:
    assert [(one.path, one.part.value, one.why, one.special, one.unit) for one in fields()] == [
        ("sex", "key", "concept SEX", False, ""),
        ("age", "key", "its name", False, ""),
        ("birth_country", "key", "its name", False, ""),
        ("psu", "key", "role psu", False, ""),
        ("health", "sensitive", "an answer", True, ""),
        ("occasion", "sensitive", "an answer", False, ""),
        ("weight", "technical", "role weight", False, ""),
        ("income", "figure", "an answer", False, ""),
        ("phone", "technical", "pseudonym", False, ""),
        ("member/sex", "key", "concept SEX", False, "member"),
        ("member/answer", "sensitive", "an answer", False, "member"),
    ]


def test_what_is_named_goes_before_what_is_guessed() -> None:
    found = {one.path: (one.part, one.why) for one in fields("income", sensitive=("sex",))}
    assert found["income"] == (Part.KEY, "named")
    assert found["sex"] == (Part.SENSITIVE, "named")


def test_before_fieldwork() -> None:
    found = before(fields(), "", 100)
    assert [key.field.path for key in found.keys] == ["sex", "age", "birth_country"]
    assert [one.path for one in found.uncounted] == ["psu"]
    assert found.together is not None
    assert (found.together.cells, found.together.fields) == (36, ("sex", "age", "birth_country"))
    assert found.together.uniques == pytest.approx(100 * (35 / 36) ** 99)
    assert found.worst[0] == found.together
    assert len(found.worst) == 7
    for key in found.keys:
        assert key.halved < key.load and key.dropped < key.load and key.source == "all codes alike"
    members = before(fields(), "member", 100)
    assert [key.field.path for key in members.keys] == ["sex", "age", "birth_country", "member/sex"]


def test_given_shares_and_numbers_of_codes() -> None:
    shares = {"sex": {"sex1": 98.0, "sex0": 1.0, "sex2": 1.0}}
    found = before(fields(), "", 100, shares, {"psu": 40})
    assert found.uncounted == []
    by_path = {key.field.path: key for key in found.keys}
    assert (by_path["sex"].source, by_path["psu"].codes) == ("given", 40)
    one = next(one for one in found.worst if one.fields == ("psu",))
    assert one.uniques == pytest.approx(100 * (39 / 40) ** 99)
    # In the order of the codes: sex0 and sex1 become one.
    narrow = before([field for field in fields() if field.path == "sex"], "", 100, shares)
    assert narrow.keys[0].load == pytest.approx(0.02, abs=0.001)
    assert narrow.keys[0].halved == pytest.approx(0.01, abs=0.001)


def test_no_key_is_no_risk() -> None:
    found = before([one for one in fields() if one.part is not Part.KEY], "", 100)
    assert (found.together, found.worst, found.keys) == (None, [], [])


# -- after fieldwork --------------------------------------------------------------------------------------------------


def response(number: int, draw: random.Random) -> Response:
    answers: dict[str, int | str | list[str]] = {
        "sex": f"sex{draw.randrange(2)}",
        "age": draw.choice(["Y_LT15", "Y15T24", "Y25T64"]),
        "birth_country": "birth_country0" if number else "birth_country2",
        "psu": f"secret-psu-{number % 4}",
        "health": "health0",
        "occasion": f"occasion{draw.randrange(3)}",
        "weight": "3",
        "phone": f"p1:{number}",
    }
    rows = [{"member/sex": f"sex{at}", "member/answer": "x"} for at in range(2)]
    source = Source(topic_id="t", partition=0, offset=number, at_ms=5)
    return Response(
        kind="response",
        source=source,
        survey="s",
        version="1",
        instance="A" * 22,
        fingerprint="f",
        record_key=0,
        answers=answers,
        rows={"member": rows},
    )


def measured(number: int = 203, population: int | None = None, weight: str | None = "weight") -> After:
    draw = random.Random(3)
    names = [one.path for one in fields() if one.unit == "" and one.part in (Part.KEY, Part.SENSITIVE)]
    data = microdata((response(at, draw) for at in range(number)), "", names, weight)
    found = after(fields(), "", data, population)
    assert found is not None
    return found


def test_after_fieldwork() -> None:
    found = measured()
    assert (found.k, found.records.middle, str(found.uniques)) == (1, 205, "1 to 4 (under 3 %)")
    assert found.prosecutor_highest == 1
    assert found.journalist_highest == 0.33
    assert str(found.by_size[1]) == "1 to 4 (under 3 %)"
    assert found.combinations == [(("birth_country",), found.by_size[1])]
    keys = {key.path: key for key in found.keys}
    assert keys["birth_country"].dropped.most == 0
    assert keys["birth_country"].halved is not None and keys["birth_country"].halved.most == 4
    assert keys["sex"].singled_out.most == 0 and keys["sex"].dropped.most == 4
    sensitive = {one.path: one for one in found.sensitive}
    assert (sensitive["health"].distinct, sensitive["health"].special) == (1, True)
    assert sensitive["health"].told.middle == 200
    assert sensitive["occasion"].told.most == 0


def test_without_weight_and_with_a_population() -> None:
    assert measured(weight=None).journalist_mean is None
    assert measured(weight=None, population=2030).journalist_highest == 0.1


def test_rows_of_a_repeat_have_the_keys_of_the_submission() -> None:
    names = ["sex", "member/sex", "member/answer"]
    rows = microdata((response(at, random.Random(at)) for at in range(10)), "member", names, "weight")
    assert (len(rows.rows), len(rows.weights), rows.weights[0]) == (20, 20, 3_000_000)
    assert rows.rows[0][0].startswith("sex") and rows.rows[0][1:] == ("sex0", "x")
    assert "sex0" not in repr(rows)


def test_the_report_names_fields_and_no_answer_of_anybody() -> None:
    """The codes that the form lists are part of it; what was answered is not, nor is a count that is small."""
    document = asdict(measured())
    for field in document["fields"]:
        field.pop("codes")
    text = json.dumps(document)
    assert "secret-psu" not in text and "health0" not in text and "p1:" not in text and "Y25T64" not in text


def test_no_records_no_report() -> None:
    names = [one.path for one in fields() if one.unit == "" and one.part in (Part.KEY, Part.SENSITIVE)]
    assert after(fields(), "", microdata([], "", names, None)) is None
