"""The rows of a form that is being filled: as a phone opens them, as many as its rules or its user want."""

import math
from collections.abc import Iterator
from datetime import datetime
from random import Random

from cli.filling.form_rules import FormRules
from cli.filling.given import given
from schemas.expressions import EvaluationError, ExpressionError, as_number
from services.validate.instance import Instance
from services.validate.row import Row

MOST_ROWS = 40
"""Made of one repeat, whatever its count says."""
ROWS = (0, 1, 1, 1, 2, 2, 3)
"""Instances of a repeat that a person adds."""


class Rows:
    """`begun` and `now` (aware) are when the form was opened and when it is finished."""

    def __init__(self, rules: FormRules, random: Random, begun: datetime, now: datetime) -> None:
        self._rules = rules
        self._random = random
        self._begun = begun
        self._now = now
        self.instance = Instance()
        self._open(self.root)

    @property
    def root(self) -> Row:
        return self.instance.root

    def all(self) -> Iterator[Row]:
        waiting = [self.root]
        while waiting:
            row = waiting.pop()
            yield row
            for instances in row.repeats.values():
                waiting += instances

    def at(self, home: str, numbers: list[int]) -> Row | None:
        return next((row for row in self.all() if row.repeat == home and list(row.numbers) == numbers), None)

    def near(self, row: Row, home: str) -> list[Row]:
        """The row of a home in or around which a row stands; all of them where there is no such row."""
        around: Row | None = row
        while around is not None and around.repeat != home:
            around = around.parent
        return [around] if around is not None else [each for each in self.all() if each.repeat == home]

    def forget(self) -> None:
        """What was judged of them, so that they can be judged anew."""
        for row in self.all():
            row.forget()
            for repeat in list(row.repeats):
                row.repeats[repeat] = [each for each in row.repeats[repeat] if not each.made]
        self.instance.faults.clear()

    def add_or_remove(self, row: Row, repeat: str) -> None:
        """Another number of instances, of a repeat whose number is up to who answers."""
        if repeat not in self._rules.counts:
            self._set(row, repeat, self._random.randint(0, max(ROWS) + 1))

    def adjust(self) -> bool:
        """Makes the repeats as long as the form wants them; True if one was not."""
        return any([self._adjust(row, repeat) for row in list(self.all()) for repeat in self._counted(row)])

    def _counted(self, row: Row) -> list[str]:
        return [repeat for repeat in self._rules.homes.by_path[row.repeat].repeats if repeat in self._rules.counts]

    def _adjust(self, row: Row, repeat: str) -> bool:
        try:
            number = as_number(self._rules.counts[repeat].run(row))
        except (EvaluationError, ExpressionError):
            number = 0.0
        here = len(row.repeats.get(repeat, ()))
        wanted = 0 if number != number else math.floor(max(0.0, min(float(MOST_ROWS), number)))
        if repeat in self._rules.growing:
            wanted = min(wanted, here + 1)
        if wanted != here:
            self._set(row, repeat, wanted)
        return wanted != here

    def _set(self, row: Row, repeat: str, number: int) -> None:
        rows = row.repeats.setdefault(repeat, [])
        del rows[number:]
        while len(rows) < number:
            new = Row(row, repeat, (*row.numbers, len(rows) + 1))
            new.form = row.form
            rows.append(new)
            self._open(new)
        if not rows:
            del row.repeats[repeat]

    def _open(self, row: Row) -> None:
        """What stands in a row before anybody answers."""
        start = self._rules.starts[row.repeat]
        row.values.update(start.values)
        row.groups |= start.groups
        for field in start.given:
            row.values[field.path] = given(field, self._begun, self._now, self._random)
        for repeat in start.repeats:
            if repeat not in self._rules.counts:
                self._set(row, repeat, self._random.choice(ROWS))
