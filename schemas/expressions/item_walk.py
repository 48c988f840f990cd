"""A path over a secondary instance: from its root, or from the item at hand, down over all items."""

from collections.abc import Callable, Sequence
from typing import cast

from schemas.expressions.conditions import inside
from schemas.expressions.errors import EvaluationError
from schemas.expressions.frame import frame_of
from schemas.expressions.item_lookup import Choose, compile_lookup, one_by_one
from schemas.expressions.nodes import AttributeNode, ItemNode, Node, NodeSet
from schemas.expressions.operand import Place
from schemas.expressions.reference import Context, Level, Reference
from schemas.expressions.scope import Scope

Items = Sequence[ItemNode]
Move = Callable[[Items, Scope], Items]


def root_of(name: str, scope: Scope) -> ItemNode:
    """The root of an instance. Raises EvaluationError if the form has none of this name, ExpressionError if its file is
    not here."""
    instance = scope.form.instance(name)
    if instance is None or not instance.children:
        raise EvaluationError(f"instance({name!r}) is not in the form.")
    root = instance.memory.get("root")
    if root is None:
        root = instance.memory["root"] = ItemNode(instance.children[0], None, 1)
    return cast(ItemNode, root)


def item_walk(reference: Reference, place: Place) -> Callable[[Scope], NodeSet]:
    """The nodes of a contextualized path into a secondary instance. The name of its root is not looked at."""
    levels, context, name = reference.levels, place.context, reference.instance or ""
    own = context.instance == name
    shared = 0
    while own and shared + 1 < len(levels) and levels[shared + 1].bound and not levels[shared + 1].predicates:
        shared += 1
    climb = len(context.names) - (shared + 1) if shared else -1
    last = levels[-1] if len(levels) > 1 and levels[-1].attribute else None
    moves = [
        _move(levels[depth], depth, reference, place) for depth in range(shared + 1, len(levels) - (last is not None))
    ]

    def walk(scope: Scope) -> NodeSet:
        start = root_of(name, scope) if climb < 0 else _above(frame_of(scope).item, climb)
        items: Items = (start,)
        for move in moves:
            items = move(items, scope)
        if last is None:
            return NodeSet(items)
        return NodeSet(_attributes(items, last.name))

    return walk


def _above(item: ItemNode | None, climb: int) -> ItemNode:
    for _ in range(climb):
        item = item.parent if item is not None else None
    assert item is not None
    return item


def _attributes(items: Items, name: str) -> list[Node]:
    return [AttributeNode(item.element.attributes[name]) for item in items if name in item.element.attributes]


def _move(level: Level, depth: int, reference: Reference, place: Place) -> Move:
    name = level.name
    if level.attribute:
        return lambda items, scope: ()
    if level.predicates:
        context = Context(reference.names[: depth + 1], reference.instance)
        choose = _compile_choose(level, context, depth, place)
        return lambda items, scope: [one for item in items for one in choose(item.named(name), item, scope)]
    if level.bound:
        climb = len(place.context.names) - (depth + 1)

        def numbered(items: Items, scope: Scope) -> Items:
            """The names are those of the context node: its own place counts, also in another instance."""
            number = _above(frame_of(scope).item, climb).place
            return [one for item in items for one in item.named(name) if one.place == number]

        return numbered

    def down(items: Items, scope: Scope) -> Items:
        return items[0].named(name) if len(items) == 1 else [one for item in items for one in item.named(name)]

    return down


def _compile_choose(level: Level, context: Context, depth: int, place: Place) -> Choose:
    """Only the first condition on the items directly below the root is looked up; JavaRosa goes through all others
    one by one, which shows in what `/data/r/n` means in them (46)."""
    choices = [one_by_one(predicate, inside(context, place)) for predicate in level.predicates]
    if depth == 1:
        choices[0] = compile_lookup(level.predicates[0], context, place)

    def choose(items: Items, parent: ItemNode, scope: Scope) -> Items:
        for choice in choices:
            items = choice(items, parent, scope)
        return items

    return choose
