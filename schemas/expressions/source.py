"""An operand as Python text: many operands become one function, where each closure costs a call of its own.

Nothing that a form's author wrote is ever part of the text. It is put together from the templates of this package
alone; what comes from a form (paths, codes, numbers) and every closure stands in `names`, under names that are made
here. The text reads the row as `row` and its answers as `get`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

MAX_DEPTH = 20
"""Brackets in brackets: Python's own parser stops at 200. What is deeper calls its closure."""
MAX_LENGTH = 20_000
"""Characters of the text of one expression."""

VARIABLE = "v"
"""Serves all of an expression: in each template nothing is evaluated between its assignment and its last use."""

_numbers = count()


@dataclass(frozen=True, slots=True)
class Source:
    text: str
    names: Mapping[str, object]
    depth: int = 0


def known(value: object) -> Source:
    """A name that no other text has, for a value."""
    name = f"x{next(_numbers)}"
    return Source(name, {name: value})


def called(run: object) -> Source:
    """What a closure gives in the row."""
    name = known(run)
    return Source(f"{name.text}(row)", name.names)


def made(template: str, *parts: Source | None, **variables: str) -> Source | None:
    """Fills the parts into `{0}`, `{1}` ... of a template and names into the rest of it. None if it gets too long or
    too deep, or a part did."""
    found = [part for part in parts if part is not None]
    depth = 1 + max((part.depth for part in found), default=0)
    if len(found) < len(parts) or depth > MAX_DEPTH:
        return None
    text = template.format(*(part.text for part in found), **variables)
    if len(text) > MAX_LENGTH:
        return None
    return Source(text, {name: value for part in found for name, value in part.names.items()}, depth)
