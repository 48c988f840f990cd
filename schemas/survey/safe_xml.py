"""XML from strangers: no entities, no document type, no network, bounded depth and text."""

from lxml import etree


class BadXml(Exception):
    """Text that is no XML, or XML that is not taken. The message is lxml's."""


class HasDoctype(BadXml):
    """A document type declaration: entities are not read, so nobody needs one."""


def parse(data: bytes) -> etree._Element:
    """The root element, without comments and processing instructions. Raises BadXml."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        raise BadXml(fault.msg) from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise HasDoctype("it has a document type declaration")
    return root


def local_name(element: etree._Element) -> str:
    """The name without namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
