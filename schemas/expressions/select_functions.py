"""Functions over the codes of a multiple choice: text with blanks between them (JavaRosa 5.1, measured)."""

import math

from schemas.expressions.operand import Operand, Place, boolean, number, text
from schemas.expressions.scope import Scope


def selected(arguments: list[Operand], place: Place) -> Operand:
    """A search for the code between blanks, so selected('a b c', 'a b') is true (104)."""
    answer = arguments[0].text()
    wanted = arguments[1].constant
    if isinstance(wanted, str):
        needle = f" {wanted.strip()} "
        return boolean(lambda scope: needle in f" {answer(scope)} ")
    code = arguments[1].text()
    return boolean(lambda scope: f" {code(scope).strip()} " in f" {answer(scope)} ")


def count_selected(arguments: list[Operand], place: Place) -> Operand:
    answer = arguments[0].text()
    return number(lambda scope: float(len(_codes(answer(scope)))))


def selected_at(arguments: list[Operand], place: Place) -> Operand:
    """Counts from 0; outside of the answer "" (105)."""
    answer, place_of = arguments[0].text(), arguments[1].number()

    def run(scope: Scope) -> str:
        place = place_of(scope)
        codes = _codes(answer(scope))
        index = int(place) if math.isfinite(place) else 0 if place != place else -1  # NaN is 0 as in Java
        return codes[index] if 0 <= index < len(codes) else ""

    return text(run)


def _codes(answer: str) -> list[str]:
    """Split at blanks only: a tab or a line break does not separate (36)."""
    return [code for code in answer.split(" ") if code]
