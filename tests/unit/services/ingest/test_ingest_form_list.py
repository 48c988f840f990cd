"""formList: one bad entry makes Collect drop the whole list."""

import hashlib
import xml.etree.ElementTree as ET

from schemas.survey.definition import SurveyDefinition
from services.ingest.form_list import form_list

NS = "{http://openrosa.org/xforms/xformsList}"


def survey(name: str, title: str = "A title", version: str = "1") -> SurveyDefinition:
    return SurveyDefinition(survey=name, version=version, title=title, root="/data", xform="<h:html/>", fields=[])


def test_every_entry_has_what_collect_needs() -> None:
    listed = ET.fromstring(form_list([survey("a"), survey("b", title="  ")], "https://h/key/t"))
    assert listed.tag == f"{NS}xforms"
    assert len(listed) == 2
    for form in listed:
        for name in ("formID", "name", "version", "hash", "downloadUrl"):
            text = form.findtext(NS + name)
            assert text is not None
            assert text.strip()
        assert form.findtext(f"{NS}hash") == "md5:" + hashlib.md5(b"<h:html/>", usedforsecurity=False).hexdigest()


def test_texts_are_escaped_and_urls_carry_the_key() -> None:
    form = ET.fromstring(form_list([survey("a.b", title="Träume & <b>")], "https://h/key/t$!"))[0]
    assert form.findtext(f"{NS}name") == "Träume & <b>"
    assert form.findtext(f"{NS}downloadUrl") == "https://h/key/t$!/forms/a.b.xml?version=1"


def test_no_survey_is_an_empty_list() -> None:
    assert len(ET.fromstring(form_list([], "http://h"))) == 0
