"""What expressions know of their form. Paths are below the root: "profile/sex"; "" is the root itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """The nodes of one version of a form. `types` gives every field its type (a value of FieldType); `repeats` and
    `groups` are the paths of the repeats and of all other groups. `version` is what version() gives.

    A path that is in none of them is unknown: it is no node, and reads as "" unless answers hold it (129).
    """

    root: str
    types: Mapping[str, str] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    version: str = ""

    def has(self, path: str) -> bool:
        return path == "" or path in self.types or path in self.repeats or path in self.groups

    def children(self, path: str) -> list[str]:
        """Names of the nodes directly below a group, repeat or the root."""
        before = f"{path}/" if path else ""
        known = {*self.types, *self.repeats, *self.groups}
        below = {name.removeprefix(before).partition("/")[0] for name in known if name.startswith(before)}
        return sorted(below)

    def repeats_above(self, path: str) -> tuple[str, ...]:
        """The repeats that a node stands in, the outermost first; a repeat stands in itself."""
        found = [repeat for repeat in self.repeats if path == repeat or path.startswith(f"{repeat}/")]
        return tuple(sorted(found, key=len))
