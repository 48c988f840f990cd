"""The rules of a form as texts: what the explanation of a difference looks at. Read from the XForm, without Rihla."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from tests.conformance.sketch import Sketch

_NAMES = {"relevance": "relevant", "constraint": "constraint", "required": "required", "value": "calculate"}
"""Which attribute of a bind decides what of a node."""

_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Bound:
    """A node that a bind names. `type` as written, `control` the element of the body, "" without one."""

    path: str
    type: str
    control: str
    texts: dict[str, str]


class Rules:
    """`nodes` by their path below the root; `leaves` are the paths of those that hold a text."""

    def __init__(self, xform: str, form: Sketch) -> None:
        top = f"{form.root.path}/"
        self.root = form.root.path.strip("/")
        binds = {}
        for element in etree.fromstring(xform.encode()).iter("{http://www.w3.org/2002/xforms}bind"):
            at = element.get("nodeset", "")
            binds[at if at.startswith("/") else top + at] = {
                str(name): str(text) for name, text in element.attrib.items()
            }
        self.nodes = {
            node.path.removeprefix(top): Bound(
                node.path.removeprefix(top), node.type, node.control, binds.get(node.path, {})
            )
            for node in form.root.all()
            if node is not form.root and not node.path.startswith((f"{top}meta/", f"{top}orx:meta/"))
        }
        self.leaves = {node.path.removeprefix(top) for node in form.root.all() if not node.children}

    def deciding(self, path: str, what: str) -> list[str]:
        """The expressions that decide the "relevance" or "value" of a node, or whether it is "required" or breaks its
        "constraint". Those of the groups around it decide its relevance too."""
        places = [path, *_above(path)] if what == "relevance" else [path]
        name = _NAMES.get(what, "")
        return [self.nodes[at].texts[name] for at in places if at in self.nodes and name in self.nodes[at].texts]

    def read_by(self, text: str) -> set[str]:
        """Paths that an expression may read: of nodes whose name stands in it, and of what is in a group so named."""
        words = set(_WORD.findall(_LITERAL.sub("''", text)))
        return {path for word in words for path in self._by_name.get(word, ())}

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        named: dict[str, set[str]] = {}
        for path in self.nodes:
            for above in (path, *_above(path)):
                named.setdefault(above.rpartition("/")[2], set()).add(path)
        return named


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
