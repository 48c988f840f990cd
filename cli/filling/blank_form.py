"""The blank submission of a form: its nodes in their order, as they are written into the XML."""

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from lxml import etree

from schemas.survey import safe_xml
from schemas.survey.definition import SurveyDefinition
from schemas.survey.safe_xml import local_name

ODK = "http://openrosa.org/xforms"
XFORMS = "http://www.w3.org/2002/xforms"
"""The namespace of a form's own elements, which phones leave out of what they send."""
CLIENT = frozenset({"meta", "instanceID"})
"""What the phone adds at the top by itself (services.validate.instance)."""


@dataclass(frozen=True)
class Blank:
    """A node. `path` is below the root; `children` are empty for a field. A repeat is one node, however many of its
    instances the form holds. `tag` is the name as it is written, with its prefix if it has one."""

    tag: str
    name: str
    path: str
    repeat: bool = False
    group: bool = False
    children: tuple["Blank", ...] = ()


@dataclass(frozen=True)
class BlankForm:
    """`start` is the root's start tag, with its attributes and the namespaces of all prefixes; `prefix` that of ODK's
    own namespace in it. `steps` are the lowest value, the highest and the step of each question on a scale."""

    start: str
    end: str
    prefix: str
    children: tuple[Blank, ...]
    scales: dict[str, tuple[float, float, float]] = field(default_factory=dict)


class NoForm(Exception):
    """The definition holds no XForm that can be read. It was never published so."""


def blank_form(definition: SurveyDefinition) -> BlankForm:
    """Raises NoForm."""
    try:
        html = safe_xml.parse(definition.xform.encode())
    except safe_xml.BadXml as fault:
        raise NoForm(str(fault)) from fault
    instance = next(html.iter("{*}instance"), None)
    if instance is None or not len(instance):
        raise NoForm("there is no instance in it")
    top = instance[0]
    repeats = {group.path for group in definition.groups if group.repeat}
    fields = {question.path for question in definition.fields}
    children = _children(top, "", repeats, fields)
    spaces = {prefix: space for prefix, space in top.nsmap.items() if prefix in _prefixes(top)}
    prefix = next((prefix for prefix, space in spaces.items() if prefix and space == ODK), "orx")
    spaces[prefix] = ODK
    name, own = local_name(top), etree.QName(top).namespace
    declared = [f"xmlns:{prefix}={quoteattr(space)}" for prefix, space in spaces.items() if prefix]
    if own and own != XFORMS:
        # That of all its children without a prefix.
        declared.append(f"xmlns={quoteattr(own)}")
    attributes = [f"{_attribute(top, key)}={quoteattr(str(value))}" for key, value in top.attrib.items()]
    return BlankForm(
        start=f"<{name} {' '.join([*declared, *attributes])}>",
        end=f"</{name}>",
        prefix=prefix,
        children=children,
        scales=_scales(html, definition),
    )


def _children(element: etree._Element, above: str, repeats: set[str], fields: set[str]) -> tuple[Blank, ...]:
    found: dict[str, Blank] = {}
    for child in element:
        name = local_name(child)
        path = f"{above}/{name}" if above else name
        if path in found or path in CLIENT:
            continue
        below = () if path in fields else _children(child, path, repeats, fields)
        tag = f"{child.prefix}:{name}" if child.prefix else name
        found[path] = Blank(tag, name, path, path in repeats, path not in fields, below)
    return tuple(found.values())


def _prefixes(top: etree._Element) -> set[str | None]:
    """Those of the names that are written."""
    used = {element.prefix for element in top.iter(etree.Element)}
    return used | {_attribute(top, key).rpartition(":")[0] or None for key in top.attrib}


def _attribute(element: etree._Element, key: str | bytes) -> str:
    name = etree.QName(key)
    prefix = next((prefix for prefix, space in element.nsmap.items() if prefix and space == name.namespace), None)
    return f"{prefix}:{name.localname}" if prefix else name.localname


def _scales(html: etree._Element, definition: SurveyDefinition) -> dict[str, tuple[float, float, float]]:
    """Of the controls `range`: what a finger can choose on them."""
    found = {}
    before = f"/{definition.root.strip('/')}/"
    for control in html.iter("{*}range"):
        path = control.get("ref", "").removeprefix(before)
        try:
            low, high = float(control.get("start", "")), float(control.get("end", ""))
            step = abs(float(control.get("step", "1"))) or 1.0
        except ValueError:
            continue
        found[path] = (min(low, high), max(low, high), step)
    return found
