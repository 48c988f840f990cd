"""The table of functions: name -> number of arguments and builder. What JavaRosa does not have is an error with a hint,
what Rihla does not have yet is NotSupported."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from schemas.expressions import date_functions as of_dates
from schemas.expressions import number_functions as of_numbers
from schemas.expressions import select_functions as of_choices
from schemas.expressions import text_functions as of_text
from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.operand import Kind, Operand, Place, boolean, constant
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value

MANY = 1_000
"""Upper bound of arguments where the specification has none."""


@dataclass(frozen=True)
class Function:
    least: int
    most: int
    build: Callable[[list[Operand], Place], Operand]


_MISSING = {
    "floor": "int(), or round(x - 0.5)",
    "ceiling": "-int(-x)",
    "substring": "substr(text, start, end), which counts from 0",
    "lower-case": "translate()",
    "upper-case": "translate()",
    "name": "the name itself",
    "local-name": "the name itself",
    "last": "count() of the repeat",
    "len": "string-length()",
    "length": "string-length()",
    "mean": "sum(x) div count(x)",
    "avg": "sum(x) div count(x)",
}
"""Not in JavaRosa 5.1, with what to write instead."""

_LATER = frozenset(
    {
        "area",
        "base64-decode",
        "base64-encode",
        "checklist",
        "depend",
        "device-id",
        "digest",
        "distance",
        "extract-signed",
        "geofence",
        "id",
        "indexed-repeat",
        "instance",
        "intersects",
        "is-selected",
        "jr:choice-name",
        "jr:itext",
        "last-saved",
        "position",
        "property",
        "pulldata",
        "random",
        "randomize",
        "search",
        "sort",
        "sort-by",
        "username",
        "uuid",
        "version",
        "weighted-checklist",
    }
)


def call(name: str, arguments: list[Operand], place: Place, position: int) -> Operand:
    """The operand of a function call. Raises ExpressionError, NotSupported."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise _unknown(name, position)
    if not function.least <= len(arguments) <= function.most:
        raise ExpressionError(f"{name}() takes {_count(function)}, not {len(arguments)}.", position)
    try:
        return function.build(arguments, place)
    except ExpressionError as fault:  # of a regular expression: say where in the form's expression it stands
        raise type(fault)(str(fault).partition(": ")[2], position) from fault


def _unknown(name: str, position: int) -> ExpressionError:
    if name in _LATER:
        return NotSupported(f"{name}() is not evaluated by Rihla yet.", position)
    hint = _MISSING.get(name)
    if hint is not None:
        return NotSupported(f"ODK has no {name}(). Use {hint}.", position)
    return NotSupported(f"{name}() is not known.", position)


def _count(function: Function) -> str:
    if function.least == function.most:
        return f"{function.least} argument{'' if function.least == 1 else 's'}"
    if function.most == MANY:
        return f"{function.least} or more arguments"
    return f"{function.least} to {function.most} arguments"


def _not(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].boolean()
    return boolean(lambda scope: not run(scope))


def _boolean(arguments: list[Operand], place: Place) -> Operand:
    return boolean(arguments[0].boolean())


def _boolean_from_string(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].text()
    return boolean(lambda scope: run(scope).lower() in ("1", "true"))  # (106)


def _if(arguments: list[Operand], place: Place) -> Operand:
    condition = arguments[0].boolean()
    then, otherwise = arguments[1].run, arguments[2].run
    kinds = {arguments[1].kind, arguments[2].kind}
    kind = kinds.pop() if len(kinds) == 1 else Kind.ANY
    return Operand(lambda scope: then(scope) if condition(scope) else otherwise(scope), kind)


def _coalesce(arguments: list[Operand], place: Place) -> Operand:
    """The first if it is not empty; a blank is not empty (101)."""
    first, second = arguments[0].run, arguments[1].run

    def run(scope: Scope) -> Value:
        value = first(scope)
        empty = value == "" or value == [] or value != value
        return second(scope) if empty else value

    return Operand(run, Kind.ANY)


def _once(arguments: list[Operand], place: Place) -> Operand:
    """The node's own value where it has one, else the argument (78)."""
    own, otherwise = place.at, arguments[0].run
    place.paths.add(own)
    return Operand(lambda scope: scope.value(own) or otherwise(scope), Kind.ANY)


FUNCTIONS: dict[str, Function] = {
    "true": Function(0, 0, lambda arguments, place: constant(True)),
    "false": Function(0, 0, lambda arguments, place: constant(False)),
    "not": Function(1, 1, _not),
    "boolean": Function(1, 1, _boolean),
    "boolean-from-string": Function(1, 1, _boolean_from_string),
    "if": Function(3, 3, _if),
    "coalesce": Function(2, 2, _coalesce),
    "once": Function(1, 1, _once),
    "number": Function(1, 1, of_numbers.number_),
    "int": Function(1, 1, of_numbers.int_),
    "round": Function(1, 2, of_numbers.round_),
    "abs": Function(1, 1, of_numbers.of_one(abs)),
    "pow": Function(2, 2, of_numbers.of_two(pow)),
    "sqrt": Function(1, 1, of_numbers.of_one(math.sqrt)),
    "exp": Function(1, 1, of_numbers.of_one(math.exp)),
    "log": Function(1, 1, of_numbers.of_one(math.log)),
    "log10": Function(1, 1, of_numbers.of_one(math.log10)),
    "sin": Function(1, 1, of_numbers.of_one(math.sin)),
    "cos": Function(1, 1, of_numbers.of_one(math.cos)),
    "tan": Function(1, 1, of_numbers.of_one(math.tan)),
    "asin": Function(1, 1, of_numbers.of_one(math.asin)),
    "acos": Function(1, 1, of_numbers.of_one(math.acos)),
    "atan": Function(1, 1, of_numbers.of_one(math.atan)),
    "atan2": Function(2, 2, of_numbers.of_two(math.atan2)),
    "pi": Function(0, 0, lambda arguments, place: constant(math.pi)),
    "sum": Function(1, 1, of_numbers.sum_),
    "max": Function(1, MANY, of_numbers.extreme(max)),
    "min": Function(1, MANY, of_numbers.extreme(min)),
    "count": Function(1, 1, of_numbers.count),
    "count-non-empty": Function(1, 1, of_numbers.count_non_empty),
    "selected": Function(2, 2, of_choices.selected),
    "count-selected": Function(1, 1, of_choices.count_selected),
    "selected-at": Function(2, 2, of_choices.selected_at),
    "string": Function(1, 1, of_text.string),
    "concat": Function(1, MANY, of_text.concat),
    "join": Function(1, MANY, of_text.join),
    "string-length": Function(1, 1, of_text.string_length),
    "substr": Function(2, 3, of_text.substr),
    "substring-before": Function(2, 2, of_text.substring_before),
    "substring-after": Function(2, 2, of_text.substring_after),
    "contains": Function(2, 2, of_text.contains),
    "starts-with": Function(2, 2, of_text.starts_with),
    "ends-with": Function(2, 2, of_text.ends_with),
    "normalize-space": Function(1, 1, of_text.normalize_space),
    "translate": Function(3, 3, of_text.translate),
    "regex": Function(2, 2, of_text.regex),
    "today": Function(0, 0, of_dates.today),
    "now": Function(0, 0, of_dates.now),
    "date": Function(1, 1, of_dates.date),
    "date-time": Function(1, 1, of_dates.date_time),
    "decimal-date-time": Function(1, 1, of_dates.decimal_date_time),
    "format-date": Function(2, 2, of_dates.format_date),
    "format-date-time": Function(2, 2, of_dates.format_date),
}
