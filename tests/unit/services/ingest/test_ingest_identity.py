"""Who a posted XML says it is. Rules: OpenRosa's metadata schema."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest import problems
from services.ingest.identity import MAX_ID_CHARS, Identity, XmlSubmission, id_from_content, read_xml
from services.ingest.problems import Problem, ProblemType

ORX = 'xmlns:orx="http://openrosa.org/xforms"'


def identity(xml: str | bytes) -> Identity:
    read = read_xml(xml.encode() if isinstance(xml, str) else xml)
    assert isinstance(read, XmlSubmission), read
    return read.identity


def refusal(xml: str | bytes) -> ProblemType:
    read = read_xml(xml.encode() if isinstance(xml, str) else xml)
    assert isinstance(read, Problem), read
    return read.type


@pytest.mark.parametrize(
    "xml",
    [
        f'<data id="s" version="1" {ORX}><orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>',
        '<data id="s" version="1"><meta><instanceID>uuid:1</instanceID></meta></data>',
        '<data id="s" version="1"><meta xmlns="http://openrosa.org/xforms/"><instanceID>uuid:1</instanceID></meta></data>',
        '<data id="s" version="1" xmlns:jr="http://openrosa.org/xforms"><jr:meta><jr:instanceID>\n uuid:1 '
        "</jr:instanceID></jr:meta></data>",
        '<data id="s" version="1" xmlns="http://x"><meta xmlns="http://openrosa.org/xforms"><instanceID>uuid:1'
        "</instanceID></meta></data>",
        '<data id="s" version="1" xmlns="http://x"><meta><instanceID>uuid:1</instanceID></meta></data>',
        '<data id="s" version="1"><orx:meta xmlns:orx="http://openrosa.org/xforms"><instanceID>uuid:1</instanceID>'
        "</orx:meta></data>",
        '<data id="s" version="1" instanceID="uuid:1"/>',
        '<data id="s" version="1"><instanceID>uuid:1</instanceID></data>',
        '<data xmlns="s" version="1"><meta><instanceID>uuid:1</instanceID></meta></data>',
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand --><data id="s" version="1">'
        "<meta><instanceID>uuid:1</instanceID></meta></data>",
        '\ufeff<data id="s" version="1"><meta><instanceID>uuid:1</instanceID></meta></data>',
        '<data id="s" version="1"><meta><instanceID><![CDATA[uuid:1]]></instanceID></meta></data>',
    ],
)
def test_every_place_where_an_identity_may_stand(xml: str) -> None:
    assert identity(xml) == Identity("s", "1", "uuid:1", None)


def test_an_edit_names_what_it_replaces() -> None:
    xml = (
        f'<data id="s" {ORX}><orx:meta><orx:instanceID>uuid:2</orx:instanceID>'
        "<orx:deprecatedID>uuid:1</orx:deprecatedID></orx:meta></data>"
    )
    assert identity(xml) == Identity("s", "", "uuid:2", "uuid:1")


def test_a_question_called_instance_id_is_not_the_identity() -> None:
    xml = '<data id="s"><group><instanceID>no</instanceID></group><meta><instanceID>yes</instanceID></meta></data>'
    assert identity(xml).instance == "yes"


def test_without_an_id_the_content_gives_one_and_a_retry_the_same() -> None:
    body = b'<data id="s"><age>30</age></data>'
    first = identity(body).instance
    assert first == identity(body).instance == id_from_content(body)
    assert re.fullmatch(r"uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != identity(body.replace(b"30", b"31")).instance


def test_ids_of_249_characters_and_more_work() -> None:
    for length in (249, MAX_ID_CHARS):
        value = "uuid:" + "a" * (length - 5)
        assert identity(f'<d id="s"><meta><instanceID>{value}</instanceID></meta></d>').instance == value


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("", problems.MALFORMED_XML),
        ("no xml at all", problems.MALFORMED_XML),
        ('<data id="s">', problems.MALFORMED_XML),
        ('<data id="s"><a></b></data>', problems.MALFORMED_XML),
        ('<data id="s">&undeclared;</data>', problems.MALFORMED_XML),
        ('<data id="s"/><data id="s"/>', problems.MALFORMED_XML),
        ('<data id="s">' + "<a>" * 300 + "</a>" * 300 + "</data>", problems.MALFORMED_XML),
        ("<data/>", problems.NO_SURVEY_ID),
        ('<data id="  "/>', problems.NO_SURVEY_ID),
        (b'<data id="s">\xff</data>', problems.BAD_CHARACTERS),
        ('<data id="s">\x08</data>', problems.BAD_CHARACTERS),
        ('<data id="s">&#8;</data>', problems.BAD_CHARACTERS),
        ('<data id="s">\x00</data>', problems.BAD_CHARACTERS),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><data id="s">a</data>', problems.BAD_CHARACTERS),
        ('<data id="s"/>'.encode("utf-16"), problems.BAD_CHARACTERS),
        ('<!DOCTYPE data [<!ENTITY a "b">]><data id="s">&a;</data>', problems.DOCTYPE),
        ('<?xml version="1.0"?><!-- x --> <!DOCTYPE data SYSTEM "file:///etc/passwd"><data id="s"/>', problems.DOCTYPE),
        ('<data id="s"><meta><instanceID>a\nb</instanceID></meta></data>', problems.BAD_INSTANCE_ID),
        (f'<d id="s"><meta><instanceID>{"a" * (MAX_ID_CHARS + 1)}</instanceID></meta></d>', problems.BAD_INSTANCE_ID),
        ('<data id="s" encrypted="yes" version="1"/>', problems.BROKEN_MANIFEST),
    ],
)
def test_what_is_refused(xml: str | bytes, expected: ProblemType) -> None:
    assert refusal(xml) is expected


def test_a_doctype_in_an_answer_is_an_answer() -> None:
    xml = '<data id="s"><note><![CDATA[<!DOCTYPE html>]]></note><meta><instanceID>a</instanceID></meta></data>'
    assert identity(xml).instance == "a"


def test_an_error_does_not_quote_the_answers() -> None:
    read = read_xml(b'<data id="s"><phone>+41791234567</phone>&Amina;<x></data>')
    assert isinstance(read, Problem)
    assert "Amina" not in read.detail
    assert "+4179" not in read.detail


def test_many_comments_before_a_doctype_cost_linear_time() -> None:
    assert refusal("<!-- a -->" * 20_000 + "<!DOCTYPE a>" + '<data id="s"/>') is problems.DOCTYPE
    assert refusal("<!-- a --" * 20_000 + "<!DOCTYPE") is problems.MALFORMED_XML


SAMPLE = f'<data id="s" version="1" {ORX}><a>x</a><orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>'


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(body: bytes) -> None:
    assert isinstance(read_xml(body), XmlSubmission | Problem)


@given(st.integers(0, len(SAMPLE)), st.integers(0, 20), st.binary(max_size=12))
def test_mutated_xml_is_read_or_refused(at: int, removed: int, added: bytes) -> None:
    body = SAMPLE.encode()
    assert isinstance(read_xml(body[:at] + added + body[at + removed :]), XmlSubmission | Problem)
