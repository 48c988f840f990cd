"""Numbers that a form reads out of free text: `number(${phone})` is the phone's number, and no text may leave as it is.

What a text decides is another thing: its length, whether it matches, which of two numbers is taken. That tells little
of it, and forms do it all the time. So the value of each calculate is followed back to where it comes from.
"""

from collections.abc import Iterator

from schemas.expressions import ExpressionError, Shape
from schemas.expressions.compile import place_at
from schemas.expressions.parser import parse
from schemas.expressions.reference import contextualize, read_reference
from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Path
from schemas.survey.definition import FieldType, SurveyDefinition
from schemas.survey.order import shape_of
from schemas.survey.privacy import CODED_ROLES

_FREE = (FieldType.STRING, FieldType.BARCODE)
_NUMBERS = (FieldType.INT, FieldType.DECIMAL)
_COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">=", "and", "or"})
_TELLING_LITTLE = frozenset(
    {
        *("boolean", "boolean-from-string", "checklist", "contains", "count", "count-non-empty", "count-selected"),
        *("ends-with", "is-selected", "not", "position", "pulldata", "regex", "selected", "starts-with"),
        *("string-length", "weighted-checklist"),
    }
)
"""Functions that give a truth, a count or an attached table's value, and not what they are asked about."""


def numbers_of_text(definition: SurveyDefinition) -> frozenset[str]:
    """Paths of the integer and decimal fields whose value the form takes from the answer to a text question or from a
    barcode, directly or through other fields. A text that leaves as a code by its role is none."""
    shape = shape_of(definition)
    sources = [(path, _sources(text, path, shape)) for path, text in _written(definition)]
    carrying = {
        field.path
        for field in definition.fields
        if field.type in _FREE and field.calculate is None and field.role not in CODED_ROLES
    }
    while more := {path for path, read in sources if path not in carrying and read & carrying}:
        carrying |= more
    return frozenset(field.path for field in definition.fields if field.type in _NUMBERS and field.path in carrying)


def _written(definition: SurveyDefinition) -> Iterator[tuple[str, str]]:
    """The expressions that fields get their values from, by path."""
    for field in definition.fields:
        if field.calculate is not None:
            yield field.path, field.calculate
    for action in definition.on_load:
        yield action.path, action.value


def _sources(text: str, at: str, shape: Shape) -> set[str]:
    """The fields of which a part may be in the value. Nothing of what does not compile: no phone computes that."""
    try:
        return set(_carried(parse(text), at, shape))
    except ExpressionError:
        return set()


def _carried(node: Node, at: str, shape: Shape) -> Iterator[str]:
    match node:
        case Path():
            reference = contextualize(read_reference(node), place_at(at, shape).context)
            if reference is not None and reference.instance is None:
                yield "/".join(reference.names[1:])
        case Negative(operand=inner) | Filter(inner=inner):
            yield from _carried(inner, at, shape)
        case Chain(first, rest):
            if not any(sign in _COMPARING for sign, _ in rest):
                for operand in (first, *(operand for _, operand in rest)):
                    yield from _carried(operand, at, shape)
        case Call(name, arguments) if name not in _TELLING_LITTLE:
            for argument in arguments[1:] if name == "if" else arguments:
                yield from _carried(argument, at, shape)
