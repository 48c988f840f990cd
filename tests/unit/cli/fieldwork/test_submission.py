"""XML and JSON of one interview hold the same answers, in the form's own rules."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from cli.fieldwork.faults import Fault
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.submission import Instance, as_json, as_xml

INSTANCES = [d.instance for phone in make(Scenario(seed=3, phones=6, submissions=400)).phones for d in phone.deliveries]
META = "{http://openrosa.org/xforms}"

Leaves = list[tuple[str, str]]
"""Path and text of each answer, in order; groups and rows of repeats only by what is in them."""


def _of_json(value: Any, path: str = "") -> Leaves:
    if isinstance(value, dict):
        return [leaf for name, below in value.items() for leaf in _of_json(below, f"{path}/{name}")]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [leaf for row in value for leaf in _of_json(row, path)]
    return [(path, "" if value is None else " ".join(value) if isinstance(value, list) else str(value))]


def _of_xml(element: etree._Element, path: str = "") -> Leaves:
    if len(element):
        return [leaf for child in element for leaf in _of_xml(child, f"{path}/{child.tag}")]
    return [(path, element.text or "")]


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
        for group in [child for child in root if not len(child) and not child.text]:
            # A group in which nothing is asked.
            assert body["answers"].pop(group.tag) == {}
            root.remove(group)
        assert _same_numbers(_of_xml(root)) == _same_numbers(_of_json(body["answers"]))


def _same_numbers(leaves: Leaves) -> list[tuple[str, object]]:
    """JSON writes 2.50 as 2.5 and 0.00 as 0.0."""
    decimals = ("/fee", "/rci", "/transfer_cost", "/weight")
    return [(path, Decimal(text) if text and path.endswith(decimals) else text) for path, text in leaves]


def test_what_is_not_relevant_is_not_there() -> None:
    seen = set()
    for instance in INSTANCES:
        if instance.fault is not None:
            continue
        answers = json.loads(as_json(instance))["answers"]
        if answers["interview"]["consent"] == "no":
            assert answers.keys() == {"start", "end", "today", "interview"}
            seen.add("refusal")
            continue
        status = answers["migration"]["status"]
        moved, abroad = status in ("abroad", "returnee"), status == "abroad"
        assert ("destination" in answers["migration"]) == moved == ("cost" in answers)
        assert ("occ_abroad" in answers["work"]) == moved == ("children" in answers["family"])
        # Nobody answers for somebody else how he feels.
        assert ("discriminated_5y" in answers["rights"]) == (not abroad) == ("wellbeing" in answers["family"])
        assert ("origin" in answers["migration"]) == (status == "immigrant")
        assert ("why_back" in answers["return"]) == (status == "returnee")
        seen |= {status, *_of_cost(answers["cost"], answers["rights"])} if moved else {status}
        for member in answers.get("member", []):
            assert ("education" in member) == (member["age"] >= 5)
            assert ("lives_in" in member) == (member["presence"] == "abroad")
    assert seen == {
        "refusal", "never", "abroad", "returnee", "intending", "immigrant", "paid", "free", "no wage", "rci", "borrowed"
    }  # fmt: skip


def _of_cost(cost: Mapping[str, Any], rights: Mapping[str, Any]) -> set[str]:
    wage = cost["employment"] == "wage"
    assert ("paid" in cost) == wage == ("total" in cost) == ("retained" in rights)
    if not wage:
        assert cost.keys() == {"employment"}
        return {"no wage"}
    paid, items = cost["paid"] == "yes", cost.get("cost_item", [])
    assert paid or not items
    assert ("borrowed" in cost) == paid
    assert cost["total"] == sum(item["amount"] for item in items)
    assert cost["borne"] == cost["total"] - sum(item["reimbursed"] for item in items) >= 0
    assert "rci" not in cost or abs(cost["rci"] - cost["borne"] / cost["earnings"]) <= 0.005 + 1e-9
    borrowed = {"borrowed"} if cost.get("borrowed") == "yes" else set()
    assert ("loan_source" in cost) == bool(borrowed)
    return {"paid" if paid else "free"} | borrowed | ({"rci"} if "rci" in cost else set())


def test_weights_are_plain_decimals_within_the_rule_of_the_form() -> None:
    for instance in INSTANCES:
        text = etree.fromstring(as_xml(instance)).findtext("interview/weight")
        assert text is not None and "E" not in text
        assert 0 < Decimal(text) <= 1000
        assert Decimal(text) * 1_000_000 == instance.respondent.weight


@pytest.mark.parametrize(
    ("fault", "place", "spoilt"),
    [
        (Fault.CONSTRAINT, "/profile/age", "12"),
        (Fault.TYPE, "/profile/age", "forty"),
        (Fault.MISSING, "/profile/sex", ""),
        (Fault.CODE, "/profile/education", "E9"),
        (Fault.ROW, "/member/age", "130"),
        (Fault.UNKNOWN, "/profile/nickname", None),
    ],
)
def test_a_fault_spoils_exactly_one_answer(fault: Fault, place: str, spoilt: str | None) -> None:
    respondent = next(instance.respondent for instance in INSTANCES if instance.respondent.consent)
    sound = _of_json(json.loads(as_json(Instance("uuid:1", respondent)))["answers"])
    broken = _of_json(json.loads(as_json(Instance("uuid:1", respondent, fault=fault)))["answers"])
    changed = [leaf for leaf in broken if leaf not in sound and leaf[0] == place]
    assert len(changed) == 1 and spoilt in (None, changed[0][1])
    others = {path for path, _ in set(broken) ^ set(sound)} - {place}
    assert others == set() or (fault is Fault.ROW and all(path.startswith("/member/") for path in others))


def test_every_fault_is_tried() -> None:
    tried = {instance.fault for instance in INSTANCES}
    assert tried <= {None, *Fault} and len(tried) > 3
