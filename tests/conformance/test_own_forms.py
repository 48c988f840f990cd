"""The forms of this folder use all of the survey language together: every function, control, type and kind of rule."""

import re
from functools import cache

from lxml import etree

from schemas.expressions.functions import FUNCTIONS
from schemas.survey.definition import FieldType
from tests.conformance.both import definition_of
from tests.conformance.form_file import FormFile, own_forms, read_form

NODE_TESTS = frozenset({"node", "text", "comment", "and", "or", "div", "mod"})
_CALL = re.compile(r"([A-Za-z_][\w.:-]*)\s*\(")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_RULES = ("constraint", "relevant", "required", "calculate", "nodeset", "value", "count", "readonly")


@cache
def forms() -> list[FormFile]:
    return [read_form(path) for path in own_forms()]


def elements() -> list[etree._Element]:
    return [each for form in forms() for each in etree.fromstring(form.xform.encode()).iter(etree.Element)]


def test_there_are_enough_forms() -> None:
    assert len(forms()) >= 40


def test_every_function_is_called_somewhere() -> None:
    called: set[str] = set()
    for element in elements():
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2] in _RULES:
                called.update(_CALL.findall(_TEXT.sub("''", str(value))))
    missing = set(FUNCTIONS) - called
    assert not missing


def test_every_control_stands_somewhere() -> None:
    names = {etree.QName(element).localname for element in elements()}
    wanted = {
        "input",
        "select1",
        "select",
        "rank",
        "upload",
        "range",
        "trigger",
        "secret",
        "group",
        "repeat",
        "itemset",
    }
    assert wanted <= names


def test_every_type_stands_somewhere() -> None:
    assert {field.type for form in forms() for field in definition_of(form).fields} == set(FieldType)


def test_every_kind_of_rule_stands_somewhere() -> None:
    definitions = [definition_of(form) for form in forms()]
    fields = [field for definition in definitions for field in definition.fields]
    groups = [group for definition in definitions for group in definition.groups]
    for rule in ("required", "relevant", "constraint", "calculate", "preload", "default", "itemset"):
        assert any(getattr(field, rule) for field in fields), rule
    assert any(group.relevant for group in groups)
    assert any(group.count for group in groups)
    assert any(group.repeat and "/" in group.path for group in groups)
    assert any(definition.on_load for definition in definitions)
    assert any(len(definition.languages) > 1 for definition in definitions)
    assert any(form.files for form in forms())
