"""Bodies that are made to hurt end in a code, after bounded work: HB1 XML. HB2 JSON. HB3 answers that are too long for
what reads them. HB4 numbers beyond all bounds. HB5 rules that are made to be slow. HB6 long
texts beside many rows, and long lists. Bounds are on rows, characters and
visits, not on time: `make bench-validate` measures that."""

import json
import tracemalloc
from typing import Any

import pytest

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, Itemset
from services.validate.compiled import CompiledSurvey
from services.validate.form import MAX_CONDITIONS
from services.validate.instance import MAX_ANSWER, MAX_MARKS, MAX_ROWS, Unreadable
from services.validate.readers import MAX_CODES, READERS
from services.validate.row import MAX_VISITS

BODY_BYTES = 8_000_000
"""What a record can carry."""


def codes(survey: CompiledSurvey, body: str, read: str = "xml") -> list[str]:
    """The codes with which a body is refused; an empty list if it is accepted."""
    try:
        instance = survey.read_xml(body) if read == "xml" else survey.read_json(body)
    except Unreadable as unreadable:
        return [unreadable.code.code]
    found = [reason.code for reason in survey.judge.examine(instance, 0).reasons]
    instance.release()
    return found


def repeated(text: str, whole: str) -> str:
    return whole.format(text * ((BODY_BYTES - len(whole)) // len(text)))


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
XML = {
    "billion laughs": (f'<!DOCTYPE d [<!ENTITY a0 "ha">{LAUGHS}]><data><start>&a11;</start></data>', "VAL-012"),
    "one large entity": (
        f'<!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]><data><start>{"&a;" * 10_000}</start></data>',
        "VAL-012",
    ),
    "an external entity": (
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><data><start>&a;</start></data>',
        "VAL-012",
    ),
    "100,000 rows": ("<data>" + "<member><age>5</age></member>" * 100_000 + "</data>", "VAL-004"),
    "unknown elements": (repeated("<x/>", "<data>{}</data>"), "VAL-004"),
    "one element again and again": (repeated("<start/>", "<data>{}</data>"), "VAL-004"),
    "comments": (repeated("<!---->", "<data><profile><name>{}</name></profile></data>"), "VAL-004"),
    "attributes": ("<data " + " ".join(f'a{n}=""' for n in range(200_000)) + "/>", "VAL-004"),
    "character references": (repeated("&#65;", "<data><profile><name>{}</name></profile></data>"), "VAL-004"),
    "deep": ("<data>" + "<profile>" * 20_000 + "</profile>" * 20_000 + "</data>", "VAL-010"),
    "very deep": ("<a>" * 500_000 + "</a>" * 500_000, "VAL-004"),
    "a large text": (repeated("x", "<data><profile><name>{}</name></profile></data>"), "VAL-004"),
    "bytes that were no UTF-8": ("<data><start>\ufffd</start><\ufffd/></data>", "VAL-020"),
    "what is no character": ("<data><start>\ufffe</start></data>", "VAL-010"),
    "half a surrogate pair": ("<data><start>\ud800</start></data>", "VAL-010"),
}


@pytest.mark.parametrize("name", XML)
def test_hb1_xml(form: Any, name: str) -> None:
    body, code = XML[name]
    assert codes(form.compiled, body) == [code]


JSON = {
    "100,000 rows": (json.dumps({"answers": {"member": [{"age": 5}] * 100_000}}), "VAL-004"),
    "many names": ('{"answers":{' + ",".join(f'"k{n}":1' for n in range(200_000)) + "}}", "VAL-004"),
    "many lists": ('{"answers":{"start":[' + ",".join(["[]"] * 500_000) + "]}}", "VAL-004"),
    "deep": ('{"answers":' + '{"a":' * 40_000 + "1" + "}" * 40_000 + "}", "VAL-011"),
    "very deep": ("[" * 1_000_000, "VAL-004"),
    "a large text": (json.dumps({"answers": {"profile": {"name": "x" * 7_000_000}}}), "VAL-004"),
    "no number": ('{"answers":{"interview":{"psu":NaN}}}', "VAL-011"),
    "no end": ('{"answers":{"interview":{"psu":-Infinity}}}', "VAL-011"),
}


@pytest.mark.parametrize("name", JSON)
def test_hb2_json(form: Any, name: str) -> None:
    body, code = JSON[name]
    assert codes(form.compiled, body, "json") == [code]


@pytest.mark.parametrize("name", ["billion laughs", "100,000 rows", "very deep", "unknown elements", "a large text"])
def test_hb1_memory_is_bounded_by_the_body(form: Any, name: str) -> None:
    body, _ = XML[name]
    tracemalloc.start()
    try:
        codes(form.compiled, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(body) + 2_000_000


@pytest.mark.parametrize("kind", [kind for kind in T if kind in READERS and kind is not T.BOOLEAN])
def test_hb3_a_text_beyond_what_its_type_can_be_is_not_read(kind: T) -> None:
    assert READERS[kind]("9" * MAX_ANSWER) is None
    assert kind is T.GEOTRACE or kind is T.GEOSHAPE or READERS[kind]("1 " * MAX_CODES) is None


def test_hb3_answers_up_to_the_bound_are_judged(form: Any) -> None:
    text = "x" * MAX_ANSWER
    assert codes(form.compiled, f"<data><profile><name>{text}</name></profile></data>") == []
    assert codes(form.compiled, f"<data><profile><name>{text}x</name></profile></data>") == ["VAL-004"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NaN", ["VAL-033"]),
        ("Infinity", ["VAL-033"]),
        ("-Infinity", ["VAL-033"]),
        ("1e999999999", ["VAL-033"]),
        ("-1e999999999", ["VAL-033"]),
        ("1e-999999999", ["VAL-033"]),
        ("0x1p999999999", ["VAL-033"]),
        ("9" * 5_000, ["VAL-030"]),
    ],
)
def test_hb4_numbers(form: Any, text: str, expected: list[str]) -> None:
    body = json.dumps({"answers": form.changed("interview/weight", text)})
    assert codes(form.compiled, body, "json") == expected


@pytest.mark.parametrize(
    "calculate",
    [
        "/data/n * 1e300",
        "pow(10, /data/n)",
        "/data/n div 0",
        "-(/data/n div 0)",
        "int(pow(9, /data/n))",
        "exp(/data/n)",
    ],
)
def test_hb4_results_beyond_all_bounds_are_stored(form: Any, calculate: str) -> None:
    fields = [form.field("n", T.DECIMAL), form.field("a", T.INT, asked=False, calculate=calculate)]
    survey = CompiledSurvey(form.survey(fields))
    assert codes(survey, json.dumps({"answers": {"n": "1e308", "a": ""}}), "json") == []


def test_hb5_rows_that_each_look_at_all_rows_are_too_much(form: Any) -> None:
    fields = [form.field("r/n", T.INT), form.field("r/s", T.INT, asked=False, calculate="sum(../../r/n)")]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))

    def of(rows: int) -> list[str]:
        return codes(survey, json.dumps({"answers": {"r": [{"n": 1}] * rows}}), "json")

    few = int(MAX_VISITS**0.5) - 1
    assert few < MAX_ROWS
    assert of(few) == []
    assert of(few + 2) == ["VAL-004"]


