"""Rows that were not sent, but that a phone makes when it validates (JavaRosa 5.1, 113 to 117): up to the number of
instances that the form wants of a repeat, and the first one of a repeat in a group that is missing and yet relevant.

They hold what the blank form holds. Questions in them are asked, so a required one without an answer is a reason to
refuse; such a row never leaves.
"""

import math
from collections.abc import Mapping

from services.validate.homes import Home, Homes
from services.validate.numbers import INT_MAX, read_decimal
from services.validate.opening import Rows
from services.validate.relevance import Relevance
from services.validate.row import Row

MAX_MADE = 30
"""Rows made for one submission. A phone makes a million if the form wants them; what is asked in the thirtieth and was
not in those before it is asked nowhere."""


class MissingRows:
    """Of one version. `counts` is the field that tells the number of instances, by repeat; `first` the repeats of which
    a blank form holds instances, with their number."""

    def __init__(self, homes: Homes, counts: Mapping[str, str], first: Mapping[str, int]) -> None:
        self._homes = homes
        self._counts = counts
        self._first = first
        self._relevance = Relevance(homes)
        in_group = [repeat for repeat in first if _in_group(homes, repeat)]
        self._missable = [(repeat, homes.of(repeat)) for repeat in dict.fromkeys([*counts, *in_group])]
        self.possible = bool(self._missable)

    def make(self, rows: Rows) -> list[Row]:
        """Adds them to the rows around them; an empty list if none is missing."""
        made: list[Row] = []
        had = -1
        for repeat, home in self._missable:
            for row in rows.get(home.path, ()):
                here = row.repeats.get(repeat)
                wanted = self._blank(row, repeat, home)
                if repeat in self._counts:
                    wanted = max(wanted, self._wanted(row, repeat))
                if wanted <= (len(here) if here else 0):
                    continue
                if had < 0:
                    had = sum(each.made for alike in rows.values() for each in alike)
                self._make(row, repeat, home, wanted, made, MAX_MADE - had)
        return made

    def _make(self, row: Row, repeat: str, home: Home, wanted: int, made: list[Row], most: int) -> None:
        here = row.repeats.get(repeat, [])
        if (here and not here[-1].relevant) or not self._relevance.is_on(row, home.around[repeat], home):
            return
        for number in range(len(here) + 1, min(wanted, len(here) + most - len(made)) + 1):
            new = Row(row, repeat, (*row.numbers, number), made=True)
            row.repeats.setdefault(repeat, []).append(new)
            made.append(new)

    def _wanted(self, row: Row, repeat: str) -> int:
        """What the count says, whether or not it is relevant (116); 0 where it says nothing."""
        path = self._counts.get(repeat)
        if path is None:
            return 0
        home = self._homes.of(path)
        at: Row | None = row
        while at is not None and at.repeat != home.path:
            at = at.parent
        if at is None:
            return 0
        value = at.results.get(path, at.answers.get(path))
        if value is None:
            text = at.values.get(path, home.defaults.get(path, ""))
            reader = home.readers.get(path)
            value = text if reader is None or not text else reader(text)
        number = read_decimal(value) if isinstance(value, str) else value
        if not isinstance(number, float) or number != number:
            return 0
        return INT_MAX if number > INT_MAX else math.floor(max(number, 0.0))

    def _blank(self, row: Row, repeat: str, home: Home) -> int:
        """Instances that stand in the blank form in the place of what is missing."""
        around = home.around[repeat]
        missing = row.made or (around != home.path and around not in row.groups)
        return self._first.get(repeat, 0) if missing else 0


def _in_group(homes: Homes, repeat: str) -> bool:
    home = homes.of(repeat)
    return home.around[repeat] != home.path or home.path != ""
