"""XML and JSON of an instance hold the same answers, and the answers follow the form."""

import json
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.submission import Fault, Instance, as_json, as_xml

INSTANCES = [d.instance for phone in make(Scenario(seed=3, phones=6, submissions=240)).phones for d in phone.deliveries]
META = "{http://openrosa.org/xforms}"


def _texts(tree: dict[str, Any]) -> dict[str, Any]:
    """JSON answers in the shape that XML has: text, "" for nothing, codes separated by blanks."""
    return {name: _texts(value) if isinstance(value, dict) else _text(value) for name, value in tree.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list) else str(value)


def _from_xml(element: etree._Element) -> dict[str, Any]:
    return {child.tag: _from_xml(child) if len(child) else child.text or "" for child in element}


def test_xml_and_json_hold_the_same_answers() -> None:
    for instance in INSTANCES:
        root = etree.fromstring(as_xml(instance))
        body = json.loads(as_json(instance), parse_float=Decimal)
        meta = root.find(f"{META}meta")
        assert meta is not None
        assert (root.tag, root.get("id"), root.get("version")) == ("data", "household-migration", body["version"])
        assert meta.findtext(f"{META}instanceID") == body["instance"] == instance.id
        assert meta.findtext(f"{META}deprecatedID") == body["replaces"] == instance.replaces
        root.remove(meta)
        assert _from_xml(root) == _texts(body["answers"])


def test_what_is_not_relevant_is_not_there() -> None:
    seen = set()
    for instance in INSTANCES:
        answers = json.loads(as_json(instance))["answers"]
        if answers["interview"]["consent"] == "no":
            assert not {"profile", "migration", "cost"} & answers.keys()
            seen.add("refusal")
            continue
        moved = answers["migration"]["status"] in ("abroad", "returnee")
        assert ("destination" in answers["migration"]) == moved == ("cost" in answers)
        if moved:
            paid = answers["cost"]["paid"] == "yes"
            assert ("total" in answers["cost"]) == paid
            seen.add("paid" if paid else "free")
    assert seen == {"refusal", "paid", "free"}


def test_weights_are_plain_decimals_within_the_rule_of_the_form() -> None:
    for instance in INSTANCES:
        text = etree.fromstring(as_xml(instance)).findtext("interview/weight")
        assert text is not None and "E" not in text
        assert 0 < Decimal(text) <= 1000
        assert Decimal(text) * 1_000_000 == instance.respondent.weight


@pytest.mark.parametrize(
    ("fault", "question", "spoilt"),
    [
        (Fault.CONSTRAINT, "age", 12),
        (Fault.TYPE, "age", "forty"),
        (Fault.MISSING, "sex", None),
        (Fault.CODE, "education", "E9"),
    ],
)
def test_a_fault_spoils_exactly_one_answer(fault: Fault, question: str, spoilt: object) -> None:
    respondent = next(instance.respondent for instance in INSTANCES if instance.respondent.consent)
    sound = json.loads(as_json(Instance("uuid:1", respondent)))["answers"]
    broken = json.loads(as_json(Instance("uuid:1", respondent, fault=fault)))["answers"]
    assert broken["profile"].pop(question) == spoilt
    assert sound["profile"].pop(question) != spoilt
    assert broken == sound