def test_hb5_looking_up_one_row_is_not_going_through_all(form: Any) -> None:
    previous = "indexed-repeat(/data/r/n, /data/r, position(..) - 1)"
    fields = [form.field("r/n", T.INT), form.field("r/p", T.INT, asked=False, calculate=previous)]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="r", repeat=True)]))
    body = json.dumps({"answers": {"r": [{"n": 1}] * 1_000}})
    assert codes(survey, body, "json") == []


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*(.*)*(.*)*b", "(a?){60}a{60}b", "([a-z]+)*b"])
def test_hb5_a_regex_that_is_made_to_hang_ends(form: Any, pattern: str) -> None:
    survey = CompiledSurvey(form.survey([form.field("a", T.STRING, constraint=f"regex(., '{pattern}')")]))
    found = codes(survey, json.dumps({"answers": {"a": "a" * 5_000}}), "json")
    assert found in (["VAL-033"], ["VAL-034"], [])


def test_hb5_marks_of_an_honest_body_are_few(form: Any) -> None:
    """2,000 rows of 20 questions each pass the bound."""
    row = "<member>" + "<age>5</age>" * 20 + "</member>"
    body = "<data>" + row * MAX_ROWS + "</data>"
    assert body.count("<") < MAX_MARKS


def test_hb6_a_long_text_beside_many_rows_is_too_much_work(form: Any) -> None:
    survey = CompiledSurvey(
        form.survey(
            [form.field("long", T.STRING), form.field("row/x", T.STRING)], [GroupDefinition(path="row", repeat=True)]
        )
    )

    def found(rows: int, characters: int) -> list[str]:
        return codes(survey, f"<data><long>{'a' * characters}</long>{'<row><x>1</x></row>' * rows}</data>")

    assert found(40, 500_000) == []
    assert found(41, 500_000) == ["VAL-004"]
    assert found(2_000, 10_001) == ["VAL-004"]


