"""XForms written by hand, and XML that means harm."""

import time

import pytest

from schemas.survey.definition import FieldDefinition, FieldType, Itemset
from schemas.survey.finding import SurveyError
from schemas.survey.xform import Form, read_xform

NAMESPACES = (
    'xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    'xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms" '
    'xmlns:orx="http://openrosa.org/xforms" xmlns:rihla="https://rihla.example/xforms"'
)


def form(instance: str, binds: str = "", body: str = "", more: str = "", namespaces: str = NAMESPACES) -> Form:
    return read_xform(
        f"<h:html {namespaces}><h:head><h:title>T</h:title><model><itext>"
        '<translation lang="en"><text id="a"><value>An <output value="/data/x"/> answer</value></text>'
        '<text id="one"><value form="image">jr://x.png</value><value>One</value></text></translation></itext>'
        f'<instance><data id="t" version="1">{instance}</data></instance>{more}{binds}</model></h:head>'
        f"<h:body>{body}</h:body></h:html>"
    )


def only(made: Form) -> FieldDefinition:
    (field,) = made.fields.values()
    return field


ITEMS = (
    '<instance id="list"><root><item><name>1</name><label>One</label><code>x</code></item>'
    "<item><name>2</name><label>Two</label><code>y</code></item></root></instance>"
)


@pytest.mark.parametrize(
    ("nodeset", "filtered"),
    [
        ("instance('list')/root/item", False),
        ('instance("list")/root/item[name = /data/a]', True),
        ("randomize(instance('list')/root/item)", False),
        ("randomize(instance('list')/root/item[code = 'x'], 42)", True),
    ],
)
def test_itemsets(nodeset: str, filtered: bool) -> None:
    nodeset = nodeset.replace('"', "&quot;")
    itemset = f'<itemset nodeset="{nodeset}"><value ref="name"/><label ref="label"/></itemset>'
    body = f'<select1 ref="/data/q">{itemset}</select1>'
    made = form("<q/>", body=body, more=ITEMS)
    field = only(made)
    assert (field.type, field.choices, field.choices_filtered, field.external) == (
        FieldType.SELECT_ONE,
        "list",
        filtered,
        False,
    )
    assert [(choice.name, choice.labels) for choice in made.choice_lists["list"]] == [
        ("1", {"": "One"}),
        ("2", {"": "Two"}),
    ]


def test_another_column_as_value_is_another_list() -> None:
    body = (
        '<select ref="/data/q"><itemset nodeset="instance(\'list\')/root/item"><value ref="code"/></itemset></select>'
    )
    made = form("<q/>", body=body, more=ITEMS)
    assert only(made).type is FieldType.SELECT_MULTIPLE
    assert [choice.name for choice in made.choice_lists["list.code"]] == ["x", "y"]


@pytest.mark.parametrize(
    ("nodeset", "filtered"),
    [
        ("instance('file')/root/item", False),
        ("instance('file')/root/item[a = ../b]", True),
        ("/data/member[name != '']", True),
        ("randomize(/data/member[name != 'a,b'], 4)", True),
    ],
)
def test_choices_that_are_elsewhere_are_looked_up(nodeset: str, filtered: bool) -> None:
    itemset = f'<itemset nodeset="{nodeset}"><value ref="code"/><label ref="jr:itext(name)"/></itemset>'
    body = f'<select1 ref="/data/q">{itemset}</select1>'
    field = only(form("<q/>", body=body, more='<instance id="file" src="jr://file-csv/x.csv"/>'))
    plain = nodeset.removeprefix("randomize(").removesuffix(", 4)")
    assert field.itemset == Itemset(nodeset=plain, value="code", label="jr:itext(name)")
    assert (field.choices, field.external, field.choices_filtered) == (None, False, filtered)


def test_choices_from_an_instance_that_is_not_there_are_an_error() -> None:
    body = (
        '<select1 ref="/data/q"><itemset nodeset="instance(\'no\')/root/item"><value ref="name"/></itemset></select1>'
    )
    made = form("<q/>", body=body)
    assert [finding.code for finding in made.findings] == ["SUR-029"]
    assert only(made).external


@pytest.mark.parametrize("attributes", ["query=\"instance('x')/root/item\"", "appearance=\"search('x')\""])
def test_choices_that_the_app_finds_are_never_compared(attributes: str) -> None:
    body = f'<select1 ref="/data/q" {attributes}><item><label>A</label><value>1</value></item></select1>'
    field = only(form("<q/>", body=body))
    assert field.external and field.choices is None and field.itemset is None


