"""Submissions that hypothesis makes: any text in any node, any number of rows, nodes missing, doubled, out of order."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from tests.conformance.edge_texts import BLANK, BY_TYPE, CODES, COUNT, STRING
from tests.conformance.filler import SELECTS
from tests.conformance.sketch import Node, Sketch

MAX_NODES = 60
"""Of a large form only so many nodes are filled in one submission: hypothesis has to shrink what fails."""

_ALLOWED = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
"""XML has no control characters. White space is in the edge texts."""


def adversarial(form: Sketch, now: str, today: str) -> st.SearchStrategy[str]:
    """XML texts. The nodes that say when a submission was made hold `now` and `today`, as a phone writes them."""

    texts = {node.path: _text(form, node) for node in form.root.all()}

    @st.composite
    def build(draw: Any) -> str:
        left = [MAX_NODES]
        root = etree.Element(form.root.tag, form.attributes)
        _fill(draw, form.root, root, texts, left, now, today)
        return etree.tostring(root, encoding="unicode")

    return build()


def _fill(
    draw: Any,
    node: Node,
    element: etree._Element,
    texts: Mapping[str, st.SearchStrategy[str]],
    left: list[int],
    now: str,
    today: str,
) -> None:
    children = list(node.children)
    if draw(st.integers(0, 9)) == 9:
        children = draw(st.permutations(children))
    for child in children:
        fixed = child.preload.startswith(("timestamp", "date"))
        times = draw(st.integers(0, 3)) if child.repeat else 1 if fixed else draw(_TIMES)
        for _ in range(times):
            left[0] -= 1
            if left[0] < 0:
                return
            new = etree.SubElement(element, child.tag)
            if child.children:
                _fill(draw, child, new, texts, left, now, today)
            elif fixed:
                new.text = today if child.preload.startswith("date") else now
            else:
                new.text = draw(texts[child.path]) or None


_TIMES = st.sampled_from([1] * 18 + [0, 2])


def _text(form: Sketch, node: Node) -> st.SearchStrategy[str]:
    if node.counts:
        return st.sampled_from(COUNT)
    near = [*form.texts, *(f"{number:g}" for number in form.numbers)]
    pools = [
        st.sampled_from(BY_TYPE.get(node.type, STRING)),
        st.sampled_from(["", *BLANK]),
        st.text(_ALLOWED, max_size=12),
        st.integers().map(str),
        st.floats().map(repr),
    ]
    if near:
        pools.insert(0, st.sampled_from(near))
    if node.control in SELECTS and node.codes:
        pools.insert(0, st.lists(st.sampled_from(node.codes), min_size=1, max_size=3, unique=True).map(" ".join))
        pools.insert(0, st.sampled_from(node.codes))
        pools.append(st.sampled_from([*CODES, f"{node.codes[0]}  {node.codes[-1]}"]))
    return st.one_of(pools)
