"""The submissions of a form, and what JavaRosa says of each: random ones led to a valid one, and their mutations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from lxml import etree

from tests.conformance.engine import JavaRosa
from tests.conformance.filler import Filler, to_text
from tests.conformance.mutations import Mutator
from tests.conformance.sketch import Node, Sketch

STEPS = 6
"""Tries to answer the failing questions anew, before another submission is begun."""

MUTANTS = 8
"""Mutations of each submission that has come that far."""


@dataclass(frozen=True)
class Submission:
    """`told` is JavaRosa's answer (javarosa/Judgement.java). `how` it was made: "random", "saved" or "mutated"."""

    xml: str
    told: dict[str, Any]
    how: str


def submissions(form: Sketch, javarosa: JavaRosa, random: Random, now: datetime, count: int) -> Iterator[Submission]:
    """`javarosa` has the form loaded. Raises NoAnswer where JavaRosa does not end; go on with a fresh iterator."""
    source = _Source(form, javarosa, random, now)
    made = 0
    while made < count:
        for submission in source.around_one():
            yield submission
            made += 1
            if made == count:
                return


class _Source:
    def __init__(self, form: Sketch, javarosa: JavaRosa, random: Random, now: datetime) -> None:
        self._javarosa = javarosa
        self._random = random
        self._fillers = [Filler(form, random, now, blanks) for blanks in (0.0, 0.15, 0.5)]
        self._nodes = {node.path: node for node in form.root.all()}
        self._mutators = [Mutator(form, filler, random) for filler in self._fillers]

    def around_one(self) -> Iterator[Submission]:
        filler = self._random.choice(self._fillers)
        mutator = self._random.choice(self._mutators)
        root = filler.submission()
        latest = self._judged(root, "random")
        yield latest
        for _ in range(STEPS):
            failures = latest.told.get("failures")
            if not failures:
                break
            for path, rows, _ in failures:
                self._answer(root, filler, path, rows)
            latest = self._judged(root, "random")
            yield latest
        if latest.told.get("failures") == []:
            saved = latest.told["saved"]
            yield Submission(saved, self._javarosa.judge(saved), "saved")
            root = etree.fromstring(saved.encode())
        for _ in range(MUTANTS):
            yield self._judged(mutator(root, self._random.choice([1, 1, 2, 4])), "mutated")

    def _judged(self, root: etree._Element, how: str) -> Submission:
        xml = to_text(root)
        return Submission(xml, self._javarosa.judge(xml), how)

    def _answer(self, root: etree._Element, filler: Filler, path: str, rows: list[int]) -> None:
        element, names, left = root, path.split("/"), list(rows)
        node: Node | None = None
        at = self._nodes_path(root)
        for name in names:
            at = f"{at}/{name}"
            node = self._nodes.get(at)
            if node is None:
                return
            same = [child for child in element.iterchildren(etree.Element) if child.tag == node.tag]
            number = left.pop(0) if node.repeat and left else 1
            while len(same) < number:  # a repeat that JavaRosa has counted
                same.append(etree.SubElement(element, node.tag))
            element = same[number - 1]
        if node is not None and not node.children:
            element.text = filler.answer(node)

    def _nodes_path(self, root: etree._Element) -> str:
        return f"/{etree.QName(root).localname}"
