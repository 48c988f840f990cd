"""What the generator of submissions knows of a form: its nodes, read from the XForm's text, not from our definition.

It needs no more than to guess well: whatever it gets wrong makes another submission, not a wrong comparison.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

_TEXTS = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NUMBERS = re.compile(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w'])")
_INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")
_EXPRESSIONS = ("constraint", "relevant", "required", "calculate", "nodeset", "value", "count")
_TEMPLATE = "{http://openrosa.org/javarosa}template"
_COUNT = "{http://openrosa.org/javarosa}count"
_PRELOAD = "{http://openrosa.org/javarosa}preload"
_PRELOAD_PARAMS = "{http://openrosa.org/javarosa}preloadParams"
_CONTROLS = frozenset({"input", "select", "select1", "rank", "upload", "range", "trigger", "secret", "odk:rank"})


@dataclass
class Node:
    """`tag` is in lxml's form, with the namespace. `path` is absolute."""

    tag: str
    path: str
    children: list["Node"] = field(default_factory=list)
    repeat: bool = False
    type: str = "string"
    control: str = ""
    codes: list[str] = field(default_factory=list)
    preload: str = ""
    calculated: bool = False
    counts: bool = False
    """How many instances a repeat has."""
    default: str = ""

    def all(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.all()


@dataclass
class Sketch:
    root: Node
    attributes: dict[str, str]
    texts: list[str]
    """Literals of the form's expressions: values near which its rules decide."""
    numbers: list[float]


def sketch(xform: str, files: Mapping[str, bytes]) -> Sketch:
    document = etree.fromstring(xform.encode(), etree.XMLParser(resolve_entities=False, huge_tree=True))
    model = next(each for each in document.iter(etree.Element) if _local(each) == "model")
    primary = next(each for each in model if _local(each) == "instance")
    top = next(primary.iterchildren(etree.Element))
    root = _node(top, "")
    by_path = {node.path: node for node in root.all()}
    binds: dict[str, etree._Element] = {}
    for bind in model.iter(etree.Element):
        if _local(bind) == "bind":
            _bound(bind, root, by_path)
            if bind.get("id"):
                binds[bind.get("id", "")] = bind
    secondary = _secondary(model, files)
    body = next((each for each in document.iter(etree.Element) if _local(each) == "body"), None)
    if body is not None:
        _controls(body, root.path, binds, by_path, secondary)
    expressions = [
        str(value)
        for each in document.iter(etree.Element)
        for name, value in each.attrib.items()
        if str(name).rpartition("}")[2] in _EXPRESSIONS
    ]
    texts = {one or other for text in expressions for one, other in _TEXTS.findall(text)}
    numbers = {float(found) for text in expressions for found in _NUMBERS.findall(text) if len(found) < 15}
    return Sketch(root, {str(k): str(v) for k, v in top.attrib.items()}, sorted(texts), sorted(numbers))


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _node(element: etree._Element, above: str) -> Node:
    node = Node(str(element.tag), f"{above}/{_local(element)}", default=(element.text or "").strip())
    seen: set[str] = set()
    for child in element.iterchildren(etree.Element):
        if str(child.tag) not in seen:  # a template and the instances of a repeat are one
            seen.add(str(child.tag))
            node.children.append(_node(child, node.path))
    return node


def _bound(bind: etree._Element, root: Node, by_path: dict[str, Node]) -> None:
    path = bind.get("nodeset", "")
    node = by_path.get(path if path.startswith("/") else f"{root.path}/{path}")
    if node is not None:
        node.type = bind.get("type", "string").rpartition(":")[2]
        node.calculated = "calculate" in bind.attrib
        if _PRELOAD in bind.attrib:
            node.preload = f"{bind.get(_PRELOAD)}:{bind.get(_PRELOAD_PARAMS, '')}"


def _controls(
    element: etree._Element,
    context: str,
    binds: Mapping[str, etree._Element],
    by_path: dict[str, Node],
    secondary: Mapping[str, dict[str, list[str]]],
) -> None:
    for child in element.iterchildren(etree.Element):
        name = _local(child)
        path = child.get("ref") or child.get("nodeset") or ""
        if child.get("bind") in binds:
            path = binds[child.get("bind", "")].get("nodeset", "")
        at = path if path.startswith("/") else f"{context}/{path}" if path else context
        node = by_path.get(at)
        if name == "repeat" and node is not None:
            node.repeat = True
            counting = by_path.get(str(child.get(_COUNT, "")).strip())
            if counting is not None:
                counting.counts = True
        elif name in _CONTROLS and node is not None:
            node.control = name
            node.codes = _codes(child, secondary)
        _controls(child, at, binds, by_path, secondary)


def _codes(control: etree._Element, secondary: Mapping[str, dict[str, list[str]]]) -> list[str]:
    codes = []
    for child in control.iterchildren(etree.Element):
        value = next((each for each in child.iterchildren(etree.Element) if _local(each) == "value"), None)
        if value is None:
            continue
        if _local(child) == "item":
            codes.append((value.text or "").strip())
        elif _local(child) == "itemset" and (named := _INSTANCE.search(child.get("nodeset", ""))):
            codes.extend(secondary.get(named.group(1), {}).get(value.get("ref", ""), []))
    return list(dict.fromkeys(code for code in codes if code))


def _secondary(model: etree._Element, files: Mapping[str, bytes]) -> dict[str, dict[str, list[str]]]:
    """Of each secondary instance: the texts of its items, by the name of the child that holds them."""
    found: dict[str, dict[str, list[str]]] = {}
    for instance in [each for each in model if _local(each) == "instance" and each.get("id")][:200]:
        name = instance.get("src", "").rpartition("/")[2]
        data = files.get(name)
        columns: dict[str, list[str]] = {}
        if data is None:
            _columns(instance, columns)
        elif name.endswith(".csv"):
            for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"))):
                for key, value in row.items():
                    columns.setdefault(str(key), []).append(str(value or ""))
        elif name.endswith("json"):
            for feature in json.loads(data).get("features", []):
                for key, value in {"id": feature.get("id"), **(feature.get("properties") or {})}.items():
                    columns.setdefault(key, []).append(str(value))
        else:
            _columns(etree.fromstring(data, etree.XMLParser(resolve_entities=False)), columns)
        found[instance.get("id", "")] = columns
    return found


def _columns(element: etree._Element, columns: dict[str, list[str]]) -> None:
    for each in element.iter(etree.Element):
        if len(each) == 0 and each.text:
            columns.setdefault(_local(each), []).append(each.text.strip())
