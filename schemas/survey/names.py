"""Names that the sheets `tables` and `indicators` may use for what is in the form: `${name}`, a name, or a path."""

import re
from collections import defaultdict
from collections.abc import Iterable

_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")


class UnknownName(Exception):
    """A name that is not in the form, or is there several times. The message says what to write instead."""


class Names:
    """The nodes of a form by name and path. Paths are relative to the root."""

    def __init__(self, root: str, paths: Iterable[str]) -> None:
        self._root = root
        self._paths = set(paths)
        by_name: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            by_name[path.rpartition("/")[2]].append(path)
        self._by_name = dict(by_name)

    def path(self, reference: str) -> str:
        """The path below the root of `sex`, `${sex}`, `profile/sex` or `/data/profile/sex`. Raises UnknownName."""
        reference = reference.strip()
        quoted = _REFERENCE.fullmatch(reference)
        name = quoted.group(1) if quoted else reference
        name = name.removeprefix(f"/{self._root}/").strip("/")
        if name in self._paths:
            return name
        found = self._by_name.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName(f"{name!r} is the name of several questions. Write one of {', '.join(found)}.")
        raise UnknownName(f"{name!r} is not a question or calculation of this form.")

    def expression(self, text: str) -> str:
        """The expression with each `${name}` replaced by its absolute path. Raises UnknownName."""
        return _REFERENCE.sub(lambda found: f"/{self._root}/{self.path(found.group(0))}", text)
