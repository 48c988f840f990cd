"""The table of functions: name -> number of arguments and builder. A function that JavaRosa does not have, and a call
with the wrong number of arguments, stop the evaluation once they are reached (130); `faults` says what to write."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from schemas.expressions import checklist_functions as of_lists
from schemas.expressions import date_functions as of_dates
from schemas.expressions import digest_functions as of_digests
from schemas.expressions import form_functions as of_forms
from schemas.expressions import geo_functions as of_places
from schemas.expressions import logic_functions as of_logic
from schemas.expressions import node_functions as of_nodes
from schemas.expressions import number_functions as of_numbers
from schemas.expressions import select_functions as of_choices
from schemas.expressions import text_functions as of_text
from schemas.expressions.errors import ExpressionError
from schemas.expressions.operand import Operand, Place, constant
from schemas.expressions.paths import fails
from schemas.expressions.sequence_functions import indexed_repeat, randomize
from schemas.expressions.tree import Call

MANY = 10_000
"""Upper bound of arguments where the specification has none."""


@dataclass(frozen=True)
class Function:
    least: int
    most: int
    build: Callable[[list[Operand], Place], Operand]


MISSING = {
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
    "current": "current()/. or .",
    "instance": "instance('x')/root/item",
    "base64-encode": "digest(), if it is about a short name",
    "search": "it in the column appearance, not in an expression",
    "replace": "translate() for single characters",
    "sort": "a list that is sorted already",
    "sort-by": "a list that is sorted already",
    "distinct-values": "count() with a condition",
    "last-saved": "the default ${last-saved#name}",
    "id": "a path with a condition",
    "device-id": "a question of type deviceid",
    "username": "a question of type username",
}
"""Not in JavaRosa 5.1, with what to write instead."""


def call(node: Call, arguments: list[Operand], place: Place) -> Operand:
    """The operand of a function call. Raises ExpressionError for a regular expression that Rihla cannot run."""
    name, facts = node.name, place.facts
    facts.functions.add(name)
    if name == "indexed-repeat":
        return indexed_repeat(node, arguments, place)
    function = FUNCTIONS.get(name)
    if function is None:
        facts.unknown.add(name)
        hint = MISSING.get(name)
        message = f"ODK has no {name}()." + (f" Use {hint}." if hint else "")
    elif function.least <= len(arguments) <= function.most and not _is_odd(name, arguments):
        try:
            return function.build(arguments, place)
        except ExpressionError as fault:  # of a regular expression: say where in the form's expression it stands
            raise type(fault)(fault.message, node.position) from fault
    else:
        message = f"{name}() takes {_count(function)}, not {len(arguments)}."
    facts.faults.append(f"at character {node.position}: {message}")
    return fails(message)


def _is_odd(name: str, arguments: list[Operand]) -> bool:
    return name == "weighted-checklist" and len(arguments) % 2 == 1


def _count(function: Function) -> str:
    if function.least == function.most:
        return f"{function.least} argument{'' if function.least == 1 else 's'}"
    if function.most == MANY:
        return f"{function.least} or more arguments"
    return f"{function.least} to {function.most} arguments"


FUNCTIONS: dict[str, Function] = {
    "true": Function(0, 0, lambda arguments, place: constant(True)),
    "false": Function(0, 0, lambda arguments, place: constant(False)),
    "not": Function(1, 1, of_logic.not_),
    "boolean": Function(1, 1, of_logic.boolean_),
    "boolean-from-string": Function(1, 1, of_logic.boolean_from_string),
    "if": Function(3, 3, of_logic.if_),
    "coalesce": Function(2, 2, of_logic.coalesce),
    "once": Function(1, 1, of_logic.once),
    "checklist": Function(2, MANY, of_lists.checklist),
    "weighted-checklist": Function(4, MANY, of_lists.weighted_checklist),
    "number": Function(1, 1, of_numbers.number_),
    "int": Function(1, 1, of_numbers.int_),
    "round": Function(1, 2, of_numbers.round_),
    "abs": Function(1, 1, of_numbers.of_one(abs)),
    "pow": Function(2, 2, of_numbers.of_two(of_numbers.power)),
    "sqrt": Function(1, 1, of_numbers.of_one(math.sqrt)),
    "exp": Function(1, 1, of_numbers.of_one(math.exp)),
    "exp10": Function(1, 1, of_numbers.of_one(of_numbers.exp10)),
    "log": Function(1, 1, of_numbers.of_one(of_numbers.logarithm(math.log))),
    "log10": Function(1, 1, of_numbers.of_one(of_numbers.logarithm(math.log10))),
    "sin": Function(1, 1, of_numbers.of_one(math.sin)),
    "cos": Function(1, 1, of_numbers.of_one(math.cos)),
    "tan": Function(1, 1, of_numbers.of_one(math.tan)),
    "asin": Function(1, 1, of_numbers.of_one(math.asin)),
    "acos": Function(1, 1, of_numbers.of_one(math.acos)),
    "atan": Function(1, 1, of_numbers.of_one(math.atan)),
    "atan2": Function(2, 2, of_numbers.of_two(math.atan2)),
    "pi": Function(0, 0, of_numbers.pi),
    "random": Function(0, 0, of_forms.random_),
    "sum": Function(1, 1, of_nodes.sum_),
    "max": Function(0, MANY, of_nodes.largest),
    "min": Function(0, MANY, of_nodes.smallest),
    "count": Function(1, 1, of_nodes.count),
    "count-non-empty": Function(1, 1, of_nodes.count_non_empty),
    "position": Function(0, 1, of_nodes.position),
    "depend": Function(1, MANY, of_nodes.depend),
    "randomize": Function(1, 2, randomize),
    "selected": Function(2, 2, of_choices.selected),
    "is-selected": Function(2, 2, of_choices.selected),
    "count-selected": Function(1, 1, of_choices.count_selected),
    "selected-at": Function(2, 2, of_choices.selected_at),
    "string": Function(1, 1, of_text.string),
    "concat": Function(0, MANY, of_nodes.concat),
    "join": Function(1, MANY, of_nodes.join),
    "string-length": Function(0, 1, of_text.string_length),
    "substr": Function(2, 3, of_text.substr),
    "substring-before": Function(2, 2, of_text.substring_before),
    "substring-after": Function(2, 2, of_text.substring_after),
    "contains": Function(2, 2, of_text.contains),
    "starts-with": Function(2, 2, of_text.starts_with),
    "ends-with": Function(2, 2, of_text.ends_with),
    "normalize-space": Function(0, 1, of_text.normalize_space),
    "translate": Function(3, 3, of_text.translate),
    "regex": Function(2, 2, of_text.regex),
    "digest": Function(2, 3, of_digests.digest),
    "base64-decode": Function(1, 1, of_digests.base64_decode),
    "extract-signed": Function(2, 2, of_digests.extract_signed),
    "today": Function(0, 0, of_dates.today),
    "now": Function(0, 0, of_dates.now),
    "date": Function(1, 1, of_dates.date),
    "date-time": Function(1, 1, of_dates.date_time),
    "decimal-date-time": Function(1, 1, of_dates.decimal_date_time),
    "decimal-time": Function(1, 1, of_dates.decimal_time),
    "format-date": Function(2, 2, of_dates.format_date),
    "format-date-time": Function(2, 2, of_dates.format_date),
    "area": Function(1, 1, of_places.area),
    "enclosed-area": Function(1, 1, of_places.area),
    "distance": Function(1, MANY, of_places.distance),
    "geofence": Function(2, 2, of_places.geofence),
    "intersects": Function(1, 1, of_places.intersects),
    "jr:choice-name": Function(2, 2, of_forms.choice_name),
    "jr:itext": Function(1, 1, of_forms.itext),
    "pulldata": Function(4, 4, of_forms.pulldata),
    "property": Function(1, 1, of_forms.property_),
    "version": Function(0, 0, of_forms.version),
    "uuid": Function(0, 1, of_forms.uuid_),
}
