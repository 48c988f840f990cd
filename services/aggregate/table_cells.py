"""One table, compiled: the cells that a unit is in."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import product
from operator import itemgetter

from schemas.events import Answer
from schemas.survey.definition import UNKNOWN
from schemas.tables.codes import join
from schemas.tables.layout import Layout

Answers = Mapping[str, Answer]

KEYS_REMEMBERED = 50_000
"""Keys of cells by their answers, for each table: all there are but in tables of thousands of codes, a few MB."""


def code_of(answer: Answer) -> str:
    """An answer as the code of a dimension. One that is empty counts as unknown."""
    return UNKNOWN if answer == "" or answer == [] else str(answer)


class TableCells:
    """`known` are the keys of cells by what `dimensions` gives."""

    def __init__(self, layout: Layout) -> None:
        self.id = layout.id
        self.dimensions: Callable[[Answers], object] = _of_all
        if layout.dimensions:
            self.dimensions = itemgetter(*layout.dimensions)
        self._paths = layout.dimensions
        self.known: dict[object, tuple[str, ...]] = {}

    def keys(self, answers: Answers) -> tuple[str, ...]:
        """Keys of the cells that a unit is in: several where a dimension is a multiple choice."""
        try:
            return self.known[self.dimensions(answers)]
        except (KeyError, TypeError):  # met for the first time, or a list of choices, which is no key
            return self._find(answers)

    def _find(self, answers: Answers) -> tuple[str, ...]:
        keys = self._product(answers)
        if len(self.known) < KEYS_REMEMBERED:
            with suppress(KeyError, TypeError):  # a field without an answer, or a list
                self.known[self.dimensions(answers)] = keys
        return keys

    def _product(self, answers: Answers) -> tuple[str, ...]:
        # A code that was sent twice is one choice.
        choices = [
            dict.fromkeys(answer)
            if isinstance(answer := answers.get(path), list) and answer
            else [UNKNOWN if answer is None else code_of(answer)]
            for path in self._paths
        ]
        return tuple(join(codes) for codes in product(*choices))


def _of_all(answers: Answers) -> object:
    """Of a table without dimensions."""
    return ()
