"""The order in which a form's rules are evaluated: a rule comes after all that decide what it reads.

As JavaRosa 5.1 builds it: the relevance, `required` and calculate of every node, once for the template of a repeat and
not for each instance. A relevance decides about its node and all below it. Where the rules run in a circle no phone
loads the form (61, 62, 127).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush

from schemas.expressions import Expression, ExpressionError, Shape, compile_expression
from schemas.survey.definition import SurveyDefinition

CONSTANTS = {"true()": True, "false()": False}
"""Written just so, JavaRosa takes a relevance or `required` as given and makes no rule of it."""


Compiled = Callable[[str, str], Expression]
"""The expression of a path and a text. Raises ExpressionError."""


class RuleKind(StrEnum):
    CALCULATE = "calculate"
    RELEVANT = "relevant"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the node at `path` below the root ("" is the root itself)."""

    path: str
    kind: RuleKind
    expression: Expression


@dataclass(frozen=True, slots=True)
class Order:
    """`rules` come after what they read; `failed` are the path and kind of those whose expression does not compile."""

    rules: tuple[Rule, ...]
    failed: tuple[tuple[str, RuleKind], ...] = ()


@dataclass(frozen=True, slots=True)
class Cycle:
    """`paths` are the nodes of one circle, each of which decides about the next and the last about the first; a node
    that decides about itself stands alone. `rest` is the order of all rules that are neither in a circle nor wait for
    one."""

    paths: tuple[str, ...]
    rest: Order


def shape_of(definition: SurveyDefinition) -> Shape:
    """What the expressions of a form know of it."""
    return Shape(
        root=definition.root.strip("/"),
        types={field.path: field.type.value for field in definition.fields},
        repeats=frozenset(group.path for group in definition.groups if group.repeat),
        groups=_groups(definition),
        version=definition.version,
    )


def _groups(definition: SurveyDefinition) -> frozenset[str]:
    """All groups but the repeats and the root, those that no rule names among them."""
    repeats = {group.path for group in definition.groups if group.repeat}
    nodes = [*(group.path for group in definition.groups), *(field.path for field in definition.fields)]
    above = {path for node in nodes for path in above_of(node)} | {group.path for group in definition.groups}
    return frozenset(above - repeats - {""})


def above_of(path: str) -> Iterable[str]:
    """The nodes around a node, innermost first, without the root."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def order_of(definition: SurveyDefinition, compiled: Compiled | None = None) -> Order | Cycle:
    """Pure. An expression that does not compile has no place in the order. `compiled` gives the expression of a path
    and text to who has compiled it already."""
    shape = shape_of(definition)
    rules: list[Rule] = []
    failed: list[tuple[str, RuleKind]] = []
    for path, kind, text in _texts(definition):
        if kind is not RuleKind.CALCULATE and text in CONSTANTS:
            continue
        try:
            expression = compiled(path, text) if compiled is not None else compile_expression(text, path, shape)
            rules.append(Rule(path, kind, expression))
        except ExpressionError:
            failed.append((path, kind))
    return _sorted(rules, shape, tuple(failed))


def _texts(definition: SurveyDefinition) -> Iterable[tuple[str, RuleKind, str]]:
    for group in definition.groups:
        if group.relevant and group.relevant.strip():
            yield group.path, RuleKind.RELEVANT, group.relevant.strip()
    for field in definition.fields:
        for kind in RuleKind:
            text = getattr(field, kind.value)
            if text and text.strip():
                yield field.path, kind, text.strip()


def _sorted(rules: list[Rule], shape: Shape, failed: tuple[tuple[str, RuleKind], ...]) -> Order | Cycle:
    """Kahn's algorithm. Of those that are ready calculates go first, then the order of the form decides: the same form
    always has the same order."""
    readers: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        for path in rule.expression.awaits:
            readers[path].append(number)
    below = _below(shape)
    next_to = [_next_to(rule, readers, below) for rule in rules]
    waits = [0] * len(rules)
    for numbers in next_to:
        for number in numbers:
            waits[number] += 1
    ready = [(rule.kind is not RuleKind.CALCULATE, number) for number, rule in enumerate(rules) if not waits[number]]
    heapify(ready)
    done: list[int] = []
    while ready:
        _, number = heappop(ready)
        done.append(number)
        for reader in next_to[number]:
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, (rules[reader].kind is not RuleKind.CALCULATE, reader))
    order = Order(tuple(rules[number] for number in done), failed)
    if len(done) == len(rules):
        return order
    return Cycle(_circle(rules, next_to, set(range(len(rules))) - set(done)), order)


def _below(shape: Shape) -> dict[str, list[str]]:
    """All nodes below each group, repeat and the root."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in (*shape.types, *shape.repeats, *shape.groups):
        found[""].append(path)
        for above in above_of(path):
            found[above].append(path)
    return found


def _next_to(rule: Rule, readers: dict[str, list[int]], below: dict[str, list[str]]) -> list[int]:
    """The rules that read what this one decides."""
    found = dict.fromkeys(readers.get(rule.path, ()))
    if rule.kind is RuleKind.RELEVANT:
        for path in below.get(rule.path, ()):
            found.update(dict.fromkeys(readers.get(path, ())))
    return list(found)


def _circle(rules: list[Rule], next_to: list[list[int]], left: set[int]) -> tuple[str, ...]:
    """Walks backwards from a rule that never became ready until a rule comes again."""
    before: dict[int, int] = {}
    for number in sorted(left):
        for reader in next_to[number]:
            if reader in left:
                before.setdefault(reader, number)
    walked: list[int] = []
    number = min(left)
    while number not in walked:
        walked.append(number)
        number = before[number]
    circle = walked[walked.index(number) :]
    return tuple(dict.fromkeys(rules[number].path for number in reversed(circle)))
