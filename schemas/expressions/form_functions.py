"""Functions that ask the form or the phone: labels, texts, attached tables, properties, random values."""

import random
import string
import uuid
from typing import cast

from schemas.expressions.errors import EvaluationError, ExpressionError
from schemas.expressions.item_walk import root_of
from schemas.expressions.nodes import ItemNode
from schemas.expressions.operand import Operand, Place, constant, number, text
from schemas.expressions.parser import parse
from schemas.expressions.reference import contextualize, read_reference
from schemas.expressions.scope import Scope
from schemas.expressions.text_functions import MAX_TEXT
from schemas.expressions.tree import Path
from schemas.expressions.values import as_int, whole

_LETTERS = string.digits + string.ascii_uppercase


_WANTED = "jr:choice-name() takes the path of a question in quotes."


def choice_name(arguments: list[Operand], place: Place) -> Operand:
    """jr:choice-name(value, 'path of the question'). The label is in the form's default language, on a phone in the
    chosen one."""
    value, written = arguments[0].text(), arguments[1].text()
    place.facts.unstable = True
    known, fixed = arguments[1].constant, None
    if isinstance(known, str):
        try:
            fixed = _question(known, place)
        except EvaluationError:
            place.facts.faults.append(_WANTED)

    def label(scope: Scope) -> str:
        return scope.form.choice_label(fixed if fixed is not None else _question(written(scope), place), value(scope))

    return text(label)


def _question(written: str, place: Place) -> str:
    try:
        tree = parse(written)
        reference = contextualize(read_reference(tree), place.context) if isinstance(tree, Path) else None
    except ExpressionError:
        reference = None
    if reference is None:
        raise EvaluationError(_WANTED)
    return "/".join(reference.names[1:])


def itext(arguments: list[Operand], place: Place) -> Operand:
    name = arguments[0].text()
    place.facts.unstable = True
    return text(lambda scope: scope.form.itext(name(scope)))


def pulldata(arguments: list[Operand], place: Place) -> Operand:
    """pulldata('file', 'column', 'key column', key): the column of the first row with this key; "" for none."""
    file, column, key_column, key = (argument.text() for argument in arguments)
    known = arguments[0].constant
    if isinstance(known, str):
        place.facts.instances.add(known)
    else:
        place.facts.unstable = True

    def pull(scope: Scope) -> str:
        root, wanted = root_of(file(scope), scope), key(scope)
        row = _rows(root, key_column(scope)).get(wanted) if wanted else None
        return row.get(column(scope), "") if row is not None else ""

    return text(pull)


def _rows(root: ItemNode, key_column: str) -> dict[str, dict[str, str]]:
    """The rows of an attached table by their key, the first of each; made once."""
    memory = root.element.memory
    key = ("rows", key_column)
    rows = memory.get(key)
    if rows is None:
        made: dict[str, dict[str, str]] = {}
        for item in root.element.children:
            cells = {cell.name: cell.text for cell in reversed(item.children)}
            made.setdefault(cells.get(key_column, ""), cells)
        rows = memory[key] = made
    return cast("dict[str, dict[str, str]]", rows)


def property_(arguments: list[Operand], place: Place) -> Operand:
    name = arguments[0].text()
    return text(lambda scope: scope.form.property(name(scope)))


def version(arguments: list[Operand], place: Place) -> Operand:
    """Of the form; in a condition over a secondary instance, which has none, ""."""
    return constant("" if place.context.instance is not None else place.shape.version)


def random_(arguments: list[Operand], place: Place) -> Operand:
    return number(lambda scope: random.random())  # noqa: S311 a form's dice, not a secret


def uuid_(arguments: list[Operand], place: Place) -> Operand:
    """A random UUID, or so many random letters and digits."""
    if not arguments:
        return text(lambda scope: str(uuid.uuid4()))
    length = arguments[0].number()

    def letters(scope: Scope) -> str:
        size = as_int(whole(length(scope)))
        if size > MAX_TEXT:
            raise EvaluationError(f"uuid() of more than {MAX_TEXT} characters.")
        return "".join(random.choices(_LETTERS, k=max(0, size)))  # noqa: S311

    return text(letters)
