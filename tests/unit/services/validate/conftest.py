"""A household form written by hand, with every kind of field, and submissions that fit it."""

from pathlib import Path
from typing import Any

import pytest

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
from services.runtime import keys
from services.validate.compiled import CompiledSurvey
from services.validate.pseudonym import SurveySecrets

Answers = dict[str, Any]


def field(path: str, type_: FieldType, privacy: str = "drop", **more: Any) -> FieldDefinition:
    kind, _, argument = privacy.partition(":")
    return FieldDefinition(path=path, type=type_, privacy=Privacy(kind=PrivacyKind(kind), argument=argument), **more)


def survey(fields: list[FieldDefinition], groups: list[GroupDefinition] | None = None, **more: Any) -> SurveyDefinition:
    lists = {
        "yes_no": ["yes", "no"],
        "sex": ["M", "F"],
        "country": ["NPL", "SEN"],
        "item": ["radio", "phone", "car"],
    }
    given: dict[str, Any] = {
        "survey": "household",
        "version": "1",
        "title": "Household",
        "root": "/data",
        "xform": "",
        "fields": fields,
        "groups": groups or [],
        "choice_lists": {name: [Choice(name=code) for code in codes] for name, codes in lists.items()},
    }
    return SurveyDefinition(**{**given, **more})


ABROAD = "/data/migration/status = 'abroad'"


def household() -> SurveyDefinition:
    t = FieldType
    consented = "/data/interview/consent = 'yes'"
    fields = [
        field("start", t.DATETIME, asked=False),
        field("end", t.DATETIME, asked=False),
        field("today", t.DATE, asked=False),
        field("interview/country", t.SELECT_ONE, "keep", choices="country", required="true()", role=Role.COUNTRY),
        field("interview/psu", t.INT, "keep", role=Role.PSU, required="true()"),
        field(
            "interview/stratum",
            t.STRING,
            "keep",
            asked=False,
            calculate="concat( /data/interview/country ,'-', /data/interview/psu )",
            role=Role.STRATUM,
        ),
        field(
            "interview/weight", t.DECIMAL, "keep", role=Role.WEIGHT, required="true()", constraint=". > 0 and . <= 1000"
        ),
        field("interview/enumerator", t.STRING, "pseudonym:enumerator", role=Role.ENUMERATOR),
        field("interview/consent", t.SELECT_ONE, "keep", choices="yes_no", role=Role.CONSENT, required="true()"),
        field("profile/name", t.STRING, "drop"),
        field("profile/sex", t.SELECT_ONE, "keep", choices="sex", required="true()", relevant=consented),
        field(
            "profile/age",
            t.INT,
            "band:15,25,35,45,65",
            required="true()",
            relevant=consented,
            constraint=". >= 15 and . <= 99",
            message="/data/profile/age:jr:constraintMsg",
        ),
        field("profile/born", t.DATE, "period:day", concept="AGE", constraint=". <= today()"),
        field("profile/items", t.SELECT_MULTIPLE, "keep", choices="item"),
        field("profile/home", t.GEOPOINT, "keep"),
        field("cost/paid", t.SELECT_ONE, "keep", choices="yes_no", required="true()", relevant=consented),
        field(
            "cost/agency",
            t.INT,
            "keep",
            required="true()",
            relevant="/data/cost/paid = 'yes'",
            constraint=". >= 0 and . <= 100000",
        ),
        field("cost/visa", t.INT, "round:100", relevant="/data/cost/paid = 'yes'"),
        field(
            "cost/total",
            t.STRING,
            "keep",
            asked=False,
            calculate="/data/cost/agency + /data/cost/visa",
            relevant="/data/cost/paid = 'yes'",
        ),
        field("member/sex", t.SELECT_ONE, "keep", choices="sex", required="true()", relevant="/data/member/age > 3"),
        field("member/age", t.INT, "band:5,18", required="true()", relevant="true()"),
        field("member/note", t.STRING, "keep"),
    ]
    groups = [
        GroupDefinition(path="interview"),
        GroupDefinition(path="profile", relevant=consented),
        GroupDefinition(path="cost", relevant=consented),
        GroupDefinition(path="member", repeat=True, relevant=consented),
    ]
    return survey(fields, groups)


def good_answers() -> Answers:
    return {
        "start": "2026-03-01T09:00:00.000+05:45",
        "end": "2026-03-01T09:30:00.000+05:45",
        "today": "2026-03-01",
        "interview": {
            "country": "NPL",
            "psu": 7,
            "stratum": "NPL-7",
            "weight": "1.50",
            "enumerator": "Maya R.",
            "consent": "yes",
        },
        "profile": {
            "name": "Canary-Name",
            "sex": "F",
            "age": 31,
            "born": "1994-06-15",
            "items": ["radio", "phone"],
            "home": "27.7 85.3 0 0",
        },
        "cost": {"paid": "yes", "agency": 1200, "visa": 149, "total": "1349"},
        "member": [{"sex": "M", "age": 40, "note": "Canary-Note"}, {"sex": "", "age": 2, "note": ""}],
    }


def to_xml(answers: Answers, root: str = "data", attributes: str = 'id="household" version="1"') -> str:
    return f"<{root} {attributes}>{_children(answers)}<meta><instanceID>uuid:1</instanceID></meta></{root}>"


def _children(answers: Answers) -> str:
    parts = []
    for name, value in answers.items():
        if isinstance(value, dict):
            parts.append(f"<{name}>{_children(value)}</{name}>")
        elif name == "member":
            parts += [f"<{name}>{_children(item)}</{name}>" for item in value]
        else:
            text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
            parts.append(f"<{name}>{text}</{name}>")
    return "".join(parts)


def with_answer(answers: Answers, path: str, value: Any) -> Answers:
    """A copy in which one answer is another; None takes the node away."""
    head, _, rest = path.partition("/")
    changed = dict(answers)
    if rest:
        changed[head] = with_answer(changed[head], rest, value)
    elif value is None:
        changed.pop(head)
    else:
        changed[head] = value
    return changed


class Household:
    """What tests need of the form above, in one place."""

    field = staticmethod(field)
    survey = staticmethod(survey)
    to_xml = staticmethod(to_xml)
    good = staticmethod(good_answers)
    changed = staticmethod(lambda path, value: with_answer(good_answers(), path, value))

    def __init__(self) -> None:
        self.definition = household()
        self.compiled = CompiledSurvey(self.definition)


@pytest.fixture(scope="session")
def form() -> Household:
    return Household()


@pytest.fixture(scope="session")
def secrets() -> SurveySecrets:
    return SurveySecrets(b"\x07" * 32)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    keys.create(folder)
    keys.create_survey_secret(folder, "household")
    return folder
