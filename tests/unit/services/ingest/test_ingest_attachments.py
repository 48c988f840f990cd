"""Which files a submission names: from the answers and the form, in groups and repeats, whatever the namespace."""

from lxml import etree

from schemas.survey.definition import FieldDefinition, FieldType, GroupDefinition, SurveyDefinition
from services.ingest.attachments import count_missing, file_paths

SURVEY = SurveyDefinition(
    survey="s",
    version="1",
    title="S",
    root="/data",
    xform="",
    groups=[GroupDefinition(path="member", repeat=True)],
    fields=[
        FieldDefinition(path="photo", type=FieldType.BINARY),
        FieldDefinition(path="member/voice", type=FieldType.BINARY),
        FieldDefinition(path="member/name", type=FieldType.STRING),
    ],
)
XML = (
    "<data><photo>Größe.jpg</photo><member><voice>a.m4a</voice><name>b.jpg</name></member>"
    "<member><voice> c.m4a </voice></member><member><voice/></member></data>"
)


def missing(xml: str, *received: str) -> int:
    return count_missing(etree.fromstring(xml), file_paths(SURVEY), frozenset(received))


def test_only_file_questions_count() -> None:
    assert file_paths(SURVEY) == (("photo",), ("member", "voice"))
    assert missing(XML) == 3


def test_what_came_is_not_missing() -> None:
    assert missing(XML, "Größe.jpg", "a.m4a") == 1
    assert missing(XML, "Größe.jpg", "a.m4a", "c.m4a", "not named.jpg") == 0


def test_one_file_named_twice_is_missing_once() -> None:
    assert missing("<data><photo>a</photo><member><voice>a</voice></member></data>") == 1


def test_a_default_namespace_changes_nothing() -> None:
    assert missing(XML.replace("<data>", '<data xmlns="http://example.org/form">')) == 3


def test_no_answer_names_no_file() -> None:
    assert missing("<data><photo/></data>") == missing("<data/>") == 0
