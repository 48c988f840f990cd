"""Functions that are written for one form and compiled once: they have no loop over its rules, and no call for most of
them. What a form's author wrote is never in their text (schemas/expressions/source.py)."""

import re
from collections.abc import Callable
from typing import Any

from schemas.expressions.source import Source, called, known

_NAME = re.compile(r"\bx[0-9]+\b")


def _identity(value: object) -> object:
    """Equal for values that are the same to every rule. 0 and -0 are not."""
    return (value.__class__, repr(value)) if isinstance(value, str | float) else id(value)


class Lines:
    """The lines of a function, and the values that its names stand for."""

    def __init__(self, head: str) -> None:
        self._lines = [f"def straight({head}):"]
        self._names: dict[str, object] = {}
        self._by_value: dict[object, str] = {}

    def value(self, value: object) -> str:
        """A name for a value."""
        return self.source(known(value))

    def source(self, source: Source) -> str:
        """Equal values get one name: the fewer there are, the more of them stay in the caches."""
        renamed = {}
        for name, value in source.names.items():
            kept = renamed[name] = self._by_value.setdefault(_identity(value), name)
            self._names.setdefault(kept, value)
        return _NAME.sub(lambda found: renamed[found[0]], source.text)

    def rule(self, source: Source | None, run: Callable[..., object]) -> str:
        """A rule as it is written out, else the call of its closure."""
        return self.source(source if source is not None else called(run))

    def add(self, text: str, depth: int = 1) -> None:
        self._lines += [f"{'    ' * depth}{line}" for line in text.splitlines()]

    def function(self) -> Any:
        names = dict(self._names)
        exec(compile("\n".join(self._lines), "<written for a form>", "exec"), names)  # noqa: S102 our own text
        return names["straight"]
