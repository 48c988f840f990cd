"""A submission changed in the ways that scripts, old phones and editors change them: one mutation at a time."""

import copy
from collections.abc import Callable
from random import Random

from lxml import etree

from tests.conformance.edge_texts import BLANK, BY_TYPE, CODES, COUNT, STRING
from tests.conformance.filler import SELECTS, Filler
from tests.conformance.sketch import Node, Sketch


class Mutator:
    def __init__(self, form: Sketch, filler: Filler, random: Random) -> None:
        self._filler = filler
        self._random = random
        self._nodes = {node.path: node for node in form.root.all()}
        # The time of a submission is what both engines must agree on: see `Filler.now`.
        self._fixed = {path for path, node in self._nodes.items() if node.preload.startswith(("timestamp", "date"))}

    def __call__(self, root: etree._Element, times: int = 1) -> etree._Element:
        """A changed copy."""
        changed = copy.deepcopy(root)
        for _ in range(times):
            self._random.choice(_ALL)(self, changed)
        return changed

    def _pick(self, root: etree._Element, leaves: bool | None = None) -> tuple[etree._Element, Node] | None:
        found = []
        for element in root.iterdescendants(etree.Element):
            node = self._nodes.get(_path(element))
            if node is None or node.path in self._fixed or "/meta" in node.path:
                continue
            if leaves is None or leaves == (not node.children):
                found.append((element, node))
        return self._random.choice(found) if found else None

    def drop(self, root: etree._Element) -> None:
        if picked := self._pick(root):
            _remove(picked[0])

    def double(self, root: etree._Element) -> None:
        if picked := self._pick(root):
            picked[0].addnext(copy.deepcopy(picked[0]))

    def move(self, root: etree._Element) -> None:
        if picked := self._pick(root):
            parent = picked[0].getparent()
            assert parent is not None
            parent.insert(self._random.randint(0, len(parent)), picked[0])

    def unknown(self, root: etree._Element) -> None:
        element = root if self._random.random() < 0.5 else self._random.choice(list(root.iter(etree.Element)))
        if len(element) or element is root:
            new = etree.SubElement(element, self._random.choice(["nobody", "x", "Meta", root.tag]))
            new.text = self._random.choice([None, "1"])

    def blank(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=True):
            picked[0].text = self._random.choice([None, None, *BLANK])

    def edge(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=True):
            picked[0].text = self._edge(picked[1])

    def padded(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=True):
            picked[0].text = f"\n  {picked[0].text or ''}\t "

    def refill(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=True):
            picked[0].text = self._filler.answer(picked[1]) or None

    def wrong_type(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=True):
            texts = COUNT if picked[1].counts else self._random.choice(list(BY_TYPE.values()))
            picked[0].text = self._random.choice(texts)

    def add_row(self, root: etree._Element) -> None:
        repeats = [node for node in self._nodes.values() if node.repeat]
        if repeats:
            node = self._random.choice(repeats)
            parents = [each for each in root.iter(etree.Element) if _path(each) == node.path.rpartition("/")[0]]
            if parents:
                parent = self._random.choice(parents)
                parent.insert(self._random.randint(0, len(parent)), self._filler.instance(node))

    def remove_rows(self, root: etree._Element) -> None:
        repeats = {node.path for node in self._nodes.values() if node.repeat}
        rows = [each for each in root.iterdescendants(etree.Element) if _path(each) in repeats]
        if rows:
            parent, tag = (chosen := self._random.choice(rows)).getparent(), chosen.tag
            assert parent is not None
            for row in [each for each in parent if each.tag == tag]:
                if self._random.random() < 0.7:
                    _remove(row)

    def inside(self, root: etree._Element) -> None:
        """A comment, an element or a CDATA section inside an answer."""
        if picked := self._pick(root, leaves=True):
            element, text = picked[0], picked[0].text or "x"
            kind = self._random.randint(0, 2)
            if kind == 0:
                element.text = text[:1]
                comment = etree.Comment("c")
                comment.tail = text[1:]
                element.append(comment)
            elif kind == 1:
                etree.SubElement(element, "i").text = "q"
            else:
                element.text = etree.CDATA(f" {text} ")

    def group_text(self, root: etree._Element) -> None:
        if picked := self._pick(root, leaves=False):
            picked[0].text = self._random.choice(["stray", " ", "1"])

    def root_changes(self, root: etree._Element) -> None:
        kind = self._random.randint(0, 3)
        if kind == 0:
            root.set("version", "another")
        elif kind == 1:
            root.set("unknown", "1")
        elif kind == 2 and self._random.random() < 0.2:
            root.tag = "other"

    def _edge(self, node: Node) -> str:
        random = self._random
        if node.control in SELECTS:
            chosen = random.sample(node.codes, min(2, len(node.codes)))
            joined = [" ".join([*chosen, "unknown"]), "  ".join(chosen), ",".join(chosen), " ".join(chosen * 2)]
            return random.choice([*CODES, *joined])
        return random.choice(COUNT if node.counts else BY_TYPE.get(node.type, STRING))


def _path(element: etree._Element) -> str:
    names = [etree.QName(element).localname]
    names.extend(etree.QName(above).localname for above in element.iterancestors())
    return "/" + "/".join(reversed(names))


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


_ALL: tuple[Callable[[Mutator, etree._Element], None], ...] = (
    Mutator.drop,
    Mutator.drop,
    Mutator.double,
    Mutator.move,
    Mutator.unknown,
    Mutator.blank,
    Mutator.blank,
    Mutator.edge,
    Mutator.edge,
    Mutator.edge,
    Mutator.padded,
    Mutator.refill,
    Mutator.refill,
    Mutator.refill,
    Mutator.wrong_type,
    Mutator.add_row,
    Mutator.remove_rows,
    Mutator.inside,
    Mutator.group_text,
    Mutator.root_changes,
)
