"""Functions over text. Positions count UTF-16 units, as Java does (JavaRosa 5.1, measured)."""

import re
from collections.abc import Callable
from functools import lru_cache

from schemas.expressions.errors import EvaluationError, ExpressionError, NotSupported
from schemas.expressions.operand import Operand, Place, boolean, number, text
from schemas.expressions.paths import fails, own_value
from schemas.expressions.regex import Regex
from schemas.expressions.scope import Scope
from schemas.expressions.source import known, made
from schemas.expressions.values import SPACE, as_int, as_text

_BLANKS = re.compile("[ \\t\\n\\x0b\\f\\r]+")
MAX_TEXT = 1_000_000
"""Characters that concat() and join() give at most: calculations upon calculations cannot grow without end."""
MAX_PATTERNS = 256
"""Regular expressions remembered that are not written out in the form but computed."""


def bounded(between: str, pieces: list[str]) -> str:
    """The pieces joined. Raises EvaluationError beyond MAX_TEXT."""
    length = sum(map(len, pieces)) + len(between) * max(0, len(pieces) - 1)
    if length > MAX_TEXT:
        raise EvaluationError(f"a text of more than {MAX_TEXT} characters.")
    return between.join(pieces)


def string(arguments: list[Operand], place: Place) -> Operand:
    return text(arguments[0].text())


def string_length(arguments: list[Operand], place: Place) -> Operand:
    run = _first_or_own(arguments, place)
    source = made("float({1}({0}))", (arguments[0] if arguments else own_value(place)).text_source(), known(_units))
    return number(lambda scope: float(_units(run(scope))), source)


def _first_or_own(arguments: list[Operand], place: Place) -> Callable[[Scope], str]:
    return arguments[0].text() if arguments else own_value(place).text()


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
    index = as_int(value)
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
    run = _first_or_own(arguments, place)
    return text(lambda scope: _BLANKS.sub(" ", run(scope).strip(SPACE)))


def translate(arguments: list[Operand], place: Place) -> Operand:
    value, old, new = (argument.text() for argument in arguments)

    def run(scope: Scope) -> str:
        sources, targets = _split(old(scope)), _split(new(scope))
        table: dict[bytes, bytes] = {}
        for index, unit in enumerate(sources):
            table.setdefault(unit, targets[index] if index < len(targets) else b"")
        written = b"".join([table.get(unit, unit) for unit in _split(value(scope))])
        return written.decode("utf-16-le", "replace")

    return text(run)


def _split(value: str) -> list[bytes]:
    units = _utf16(value)
    return [units[place : place + 2] for place in range(0, len(units), 2)]


def regex(arguments: list[Operand], place: Place) -> Operand:
    """The whole text must match (93)."""
    run, pattern = arguments[0].text(), arguments[1].constant
    if pattern is None:
        written = arguments[1].text()
        return boolean(lambda scope: _pattern(written(scope)).matches(run(scope)))
    try:
        machine = Regex(as_text(pattern))
    except NotSupported:
        raise
    except ExpressionError as fault:
        place.facts.faults.append(fault.message)
        return fails(fault.message)
    return boolean(lambda scope: machine.matches(run(scope)))


@lru_cache(maxsize=MAX_PATTERNS)
def _pattern(text: str) -> Regex:
    try:
        return Regex(text)
    except ExpressionError as fault:
        raise EvaluationError(fault.message) from fault
