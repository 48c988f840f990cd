"""Functions over text. Positions count UTF-16 units, as Java does (JavaRosa 5.1, measured)."""

import math
from collections.abc import Callable

from schemas.expressions.errors import NotSupported
from schemas.expressions.nodesets import node_set
from schemas.expressions.operand import Operand, Place, boolean, number, text
from schemas.expressions.regex import Regex
from schemas.expressions.scope import Scope

MAX_TEXT = 100_000
"""Characters that concat() and join() give at most: calculations upon calculations cannot grow without end."""


def string(arguments: list[Operand], place: Place) -> Operand:
    return text(arguments[0].text())


def concat(arguments: list[Operand], place: Place) -> Operand:
    runs = [argument.text() for argument in arguments]
    return text(lambda scope: "".join([run(scope) for run in runs])[:MAX_TEXT])


def join(arguments: list[Operand], place: Place) -> Operand:
    """Between all nodes of one path, empty ones too (124), or between arguments."""
    between = arguments[0].text()
    rest = arguments[1:]
    if len(rest) == 1 and rest[0].path is not None:
        nodes = node_set(rest[0], place)
        return text(lambda scope: between(scope).join(nodes(scope))[:MAX_TEXT])
    runs = [argument.text() for argument in rest]
    return text(lambda scope: between(scope).join([run(scope) for run in runs])[:MAX_TEXT])


def string_length(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].text()
    return number(lambda scope: float(_units(run(scope))))


def _units(value: str) -> int:
    return len(value) if value.isascii() else len(_utf16(value)) // 2


def _utf16(value: str) -> bytes:
    return value.encode("utf-16-le", "surrogatepass")


def substr(arguments: list[Operand], place: Place) -> Operand:
    """From 0, the end not included, negative ones from the end (95)."""
    run, start = arguments[0].text(), arguments[1].number()
    end = arguments[2].number() if len(arguments) == 3 else None

    def cut(scope: Scope) -> str:
        units = _utf16(run(scope))
        length = len(units) // 2
        first = _index(start(scope), length)
        last = length if end is None else _index(end(scope), length)
        return units[2 * first : 2 * last].decode("utf-16-le", "replace")

    return text(cut)


def _index(value: float, length: int) -> int:
    if value != value:
        return 0
    if math.isinf(value):
        return length if value > 0 else 0
    index = int(value)
    return min(length, max(0, index + length if index < 0 else index))


def substring_before(arguments: list[Operand], place: Place) -> Operand:
    run, mark = arguments[0].text(), arguments[1].text()

    def cut(scope: Scope) -> str:
        before, found, _ = run(scope).partition(mark(scope) or "\0")
        return before if found else ""

    return text(cut)


def substring_after(arguments: list[Operand], place: Place) -> Operand:
    run, mark = arguments[0].text(), arguments[1].text()

    def cut(scope: Scope) -> str:
        value, sought = run(scope), mark(scope)
        return value.partition(sought)[2] if sought else value

    return text(cut)


def contains(arguments: list[Operand], place: Place) -> Operand:
    return _test(arguments, lambda value, part: part in value)


def starts_with(arguments: list[Operand], place: Place) -> Operand:
    return _test(arguments, str.startswith)


def ends_with(arguments: list[Operand], place: Place) -> Operand:
    return _test(arguments, str.endswith)


def _test(arguments: list[Operand], test: Callable[[str, str], bool]) -> Operand:
    value, part = arguments[0].text(), arguments[1].text()
    return boolean(lambda scope: test(value(scope), part(scope)))


def normalize_space(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].text()
    return text(lambda scope: " ".join(run(scope).split()))


def translate(arguments: list[Operand], place: Place) -> Operand:
    value, old, new = (argument.text() for argument in arguments)

    def run(scope: Scope) -> str:
        sources, targets = old(scope), new(scope)
        table: dict[int, str | None] = {}
        for index, character in enumerate(sources):
            table.setdefault(ord(character), targets[index] if index < len(targets) else None)
        return value(scope).translate(table)

    return text(run)


def regex(arguments: list[Operand], place: Place) -> Operand:
    """The whole text must match (93)."""
    pattern = arguments[1].constant
    if not isinstance(pattern, str):
        raise NotSupported("regex() with a pattern that is not written out.")
    machine = Regex(pattern)
    run = arguments[0].text()
    return boolean(lambda scope: machine.matches(run(scope)))
