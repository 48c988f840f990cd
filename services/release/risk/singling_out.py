"""What singles somebody out: the smallest combinations of keys that only one record has. Pure.

A minimal sample unique (Elliot's special unique) is a combination of keys that one record alone has, and of which no
part would do. The fewer keys, the less an intruder must know: one key is a person whom everybody can name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

LARGEST = 3
"""Keys in a combination: more than three things of a stranger nobody is assumed to know."""


class SinglingOut:
    """Of the keys of each record, all with the same fields; a field is named by its place.

    `combinations`: how many records have this minimal unique, of at most `largest` keys.
    """

    def __init__(self, rows: Sequence[Sequence[str]], largest: int = LARGEST) -> None:
        self._width = len(rows[0]) if rows else 0
        self._largest = min(largest, self._width)
        self._columns = [_numbered([row[place] for row in rows]) for place in range(self._width)]
        self._minimal: dict[int, list[int]] = {}
        """Record -> its minimal uniques, each as the bits of its fields."""
        self.combinations: dict[tuple[int, ...], int] = {}
        for size in range(1, self._largest + 1):
            for places in combinations(range(self._width), size):
                self._look(places)

    def _look(self, places: tuple[int, ...]) -> None:
        bits = sum(1 << place for place in places)
        minimal = [
            record
            for record in _uniques([self._columns[place] for place in places])
            if not any(part & bits == part for part in self._minimal.get(record, ()))
        ]
        for record in minimal:
            self._minimal.setdefault(record, []).append(bits)
        if minimal:
            self.combinations[places] = len(minimal)

    @property
    def records(self) -> int:
        """Records with a minimal unique."""
        return len(self._minimal)

    def by_size(self) -> dict[int, int]:
        """Records whose smallest minimal unique has so many keys."""
        smallest = Counter(min(bits.bit_count() for bits in each) for each in self._minimal.values())
        return {size: smallest[size] for size in range(1, self._largest + 1)}

    def needing(self, place: int) -> int:
        """Records with a minimal unique that this field is part of."""
        return sum(any(bits >> place & 1 for bits in each) for each in self._minimal.values())

    def without(self, place: int) -> int:
        """Records that would still be singled out if this field were dropped."""
        return len(self._left(place))

    def with_fewer(self, place: int, codes: Mapping[str, str], rows: Sequence[Sequence[str]]) -> int:
        """Records that would still be singled out if these codes of a field were one. `rows` are those of before."""
        left = self._left(place)
        column = _numbered([codes.get(row[place], row[place]) for row in rows])
        others = [other for at, other in enumerate(self._columns) if at != place]
        for size in range(self._largest):
            for rest in combinations(others, size):
                left.update(_uniques([column, *rest]))
        return len(left)

    def _left(self, place: int) -> set[int]:
        return {record for record, each in self._minimal.items() if any(not bits >> place & 1 for bits in each)}


def _numbered(column: Iterable[str]) -> list[int]:
    """Codes as numbers: combinations of these are quicker to count than tuples of text."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(code, len(numbers)) for code in column]


def _uniques(columns: Sequence[list[int]]) -> list[int]:
    """The records that nobody is equal to."""
    together = columns[0]
    for column in columns[1:]:
        factor = max(column) + 1
        together = [one * factor + other for one, other in zip(together, column, strict=True)]
    alone = {value for value, number in Counter(together).items() if number == 1}
    return [record for record, value in enumerate(together) if value in alone] if alone else []
