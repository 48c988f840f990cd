"""Reading a body: IR1 XML and JSON of the same answers are one instance. IR2 what is not the form's is told, with the
path and row. IR3 the client's own passes. IR4 white space as JavaRosa trims it. IR5 hostile bodies are refused with a
code. IR6 a JSON key that could be an answer is not repeated."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.validate.instance import MAX_ROWS, Instance, Unreadable
from services.validate.reasons import MAX_REASONS
from services.validate.row import Row

ALPHABET = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
TEXT = st.text(ALPHABET, max_size=12) | st.sampled_from([" yes ", "\tno\n", "\u00a0x", "<&>\"'", "]]>", "a  b"])
NUMBER = st.integers(-(10**12), 10**12) | st.decimals(-1000, 1000, places=3).map(float)


def as_json(answers: dict[str, Any]) -> str:
    return json.dumps({"answers": answers})


def plain(row: Row) -> object:
    return (
        sorted(row.values.items()),
        sorted(row.groups),
        row.numbers,
        {path: [plain(each) for each in rows] for path, rows in row.repeats.items()},
    )


def faults(instance: Instance) -> list[tuple[str, str | None, list[int]]]:
    return [(found.code, found.path, found.rows) for found in instance.faults]


@given(
    country=TEXT | NUMBER,
    name=TEXT,
    items=st.lists(st.sampled_from(["radio", "phone", "tv"]), max_size=3),
    members=st.lists(st.fixed_dictionaries({"sex": TEXT, "age": NUMBER}), max_size=3),
)
def test_ir1_xml_and_json_are_one_instance(form: Any, country: Any, name: str, items: list[str], members: Any) -> None:
    answers = {"interview": {"country": country}, "profile": {"name": name, "items": items}, "member": members}
    xml, json_ = form.compiled.read_xml(form.to_xml(answers)), form.compiled.read_json(as_json(answers))
    assert plain(xml.root) == plain(json_.root)
    assert xml.faults == json_.faults == []


def test_ir1_json_numbers_keep_their_text(form: Any) -> None:
    body = '{"answers": {"interview": {"weight": 1.500, "psu": 12345678901234567890}}}'
    values = form.compiled.read_json(body).root.values
    assert values == {"interview/weight": "1.500", "interview/psu": "12345678901234567890"}


def test_ir1_null_is_an_empty_element_and_an_absent_name_an_absent_one(form: Any) -> None:
    body = '{"answers": {"interview": {"psu": null}, "profile": null, "member": [null, {}]}}'
    root = form.compiled.read_json(body).root
    assert root.values == {"interview/psu": ""}
    assert root.groups == {"interview", "profile"}
    assert len(root.repeats["member"]) == 2


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"nonsense": "1"}, ("VAL-020", None, [])),
        ({"profile": {"nick": "1"}}, ("VAL-020", "profile", [])),
        ({"member": [{}, {"nick": "1"}]}, ("VAL-020", "member", [2])),
        ({"profile": {"meta": "1"}}, ("VAL-020", "profile", [])),
    ],
)
def test_ir2_unknown_nodes_in_both_formats(form: Any, answers: dict[str, Any], expected: Any) -> None:
    assert faults(form.compiled.read_xml(form.to_xml(answers))) == [expected]
    assert faults(form.compiled.read_json(as_json(answers))) == [expected]


def test_ir2_doubled_nodes_in_both_formats(form: Any) -> None:
    xml = "<data><profile><sex>F</sex><sex>M</sex></profile><profile/><meta/></data>"
    assert faults(form.compiled.read_xml(xml)) == [("VAL-021", "profile/sex", []), ("VAL-021", "profile", [])]
    body = '{"answers": {"profile": {"sex": "F", "sex": "M"}, "profile": {}}}'
    assert faults(form.compiled.read_json(body)) == [("VAL-021", "profile/sex", []), ("VAL-021", "profile", [])]


def test_ir2_wrong_shapes(form: Any) -> None:
    xml = "<data><profile><sex>F<i>x</i></sex></profile></data>"
    assert faults(form.compiled.read_xml(xml)) == [("VAL-022", "profile/sex", [])]
    assert form.compiled.read_xml(xml).root.values == {"profile/sex": ""}
    body = as_json({"profile": 1, "member": {"sex": "F"}, "start": {"a": 1}, "end": [{"a": 1}], "today": ["a b"]})
    found = faults(form.compiled.read_json(body))
    assert found == [("VAL-022", path, []) for path in ("profile", "member", "start", "end", "today")]


def test_ir3_client_attributes_namespaces_and_meta_pass(form: Any) -> None:
    xml = (
        '<data xmlns="http://example.org/form" xmlns:orx="http://openrosa.org/xforms" xmlns:k="http://k" id="x">'
        '<profile k:b="2"><sex k:c="3">F</sex><k:timing>9</k:timing></profile><k:extra/>'
        "<orx:meta><orx:instanceID>uuid:1</orx:instanceID><orx:audit>a.csv</orx:audit></orx:meta></data>"
    )
    instance = form.compiled.read_xml(xml)
    assert instance.faults == []
    assert instance.root.values == {"profile/sex": "F"}


def test_ir3_the_template_of_a_repeat_is_no_row(form: Any) -> None:
    rows = '<member jr:template=""><sex/></member><member><sex>F</sex></member>'
    xml = f'<data xmlns:jr="http://openrosa.org/javarosa">{rows}</data>'
    found = form.compiled.read_xml(xml).root.repeats["member"]
    assert [row.values for row in found] == [{"member/sex": "F"}]


def test_ir4_xml_white_space_is_trimmed_and_no_other(form: Any) -> None:
    xml = "<data><profile><name>\n\t x  y&#13; </name><sex><![CDATA[ F ]]></sex></profile><start>\u00a0</start></data>"
    values = form.compiled.read_xml(xml).root.values
    assert values == {"profile/name": "x  y", "profile/sex": "F", "start": "\u00a0"}


def test_ir4_of_a_text_with_a_comment_in_it_the_beginning_counts(form: Any) -> None:
    xml = "<data><!-- a --><start>x<!-- b -->y</start><end><?c?>x</end><profile><?d?><name>z</name></profile></data>"
    instance = form.compiled.read_xml(xml)
    assert instance.root.values == {"start": "x", "end": "", "profile/name": "z"}
    assert instance.faults == []


def test_ir4_an_encoding_declaration_is_not_followed(form: Any) -> None:
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><data><profile><name>é</name></profile></data>'
    assert form.compiled.read_xml(xml).root.values == {"profile/name": "é"}


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><data><start>&b;</start></data>'


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("", "VAL-010"),
        ("<data>", "VAL-010"),
        ("<data>\x00</data>", "VAL-010"),
        ("<data><start>&nope;</start></data>", "VAL-010"),
        (LAUGHS, "VAL-012"),
        ('<!DOCTYPE d SYSTEM "file:///etc/passwd"><data/>', "VAL-012"),
        ("<other/>", "VAL-013"),
        ("<a>" * 300 + "</a>" * 300, "VAL-010"),
    ],
)
def test_ir5_hostile_xml(form: Any, xml: str, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        form.compiled.read_xml(xml)
    assert raised.value.code.code == code


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "1",
        "{}",
        '{"answers": []}',
        '{"answers": {}, "answers": {}}',
        '{"answers": {"start": NaN}}',
        "[" * 99_999,
    ],
)
def test_ir5_hostile_json(form: Any, body: str) -> None:
    with pytest.raises(Unreadable) as raised:
        form.compiled.read_json(body)
    assert raised.value.code.code == "VAL-011"


@pytest.mark.parametrize("character", ["\u0000", "\u001f", "\ufffe"])
def test_ir5_what_xml_cannot_hold_is_no_answer(form: Any, character: str) -> None:
    instance = form.compiled.read_json(as_json({"start": f"a{character}b"}))
    assert faults(instance) == [("VAL-022", "start", [])]
    with pytest.raises(Unreadable):
        form.compiled.read_xml(f"<data><start>a{character}b</start></data>")


def test_ir5_half_a_surrogate_pair_is_no_answer(form: Any) -> None:
    body = '{"answers": {"start": "\\ud800", "\\ud800": 1}}'
    assert faults(form.compiled.read_json(body)) == [("VAL-022", "start", []), ("VAL-020", None, [])]


def test_ir5_too_many_rows_end_in_one_reason(form: Any) -> None:
    xml = "<data>" + "<member><age>5</age></member>" * (MAX_ROWS + 1) + "</data>"
    instance = form.compiled.read_xml(xml)
    assert instance.too_large
    assert faults(instance) == [("VAL-004", "member", [])]
    assert [reason.code for reason in form.compiled.judge(instance, 0)] == ["VAL-004"]


def test_ir5_reasons_are_bounded(form: Any) -> None:
    body = as_json({"member": [{"x": 1}] * 1000})
    assert len(form.compiled.read_json(body).faults) == MAX_REASONS


def test_ir6_a_key_is_not_repeated(form: Any) -> None:
    body = as_json({"profile": {"Canary Name": 1, "Canary": 1}})
    assert faults(form.compiled.read_json(body)) == [("VAL-020", "profile", []), ("VAL-020", "profile", [])]
