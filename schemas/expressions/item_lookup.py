"""Conditions on the items of a secondary instance: one by one, or looked up in an index where the condition is
`[column = value]`, alone or before an `and`. Lists of thousands of items are so gone through once.

As JavaRosa 5.1 (its strategies EqualityExpressionIndex and ComparisonExpressionCache, measured), the value beside the
column of the first condition is evaluated where the path stands, and not at the item.
"""

from collections.abc import Callable, Sequence
from typing import cast

from schemas.expressions.conditions import inside, item_frame, spend
from schemas.expressions.idempotent import Sides, sides
from schemas.expressions.nodes import ItemNode
from schemas.expressions.operand import Place, Run
from schemas.expressions.reference import Context
from schemas.expressions.scope import Scope
from schemas.expressions.tree import Chain, Node, Number, Path, Text
from schemas.expressions.values import as_number, as_text, near

Items = Sequence[ItemNode]
Choose = Callable[[Items, ItemNode, Scope], Items]
"""The items that stay, of all below one parent."""

_BUCKET = 1e9
"""Numbers are put in buckets of a billionth, much wider than what counts as equal."""


def one_by_one(predicate: Node, place: Place) -> Choose:
    """Any condition. `place` is that of the condition."""
    test, facts = place.compile(predicate, place).nodes(), place.facts

    def choose(items: Items, parent: ItemNode, scope: Scope) -> Items:
        spend(facts, len(items), scope)
        frame = item_frame(scope)
        kept = []
        for number, item in enumerate(items, 1):
            frame.enter_item(item, number)
            if test(frame) is True:
                kept.append(item)
        return kept

    return choose


def compile_lookup(predicate: Node, context: Context, place: Place) -> Choose:
    """The first condition on all items directly below the root."""
    inner = inside(context, place)
    slow = one_by_one(predicate, inner)
    if isinstance(predicate, Chain) and predicate.rest[0][0] in ("and", "or"):
        return _joined(predicate, inner, place, slow)
    found = sides(predicate)
    if found is None:
        return slow
    outside = place.compile(found.value, place).run
    if found.sign == "=" and not _has_conditions(found.column):
        index = _Index(context, found, inner)

        def choose(items: Items, parent: ItemNode, scope: Scope) -> Items:
            value = outside(scope)
            if isinstance(value, str):
                return index.texts(items, parent, scope).get(value, ())
            if items and index.value is not None:
                return index.find(items, parent, scope)
            return slow(items, parent, scope)

        return choose
    return _after([outside], slow)


def _after(first: list[Run], choose: Choose) -> Choose:
    """Evaluates these first, because they may stop the evaluation."""

    def chosen(items: Items, parent: ItemNode, scope: Scope) -> Items:
        for run in first:
            run(scope)
        return choose(items, parent, scope)

    return chosen


def _joined(predicate: Chain, inner: Place, place: Place, slow: Choose) -> Choose:
    """`and`, `or`: of two conditions of that kind both values are evaluated first."""
    parts = [predicate.first, *(operand for _, operand in predicate.rest)]
    found = [sides(part) for part in parts]
    first: list[Run] = []
    if len(parts) == 2 and found[0] is not None and found[1] is not None:
        first = [place.compile(part.value, place).run for part in found if part is not None]
    head = found[0]
    if predicate.rest[0][0] == "and" and head is not None and head.sign == "=" and not _has_conditions(head.column):
        index = _Index(inner.context, head, inner)
        if index.value is not None:
            tests = [inner.compile(part, inner).boolean() for part in parts[1:]]

            def choose(items: Items, parent: ItemNode, scope: Scope) -> Items:
                left = index.find(items, parent, scope) if items else ()
                spend(inner.facts, len(left), scope)
                frame = item_frame(scope)
                kept = []
                for item in left:
                    frame.enter_item(item, item.place)
                    if all(test(frame) for test in tests):
                        kept.append(item)
                return kept

            return _after(first, choose)
    return _after(first, slow)


def _has_conditions(path: Path) -> bool:
    return any(step.predicates for step in path.steps)


class _Index:
    """The items of one list by the value of one column, kept beside its root. `value` is set where the value beside
    the column is the same at every item."""

    def __init__(self, context: Context, found: Sides, inner: Place) -> None:
        self.key: object = (context.names[-1], found.column)
        self.column = inner.compile(found.column, inner).run
        steady = isinstance(found.value, Number | Text) or (
            isinstance(found.value, Path) and found.value.start in ("/", "current") and not _has_conditions(found.value)
        )
        self.value: Run | None = inner.compile(found.value, inner).run if steady else None

    def texts(self, items: Items, parent: ItemNode, scope: Scope) -> dict[str, list[ItemNode]]:
        memory = parent.element.memory
        key = ("texts", self.key)
        index = cast("dict[str, list[ItemNode]] | None", memory.get(key))
        if index is None:
            index = {}
            for text, item in self._read(items, scope):
                index.setdefault(text, []).append(item)
            memory[key] = index
        return index

    def _read(self, items: Items, scope: Scope) -> list[tuple[str, ItemNode]]:
        frame = item_frame(scope)
        read = []
        for number, item in enumerate(items, 1):
            frame.enter_item(item, number)
            read.append((as_text(self.column(frame)), item))
        return read

    def find(self, items: Items, parent: ItemNode, scope: Scope) -> Items:
        """The items whose column is equal, in the sense of `=`, to the value at an item."""
        assert self.value is not None
        frame = item_frame(scope)
        frame.enter_item(items[0], 1)
        value = self.value(frame)
        texts = self.texts(items, parent, scope)
        if isinstance(value, bool):
            same = [item for text, found in texts.items() if (text != "") is value for item in found]
            return sorted(same, key=lambda item: item.place)
        if not isinstance(value, float):
            return texts.get(as_text(value), ())
        bucket = _bucket(value)
        if bucket is None:
            return ()
        numbers = self._numbers(texts, parent)
        close = [pair for step in (-1, 0, 1) for pair in numbers.get(bucket + step, ())]
        return sorted((item for number, item in close if near(number, value)), key=lambda item: item.place)

    def _numbers(self, texts: dict[str, list[ItemNode]], parent: ItemNode) -> dict[int, list[tuple[float, ItemNode]]]:
        memory = parent.element.memory
        key = ("numbers", self.key)
        index = cast("dict[int, list[tuple[float, ItemNode]]] | None", memory.get(key))
        if index is None:
            index = {}
            for text, items in texts.items():
                number = as_number(text)
                bucket = _bucket(number)
                if bucket is not None:
                    index.setdefault(bucket, []).extend((number, item) for item in items)
            memory[key] = index
        return index


def _bucket(number: float) -> int | None:
    """None for NaN and infinity, which are equal to nothing."""
    scaled = number * _BUCKET
    return None if scaled != scaled or scaled in (float("inf"), float("-inf")) else int(scaled // 1)
