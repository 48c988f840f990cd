"""What an XForm says beside questions and rules: languages, actions, counts, defaults; and what is odd in one."""

import pytest

from schemas.survey.compile import compile_file
from schemas.survey.definition import FieldDefinition, FieldType, SetValue
from schemas.survey.xform import Form, read_xform
from schemas.survey.xlsform import SurveyFile

NAMESPACES = (
    'xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    'xmlns:jr="http://openrosa.org/javarosa" xmlns:entities="http://www.opendatakit.org/xforms/entities"'
)


def form(instance: str, model: str = "", body: str = "", head: str = "") -> Form:
    return read_xform(
        f"<h:html {NAMESPACES}><h:head><h:title>T</h:title><model>"
        f'<instance><data id="t" version="1">{instance}</data></instance>{model}</model>{head}</h:head>'
        f"<h:body>{body}</h:body></h:html>"
    )


def only(made: Form) -> FieldDefinition:
    (field,) = made.fields.values()
    return field


def codes(made: Form) -> list[str]:
    return [finding.code for finding in made.findings]


@pytest.mark.parametrize(
    ("translations", "default"),
    [
        ("", ""),
        ('<translation lang="en"/><translation lang="fr"/>', "en"),
        ('<translation lang="en"/><translation lang="fr" default="true()"/>', "fr"),
        ('<translation lang="en"/><translation lang="fr" default=""/>', "fr"),
    ],
)
def test_default_language(translations: str, default: str) -> None:
    assert form("<q/>", f"<itext>{translations}</itext>").default_language == default


def test_the_key_of_a_form_that_encrypts() -> None:
    assert form("<q/>", '<submission method="post" base64RsaPublicKey="MII \n BIj"/>').form_key == "MIIBIj"
    assert form("<q/>", '<submission method="post"/>').form_key is None
    assert form("<q/>").form_key is None


def test_actions_that_run_when_a_submission_is_opened() -> None:
    """16: the others ran on the phone."""
    model = (
        '<bind id="b" nodeset="/data/b"/>'
        '<setvalue event="odk-instance-load" ref="/data/a" value="now()"/>'
        '<setvalue event="odk-instance-first-load" ref="/data/a" value="1"/>'
        '<setvalue event="odk-instance-first-load odk-instance-load" bind="b"> it\'s </setvalue>'
        '<setvalue event="odk-instance-load" ref="/data/a"/>'
        '<setvalue event="odk-instance-load" ref="/other/a" value="1"/>'
    )
    body = (
        '<input ref="/data/a"><setvalue event="xforms-value-changed" ref="/data/b" value="2"/>'
        '<setvalue event="odk-instance-load" ref="/data/b" value="3"/></input>'
    )
    made = form("<a/><b/>", model, body)
    assert made.on_load == [
        SetValue(path="a", value="now()"),
        SetValue(path="b", value='"it\'s"'),
        SetValue(path="a", value="''"),
        SetValue(path="b", value="3"),
    ]
    assert codes(made) == ["SUR-028"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (" /data/n ", "/data/n"),
        ("../n", "/data/n"),
        ("current()/../n", "/data/n"),
        ("/data/n + 1", "/data/n + 1"),
        ("", None),
    ],
)
def test_counts_of_repeats(count: str, expected: str | None) -> None:
    body = (
        f'<group ref="/data/r"><repeat nodeset="/data/r" jr:count="{count}"><input ref="/data/r/a"/></repeat></group>'
    )
    [group] = form("<n/><r jr:template=''><a/></r>", body=body).groups
    assert group.count == expected


def test_count_of_a_repeat_in_a_repeat() -> None:
    body = (
        '<group ref="/data/r"><repeat nodeset="/data/r"><group ref="/data/r/s">'
        '<repeat nodeset="/data/r/s" jr:count="../n"><input ref="/data/r/s/a"/></repeat></group></repeat></group>'
    )
    made = form("<r><n/><s><a/></s></r>", body=body)
    assert {group.path: group.count for group in made.groups} == {"r": None, "r/s": "/data/r/n"}