def test_hb6_a_long_text_that_each_row_computes_anew_does_not_fill_the_memory(form: Any) -> None:
    survey = CompiledSurvey(
        form.survey(
            [
                form.field("long", T.STRING),
                form.field("row/x", T.STRING),
                form.field("row/y", T.STRING, asked=False, calculate="concat(/data/long, /data/row/x)"),
            ],
            [GroupDefinition(path="row", repeat=True)],
        )
    )

    def found(rows: int) -> list[str]:
        return codes(survey, f"<data><long>{'a' * 400_000}</long>{'<row><x>1</x><y/></row>' * rows}</data>")

    assert found(24) == []
    assert found(25) == ["VAL-004"]


def test_hb6_a_long_list_of_choices_is_looked_up_however_long_it_is(form: Any) -> None:
    items = "".join(f"<item><name>VILLAGE-{number:07}</name><of>{number % 7}</of></item>" for number in range(80_000))
    xform = (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
        f'<instance><data/></instance><instance id="v"><root>{items}</root></instance></model></h:head>'
        "<h:body><select1><itemset nodeset=\"instance('v')/root/item\"/></select1></h:body></h:html>"
    )
    itemset = Itemset(nodeset="instance('v')/root/item[of >= 0]", value="name", label="name")
    question = form.field("v", T.SELECT_ONE, control="select1", itemset=itemset)
    survey = CompiledSurvey(form.survey([question], xform=xform))
    assert codes(survey, "<data><v>VILLAGE-0079999</v></data>") == []
    assert codes(survey, "<data><v>VILLAGE-0080000</v></data>") == ["VAL-031"]


def test_hb5_conditions_over_a_list_in_each_row_come_to_an_end(form: Any) -> None:
    items = "".join(f"<item><name>V{number}</name></item>" for number in range(5_000))
    xform = (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
        f'<instance><data/></instance><instance id="v"><root>{items}</root></instance>'
        "<bind calculate=\"instance('v')\"/></model></h:head></h:html>"
    )
    found = "count(instance('v')/root/item[contains(name, current()/../x)])"
    fields = [form.field("row/x", T.STRING), form.field("row/y", T.INT, asked=False, calculate=found)]
    survey = CompiledSurvey(form.survey(fields, [GroupDefinition(path="row", repeat=True)], xform=xform))
    row = "<row><x>V7</x><y/></row>"
    assert codes(survey, f"<data>{row}</data>") == []
    assert codes(survey, f"<data>{row * (MAX_CONDITIONS // 5_000 + 1)}</data>") == ["VAL-004"]
