"""One table, compiled: the cells that a submission's units are in, and what they add there."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from operator import add, itemgetter

from schemas.events import Answer
from schemas.survey.definition import UNKNOWN
from services.aggregate.codes import join
from services.aggregate.layout import Layout
from services.aggregate.sums import Amounts, expand

Answers = Mapping[str, Answer]

KEYS_REMEMBERED = 50_000
"""Keys of cells by their answers, for each table: all there are but in tables of thousands of codes, a few MB."""

_BASE = ("n", "s", "k", "w", "w2")


def base_values(units: int, weight: int, record_key: int) -> Amounts:
    """What a base is made of. `weight` is the sum over the units; without weights it is their number."""
    return (units, 1, record_key, weight, weight * weight)


def code_of(answer: Answer) -> str:
    """An answer as the code of a dimension. One that is empty counts as unknown."""
    return UNKNOWN if answer == "" or answer == [] else str(answer)


class TableCells:
    """`places` says which of the measures of its unit each segment is made of."""

    def __init__(self, layout: Layout, places: Sequence[int]) -> None:
        self._id = layout.id
        self._dimensions = layout.dimensions
        self._answers = itemgetter(*layout.dimensions) if layout.dimensions else lambda answers: ()
        # Two names at least, so that the getter gives a tuple.
        self._base = itemgetter(*(_BASE.index(name) for name in layout.base))
        self._segments = [
            (place, expand(segment)) for place, segment in zip(places, layout.segments, strict=True) if segment.sums
        ]
        self._keys: dict[object, tuple[str, ...]] = {}

    def of_submission(
        self, answers: Answers, measured: Sequence[Amounts], values: Amounts, cells: list[tuple[str, str, Amounts]]
    ) -> None:
        """Adds the cells of a submission that is one unit. `values` are its `base_values`."""
        vector: Amounts = self._base(values)
        for place, complete in self._segments:
            vector += complete(measured[place])
        for key in self._cells_of(answers):
            cells.append((self._id, key, vector))

    def of_rows(
        self, units: Sequence[tuple[Answers, list[Amounts]]], weight: int, record_key: int
    ) -> Iterator[tuple[str, str, Amounts]]:
        """The cells of a submission's rows. The squares are of their sums: a submission is one cluster."""
        found: dict[str, tuple[int, list[Amounts]]] = {}
        for answers, measured in units:
            own = [measured[place] for place, _ in self._segments]
            for key in self._cells_of(answers):
                if key in found:
                    number, sums = found[key]
                    summed = [tuple(map(add, left, right)) for left, right in zip(sums, own, strict=True)]
                    found[key] = (number + 1, summed)
                else:
                    found[key] = (1, own)
        for key, (number, sums) in found.items():
            vector: Amounts = self._base(base_values(number, number * weight, record_key))
            for (_, complete), amounts in zip(self._segments, sums, strict=True):
                vector += complete(amounts)
            yield self._id, key, vector

    def _cells_of(self, answers: Answers) -> tuple[str, ...]:
        """Keys of the cells that a unit is in: several where a dimension is a multiple choice."""
        try:
            own = self._answers(answers)
            known = self._keys.get(own)
        except (KeyError, TypeError):  # a field without an answer, or a list of choices, which is no key
            return self._product(answers)
        if known is None:
            known = self._product(answers)
            if len(self._keys) < KEYS_REMEMBERED:
                self._keys[own] = known
        return known

    def _product(self, answers: Answers) -> tuple[str, ...]:
        # A code that was sent twice is one choice.
        choices = [
            dict.fromkeys(answer)
            if isinstance(answer := answers.get(path), list) and answer
            else [UNKNOWN if answer is None else code_of(answer)]
            for path in self._dimensions
        ]
        return tuple(join(codes) for codes in product(*choices))