def test_defaults_preloads_controls() -> None:
    binds = (
        '<bind nodeset="/data/a" jr:preload="timestamp" jr:preloadParams="end"/>'
        '<bind nodeset="/data/b" jr:preload="uid"/>'
        '<bind nodeset="/data/c" readonly="true()"/><bind nodeset="/data/d" readonly="/data/a = 1"/>'
    )
    body = '<input ref="/data/c"/><upload ref="/data/d" mediatype="image/*"/>'
    made = form("<a/><b/><c> x y </c><d>\n</d>", binds, body).fields
    assert {path: (f.preload, f.default, f.control, f.readonly) for path, f in made.items()} == {
        "a": ("timestamp:end", "", "", False),
        "b": ("uid", "", "", False),
        "c": (None, "x y", "input", True),
        "d": (None, "", "upload", False),
    }


@pytest.mark.parametrize(
    ("written", "kind", "found"),
    [
        ("xsd:int", FieldType.INT, []),
        ("long", FieldType.DECIMAL, []),
        ("anyURI", FieldType.STRING, []),
        ("datetime", FieldType.STRING, ["SUR-027"]),
        ("note", FieldType.STRING, ["SUR-027"]),
        ("select1", FieldType.STRING, []),
    ],
)
def test_types_of_binds(written: str, kind: FieldType, found: list[str]) -> None:
    made = form("<q/>", f'<bind nodeset="/data/q" type="{written}"/>')
    assert (only(made).type, codes(made)) == (kind, found)


def test_an_element_twice_outside_of_a_repeat() -> None:
    """11: phones cannot reopen a submission of it."""
    made = form("<a/><b/><a/>")
    assert codes(made) == ["SUR-026"] and list(made.fields) == ["a", "b"]
    assert codes(form('<r jr:template=""><a/></r><r><a/></r>', body='<repeat nodeset="/data/r"/>')) == []


def test_of_two_models_the_first_is_read() -> None:
    made = form("<a/>", head='<model><instance><other id="o"><b/></other></instance></model>')
    assert codes(made) == ["SUR-025"] and list(made.fields) == ["a"]


def test_controls_and_binds_for_nodes_that_are_not_there() -> None:
    made = form("<a/>", '<bind nodeset="/data/b"/><bind nodeset="/x/y"/>', '<input ref="/data/c"/>')
    assert sorted(codes(made)) == ["SUR-020", "SUR-020", "SUR-023"]


def test_entities_are_passed_over() -> None:
    entity = '<meta><entities:entity dataset="people" create="1" id=""><entities:label/></entities:entity></meta>'
    made = form(f"<a/>{entity}", '<bind nodeset="/data/meta/entity/label" calculate="/data/a"/>')
    assert codes(made) == ["SUR-024"] and list(made.fields) == ["a"]


def test_what_pyxform_writes() -> None:
    text = """
| survey |
| | type | name | label | default | trigger | calculation | repeat_count | parameters |
| | end | end | | | | | | |
| | text | a | A | b c | | | | |
| | date | d | D | today() | | | | |
| | text | stamp | Stamp | | ${a} | now() | | |
| | begin_repeat | r | R | | | | ${a} + 1 | |
| | select_one x | c | C | | | | | randomize=true |
| | end_repeat | | | | | | | |
| | select_one ${c} | who | Who | | | | | |
| choices |
| | list_name | name | label |
| | x | 1 | One |
| settings |
| | form_id | version | default_language | public_key | submission_url |
| | t | 1 | English | MIIB | https://example.org |
"""
    survey = compile_file(SurveyFile(".md", text.encode())).definition
    assert survey is not None
    fields = {field.path: field for field in survey.fields}
    assert fields["end"].preload == "timestamp:end"
    assert (fields["a"].default, fields["d"].default) == ("b c", "")
    assert survey.on_load == [] and survey.form_key == "MIIB"
    assert [(group.path, group.count) for group in survey.groups] == [("r", "/data/r_count")]
    chosen, who = fields["r/c"].itemset, fields["who"].itemset
    assert chosen is not None and who is not None
    assert (chosen.nodeset, fields["r/c"].choices) == ("instance('x')/root/item", "x")
    assert who.nodeset.startswith("/data/r[") and fields["who"].choices is None and not fields["who"].external
    assert (who.value, who.label) == ("c", "c")
