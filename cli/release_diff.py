"""What changed between two releases, as everybody can see it who has both. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A number that is another now. `name` is "" for the number of units, else the indicator. None: not published."""

    table: str
    labels: tuple[str, ...]
    name: str
    before: float | None
    after: float | None


def changes(before: Iterable[Document], after: Iterable[Document]) -> list[Change]:
    """In the order of the later release; rows that only one of them lists count as not published in the other."""
    old, new = _numbers(before), _numbers(after)
    return [
        Change(table, labels, name, old.get((table, labels, name)), new.get((table, labels, name)))
        for table, labels, name in dict.fromkeys([*new, *old])
        if old.get((table, labels, name)) != new.get((table, labels, name))
    ]


def _numbers(cells: Iterable[Document]) -> dict[tuple[str, tuple[str, ...], str], float | None]:
    found: dict[tuple[str, tuple[str, ...], str], float | None] = {}
    for cell in cells:
        at = cell["table"], tuple(cell["labels"].values())
        found[*at, ""] = cell["obs_value"]
        for name, figure in cell["figures"].items():
            found[*at, name] = figure["obs_value"]
    return found
