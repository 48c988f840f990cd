"""Which rules of a form are not enforced, because nobody can say here what the phone said; and which results can be
trusted not to hold what was sent in their place.

Guessing would reject good interviews. A rule is left out if it reads a file that is not here, or asks for something
that only the phone knows or that comes out differently each time; what such a calculate was sent as counts then. And a
rule about the present is left out for a submission that does not say when it was made: received late, it must not be
refused for that. Whatever such a rule decides makes the rules that read it rules about the present too.
"""

from collections.abc import Callable, Collection, Iterable

from schemas.expressions import Expression
from schemas.survey.order import Rule, RuleKind
from services.validate.homes import Homes

Key = tuple[str, str]
"""A rule: the path of its node, and what it is to it ("relevant", "constraint", "choices", ...)."""


def is_knowable(expression: Expression, here: Collection[str]) -> bool:
    """`here` are the secondary instances that the form has or that came with it."""
    return not expression.unstable and all(name.removesuffix(".csv") in here for name in expression.instances)


def reached(
    starts: Callable[[Expression], bool],
    rules: Iterable[Rule],
    others: Iterable[tuple[Key, Expression]],
    unknowable: Collection[Key],
    homes: Homes,
) -> set[Key]:
    """The rules that have a property themselves, or read what such a rule decides. `rules` come in their order;
    `others` decide about nothing that is read. An unknowable calculate is what was sent, and so hands nothing on."""
    decided: set[str] = set()
    found: set[Key] = set()
    for rule in rules:
        key = (rule.path, rule.kind.value)
        expression = rule.expression
        if key in unknowable or not (starts(expression) or not decided.isdisjoint(expression.paths)):
            continue
        found.add(key)
        if rule.kind is not RuleKind.REQUIRED:
            decided.add(rule.path)
        if rule.kind is RuleKind.RELEVANT:
            decided |= homes.below(rule.path)
    found.update(key for key, expression in others if starts(expression) or not decided.isdisjoint(expression.paths))
    return found


def trusted(rules: Iterable[Rule], homes: Homes) -> frozenset[str]:
    """The calculates that are computed here from answers alone: none of them, nor any calculate that they read, is what
    was sent. `rules` are those that are enforced, in their order."""
    computed = {path for home in homes for path in home.calculates}
    sound: set[str] = set()
    for rule in rules:
        expression = rule.expression
        if rule.kind is RuleKind.CALCULATE and "once" not in expression.functions:
            read = expression.paths.union(*(homes.below(path) for path in expression.paths if homes.holds(path)))
            if computed & read <= sound:
                sound.add(rule.path)
    return frozenset(sound)


def unsure(left: Iterable[Key], homes: Homes) -> set[str]:
    """The nodes of which it is not known whether they are relevant."""
    found: set[str] = set()
    for path, kind in left:
        if kind == RuleKind.RELEVANT.value:
            found.add(path)
            found |= homes.below(path)
    return found
