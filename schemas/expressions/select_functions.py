"""Functions over the codes of a multiple choice: text with blanks between them (JavaRosa 5.1, measured)."""

from collections.abc import Callable

from schemas.expressions.errors import EvaluationError
from schemas.expressions.operand import Kind, Operand, Place, boolean, number, text
from schemas.expressions.scope import Scope
from schemas.expressions.source import Source, known, made
from schemas.expressions.values import SPACE, Value, as_int


def selected(arguments: list[Operand], place: Place) -> Operand:
    """A search for the code between blanks, so selected('a b c', 'a b') is true (104)."""
    answer, code = _codes_text(arguments[0], "selected()"), _codes_text(arguments[1], "selected()")
    wanted, given = arguments[1].constant, arguments[0].constant
    if isinstance(wanted, str):
        needle = f" {wanted.strip(SPACE)} "
        source = made("({1} in ' ' + {0} + ' ')", _codes_source(arguments[0], "selected()"), known(needle))
        return boolean(lambda scope: needle in f" {answer(scope)} ", source)
    if isinstance(given, str):
        codes = f" {given} "
        parts = (_codes_source(arguments[1], "selected()"), known(SPACE), known(codes))
        source = made("(' ' + {0}.strip({1}) + ' ' in {2})", *parts)
        return boolean(lambda scope: f" {code(scope).strip(SPACE)} " in codes, source)
    return boolean(lambda scope: f" {code(scope).strip(SPACE)} " in f" {answer(scope)} ")


def count_selected(arguments: list[Operand], place: Place) -> Operand:
    answer = _codes_text(arguments[0], "count-selected()")
    source = made("float(len({1}({0})))", _codes_source(arguments[0], "count-selected()"), known(_codes))
    return number(lambda scope: float(len(_codes(answer(scope)))), source)


def selected_at(arguments: list[Operand], place: Place) -> Operand:
    """Counts from 0; outside of the answer "" (105)."""
    answer, place_of = _codes_text(arguments[0], "selected-at()"), arguments[1].number()

    def run(scope: Scope) -> str:
        codes = _codes(answer(scope))
        index = as_int(place_of(scope))
        return codes[index] if 0 <= index < len(codes) else ""

    return text(run)


def _codes_text(operand: Operand, name: str) -> Callable[[Scope], str]:
    """A number, date or boolean is not read as text here (103)."""
    run = operand.run
    if operand.kind is Kind.TEXT:
        return operand.text()

    path, wrong = operand.field, _wrong(name)

    def look(scope: Scope) -> str:
        value = scope.answers.get(path, "")  # type: ignore[arg-type]
        if value.__class__ is not str:
            raise EvaluationError(wrong)
        return value

    def read(scope: Scope) -> str:
        value = run(scope)
        if value.__class__ is not str:
            raise EvaluationError(wrong)
        return value

    return read if path is None else look


def _codes_source(operand: Operand, name: str) -> Source | None:
    def stop(value: Value) -> str:
        raise EvaluationError(_wrong(name))

    return operand.text_source(stop)


def _wrong(name: str) -> str:
    return f"{name} takes text: a choice question, or a code in quotes."


def _codes(answer: str) -> list[str]:
    """Split at blanks only: a tab or a line break does not separate (36)."""
    return [code for code in answer.split(" ") if code]
