"""What a submission holds, read with the sketch of the form and without Rihla's reader: the ground of explanations."""

from dataclasses import dataclass, field

from lxml import etree

from tests.conformance.sketch import Node
from tests.conformance.told import Place

_PARSER = etree.XMLParser(resolve_entities=False, huge_tree=True)


@dataclass
class Sent:
    """`texts` are the trimmed texts of the leaves; the sets hold the places of groups with an element that the form has
    not, of nodes that are there twice outside a repeat, and of leaves and groups with other content than theirs."""

    texts: dict[Place, str] = field(default_factory=dict)
    unknown: set[Place] = field(default_factory=set)
    doubled: set[Place] = field(default_factory=set)
    mixed: set[Place] = field(default_factory=set)


def read_sent(xml: str, root: Node) -> Sent:
    sent = Sent()
    _walk(etree.fromstring(xml.encode(), _PARSER), root, ("", ()), sent)
    return sent


def _walk(element: etree._Element, node: Node, place: Place, sent: Sent) -> None:
    names = {etree.QName(child.tag).localname: child for child in node.children}
    times: dict[str, int] = {}
    if any(not isinstance(child.tag, str) for child in element):
        sent.mixed.add(place)
    if _stray(element):
        sent.mixed.add(place)
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        known = names.get(name)
        if known is None:
            sent.unknown.add(place)
            continue
        times[name] = number = times.get(name, 0) + 1
        path = f"{place[0]}/{name}" if place[0] else name
        below: Place = (path, (*place[1], number) if known.repeat else place[1])
        if number > 1 and not known.repeat:
            sent.doubled.add(below)
        elif known.children:
            _walk(child, known, below, sent)
        else:
            sent.texts[below] = (child.text or "").strip(" \t\r\n")
            if len(child):
                sent.mixed.add(below)


def _stray(element: etree._Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip() for text in texts)
