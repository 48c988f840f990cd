"""What a path refers to from where it stands, settled before anything runs: its levels from the root down, and which of
them are those of the context node.

An absolute path takes the instance of the context node at every level that both share (118, 125). A relative one does
so only down to where its last `..` has climbed: `../../r/n` is over all instances. A level with a condition is always
over all. A `*` that stands where the context node has a name means that name (JavaRosa 5.1, measured).
"""

from dataclasses import dataclass, replace

from schemas.expressions.errors import NotSupported
from schemas.expressions.tree import Node, Path

WILDCARD = "*"


@dataclass(frozen=True, slots=True)
class Level:
    """`bound`: the instance of the context node at this level, not all instances. The submission's own attributes are
    paths as well: `meta/entity/@id`."""

    name: str
    predicates: tuple[Node, ...] = ()
    attribute: bool = False
    bound: bool = False

    @property
    def step(self) -> str:
        return f"@{self.name}" if self.attribute else self.name


@dataclass(frozen=True, slots=True)
class Context:
    """The node where relative paths begin: names from the root on, of the form or of a secondary `instance`."""

    names: tuple[str, ...]
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """`up` counts levels to climb; -1 is an absolute path."""

    levels: tuple[Level, ...]
    up: int
    instance: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(level.step for level in self.levels)


def read_reference(path: Path) -> Reference:
    """The steps of a path as levels. Raises NotSupported for what JavaRosa does not take in a path.

    A `..` behind a name climbs at the beginning of the path, and not at all in an absolute one (JavaRosa 5.1,
    measured).
    """
    absolute = path.start in ("/", "instance")
    may_climb, up = not absolute, -1 if absolute else 0
    levels: list[Level] = []
    for place, step in enumerate(path.steps):
        if step.name == "..":
            if not may_climb:
                raise NotSupported("a .. at the beginning of an absolute path.", step.position)
            up += not absolute
            continue
        if step.name == ".":
            continue
        levels.append(Level(step.name, attribute=step.attribute))
        may_climb = not step.attribute
        if step.predicates:
            level = place - up if up > 0 else place
            if level != len(levels) - 1:
                raise NotSupported("a condition in a path with . in it. Leave the . out.", step.position)
            levels[level] = replace(levels[level], predicates=step.predicates)
    return Reference(tuple(levels), up, path.instance if path.start == "instance" else None)


def contextualize(reference: Reference, context: Context) -> Reference | None:
    """The reference as levels from the root on (`up` is kept); None if it climbs above the root."""
    up = reference.up
    if up > len(context.names):
        return None
    base = context.names
    if up < 0:
        levels, instance = list(reference.levels), reference.instance
    else:
        kept = [Level(name, bound=True) for name in base[: len(base) - up]]
        levels, instance = kept + list(reference.levels), context.instance
    # The names of a secondary instance are compared with those of another one, but hardly ever equal the form's.
    if (instance is None) != (context.instance is None):
        return Reference(tuple(levels), up, instance)
    for place in range(min(len(base), len(levels))):
        level = levels[place]
        if level.name == WILDCARD and base[place] != WILDCARD:
            level = replace(level, name=base[place])
        if level.name == base[place] and not level.predicates and place < len(base) - up:
            level = replace(level, bound=True, attribute=False)
        levels[place] = level
        if level.name != base[place]:
            break
    return Reference(tuple(levels), up, instance)