def test_a_choice_of_another_type_is_not_compared() -> None:
    """JavaRosa does not check choices of a bind that is neither text nor choice (41)."""
    body = '<select1 ref="/data/q"><item><label>A</label><value>1</value></item></select1>'
    for name, kind in (("int", FieldType.INT), ("date", FieldType.DATE), ("boolean", FieldType.BOOLEAN)):
        typed = only(form("<q/>", f'<bind nodeset="/data/q" type="{name}"/>', body))
        assert typed.type is kind and typed.choices is None and typed.asked
    text = only(form("<q/>", '<bind nodeset="/data/q" type="string"/>', body))
    assert text.type is FieldType.SELECT_ONE and text.choices is not None and not text.external


def test_items_written_in_the_control() -> None:
    body = '<odk:rank ref="/data/g/q"><item><label ref="jr:itext(\'one\')"/><value> a </value></item></odk:rank>'
    made = form("<g><q/></g>", body=body)
    assert only(made).type is FieldType.RANK
    assert [(choice.name, choice.labels) for choice in made.choice_lists["g/q"]] == [("a", {"en": "One"})]


def test_labels_do_not_hold_answers() -> None:
    made = form("<q/>", body='<input ref="/data/q"><label ref="jr:itext(\'a\')"/></input>')
    assert only(made).labels == {"en": "An ... answer"}


def test_relative_references_and_bind_ids() -> None:
    body = '<group ref="/data/g"><input ref="a"/><input bind="b"/></group>'
    made = form("<g><a/><b/></g>", '<bind id="b" nodeset="g/b" type="xsd:int"/>', body)
    assert {path: (field.asked, field.type) for path, field in made.fields.items()} == {
        "g/a": (True, FieldType.STRING),
        "g/b": (True, FieldType.INT),
    }


def test_repeats_with_template_and_instances_are_one() -> None:
    instance = '<r jr:template=""><a/><s jr:template=""><b/></s></r><r><a/><s><b/></s></r><r><a/></r>'
    body = (
        '<group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/a"/><group><repeat nodeset="/data/r/s">'
        '<input ref="/data/r/s/b"/></repeat></group></repeat></group>'
    )
    made = form(instance, body=body)
    assert [(group.path, group.repeat) for group in made.groups] == [("r", True), ("r/s", True)]
    assert list(made.fields) == ["r/a", "r/s/b"]
    assert all(field.asked for field in made.fields.values())


def test_a_node_without_nodes_below_it_is_a_field_also_where_only_a_group_names_it() -> None:
    """JavaRosa computes and stores a value there (measured)."""
    bind = '<bind nodeset="/data/g" calculate="1 + 1"/>'
    made = form("<g/><q/>", bind, body='<group ref="/data/g"/><input ref="/data/q"/>')
    assert list(made.fields) == ["g", "q"] and made.groups == []
    assert made.fields["g"].calculate == "1 + 1" and not made.fields["g"].asked


def test_meta_is_left_out_with_any_prefix() -> None:
    made = form("<q/><orx:meta><orx:instanceID/></orx:meta><g><meta/></g>")
    assert list(made.fields) == ["q", "g/meta"]


def test_rihlas_attributes() -> None:
    bind = '<bind nodeset="/data/q" type="int" rihla:privacy="band:1,5" rihla:concept="AGE" required="false()"/>'
    field = only(form("<q/>", bind))
    assert (field.privacy.argument, field.concept, field.required, field.asked) == ("1,5", "AGE", None, False)


def test_a_form_without_the_namespace_of_xforms() -> None:
    made = form(
        "<q/>",
        '<bind nodeset="/data/q" type="int"/>',
        '<input ref="/data/q"/>',
        namespaces='xmlns:h="http://www.w3.org/1999/xhtml"',
    )
    assert only(made).type is FieldType.INT and only(made).asked


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{10 * f"&{chr(97 + n)};"}">' for n in range(9)
)


@pytest.mark.parametrize(
    "xml",
    [
        BOMB + "]><h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:head>&j;</h:head></h:html>",
        "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><h:html xmlns:h='http://www.w3.org/1999/xhtml'/>",
        "<a>" * 10_000,
        "",
    ],
)
def test_malicious_xml_is_refused_at_once(xml: str) -> None:
    began = time.process_time()
    with pytest.raises(SurveyError):
        read_xform(xml)
    assert time.process_time() - began < 0.5


def test_a_deep_instance_is_refused() -> None:
    with pytest.raises(SurveyError, match="deep"):
        form("<g>" * 100 + "</g>" * 100)
