"""Which fields hold something of an answer because the form computes them from it: `number(${phone})` is the phone's
number, `concat('x', ${phone})` too.

What an answer decides is another thing: its length, whether it matches, which of two other values is taken. That tells
little of it, and forms do it all the time. So the value of each expression is followed back to where it comes from.
"""

import re
from collections.abc import Collection, Iterator

from schemas.expressions import ExpressionError, Shape
from schemas.expressions.compile import place_at
from schemas.expressions.parser import parse
from schemas.expressions.reference import contextualize, read_reference
from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Path
from schemas.survey.definition import SurveyDefinition
from schemas.survey.order import shape_of

_COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">=", "and", "or"})
_TELLING_LITTLE = frozenset(
    {
        *("boolean", "boolean-from-string", "checklist", "contains", "count", "count-non-empty", "count-selected"),
        *("ends-with", "is-selected", "not", "position", "pulldata", "regex", "selected", "starts-with"),
        *("string-length", "weighted-checklist"),
    }
)
"""Functions that give a truth, a count or an attached table's value, and not what they are asked about."""
_WORD = re.compile(r"[^\W\d][\w.-]*")


def carriers(definition: SurveyDefinition, seeds: Collection[str]) -> frozenset[str]:
    """Paths of the fields whose value the form takes from one of the seeds, directly or through other fields. A choice
    whose list is made of answers takes its own from these."""
    shape = shape_of(definition)
    sources = [(path, _sources(text, path, definition, shape)) for path, text in _written(definition)]
    carrying = set(seeds)
    found: set[str] = set()
    while more := {path for path, read in sources if path not in found and read & carrying}:
        found |= more
        carrying |= more
    return frozenset(found)


def _written(definition: SurveyDefinition) -> Iterator[tuple[str, str]]:
    """The expressions that fields get their values from, by path."""
    for field in definition.fields:
        if field.calculate is not None:
            yield field.path, field.calculate
        if field.is_choice and field.itemset is not None:
            yield field.path, f"{field.itemset.nodeset}/{field.itemset.value}"
    for action in definition.on_load:
        yield action.path, action.value


def _sources(text: str, at: str, definition: SurveyDefinition, shape: Shape) -> set[str]:
    """The fields of which a part may be in the value: of a group or a repeat, all that is in it. An expression that
    cannot be read is searched for names."""
    paths = [field.path for field in definition.fields]
    try:
        found = set(_carried(parse(text), at, shape))
    except ExpressionError:
        words = set(_WORD.findall(text))
        return {path for path in paths if path.rpartition("/")[2] in words} - {at}
    return found | {path for path in paths if any(_is_below(path, above) for above in found)}


def _is_below(path: str, above: str) -> bool:
    return not above or path.startswith(f"{above}/")


def _carried(node: Node, at: str, shape: Shape) -> Iterator[str]:
    match node:
        case Path():
            reference = contextualize(read_reference(node), place_at(at, shape).context)
            if reference is not None and reference.instance is None:
                # A star stands for all that is below.
                yield "/".join(reference.names[1:]).partition("*")[0].removesuffix("/")
        case Negative(operand=inner) | Filter(inner=inner):
            yield from _carried(inner, at, shape)
        case Chain(first, rest):
            if not any(sign in _COMPARING for sign, _ in rest):
                for operand in (first, *(operand for _, operand in rest)):
                    yield from _carried(operand, at, shape)
        case Call(name, arguments) if name not in _TELLING_LITTLE:
            for argument in _giving(name, arguments):
                yield from _carried(argument, at, shape)


def _giving(name: str, arguments: tuple[Node, ...]) -> tuple[Node, ...]:
    """The arguments that a part of the value comes from, and not only the choice of it."""
    match name:
        case "if":
            return arguments[1:]
        case "indexed-repeat":
            return arguments[:1]
        case _:
            return arguments
