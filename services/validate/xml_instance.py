"""ODK instance XML -> Instance.

The parser is hardened: no document type, no entities but XML's own five, no network, libxml2's limits on depth and
size. Elements are known by their local names: namespaces and attributes are the client's own, and
an unknown element in a namespace that is not the root's passes.
"""

from typing import Any

from lxml import etree

from services.validate.instance import CLIENT, XML_SPACE, Instance, Kind, Node, Unreadable, bound, path_of_unknown
from services.validate.reasons import DOCTYPE, DOUBLED_NODE, NOT_XML, UNKNOWN_NODE, WRONG_ROOT, WRONG_SHAPE
from services.validate.row import Row

_MARKS, _EDGE = "<=&", "<"
_TEMPLATE = "{http://openrosa.org/javarosa}template"
"""Marks a row that a form keeps as the pattern for new ones; it is not an answer."""

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    collect_ids=False,
    # The body was decoded by ingest: whatever encoding the XML still declares is no longer its own.
    encoding="utf-8",
)


FIELD = Kind.FIELD
_ASIDES: tuple[object, ...] = (etree.Comment, etree.PI)


def read_xml(body: str, root_name: str, tree: Node) -> Instance:
    """Raises `Unreadable`."""
    bound(body, _MARKS, _EDGE)
    try:
        element = etree.fromstring(body.encode(), _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        # Some document types are refused by the parser itself.
        raise Unreadable(DOCTYPE if "<!DOCTYPE" in body else NOT_XML) from None
    # Reading the document's properties costs as much as a third of the parse; the text tells when it is needed.
    if "<!DOCTYPE" in body and _has_doctype(element):
        raise Unreadable(DOCTYPE)
    instance = Instance()
    if element.get("encrypted") == "yes":
        instance.encrypted = True
        return instance
    namespace, name = _split(element.tag)
    if name != root_name:
        raise Unreadable(WRONG_ROOT)
    _walk(element, tree, instance.root, instance, namespace)
    instance.weigh(body)
    return instance


def _walk(element: "etree._Element", node: Node, row: Row, instance: Instance, namespace: str) -> None:
    names, values, field_of = node.children, row.values, node.fields.get
    for child in element:
        tag = child.tag
        path = field_of(tag)
        if path is not None and path not in values and not len(child):
            # Nearly every element of nearly every submission.
            text = child.text
            values[path] = text.strip(XML_SPACE) if text else ""
            continue
        if type(tag) is not str:
            if tag not in _ASIDES:  # an entity reference
                instance.fault(WRONG_SHAPE, node.path or None, row)
            continue
        if tag[0] == "{":
            space, tag = _split(tag)
        else:
            space = ""
        known = names.get(tag)
        if known is None:
            if (node.path or tag not in CLIENT) and space in ("", namespace):
                instance.fault(UNKNOWN_NODE, path_of_unknown(node), row)
        elif known.kind is FIELD:
            if known.path in values:
                instance.fault(DOUBLED_NODE, known.path, row)
            elif any(below.tag not in _ASIDES for below in child):
                # It is there, and empty (15).
                instance.fault(WRONG_SHAPE, known.path, row)
                values[known.path] = ""
            else:
                # Of a text with a comment in it JavaRosa reads what stands before that (14).
                text = child.text
                values[known.path] = text.strip(XML_SPACE) if text else ""
        elif known.kind is Kind.GROUP:
            if known.path in row.groups:
                instance.fault(DOUBLED_NODE, known.path, row)
            else:
                row.groups.add(known.path)
                _walk(child, known, row, instance, namespace)
        elif child.get(_TEMPLATE) is None:
            below = instance.new_row(known, row)
            if below is None:
                return
            _walk(child, known, below, instance, namespace)


def _has_doctype(element: "etree._Element") -> bool:
    document: Any = element.getroottree().docinfo
    return bool(document.doctype)


def _split(tag: str) -> tuple[str, str]:
    if tag[0] != "{":
        return "", tag
    space, _, name = tag[1:].partition("}")
    return space, name
