"""One row of answers, as read and as judged: what stands outside of all repeats, or one instance of a repeat.

To expressions it is a Scope (schemas.expressions.scope). Paths are below the root ("profile/sex").
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from schemas.expressions import Value

if TYPE_CHECKING:
    from services.validate.form import Form

MAX_VISITS = 400_000
"""Rows that the expressions of one submission may go through in node sets: half a second of work. A rule in each row
of a repeat that sums over all rows makes their square; a household of 40 with 35 such rules makes 56,000."""


_NONE: frozenset[str] = frozenset()
"""What nearly every row has of what is rare: it is replaced, not changed."""


MAX_WRITTEN = 10_000_000
"""Characters that the calculates of one submission may store: more than the largest body holds. A long text that is
joined to something in each of 2,000 rows makes gigabytes."""


class TooMuchWork(Exception):
    """A submission has so many rows that its form's expressions would not end in time, or in the memory there is."""


class Row:
    """As it was read: `values` holds the trimmed text of each field that is there, `groups` the groups that are there,
    `repeats` the instances of each repeat that has any. `repeat` is the path of the repeat that this is an instance of
    ("" for none), `numbers` its place and those of the rows around it, from 1, outermost first.

    As it was judged: `answers` are the values of the relevant fields that are not empty, by type; `absent` the fields
    and groups that are missing or irrelevant; `relevant` is False for an instance that is irrelevant as a whole;
    `computed` holds the text of each calculate that was computed anew, as a phone stores it, `confirmed` those that
    were sent so. `unread` has the fields whose text could not be taken as it is, `outside` the choices that are in
    `answers` and not in their list; `blank` those that hold something which reads as empty, as the position 0 0 0 0
    does.

    `results`, `off`, `on` and `made` belong to the judge: computed values by type, nodes that a relevance has switched
    off or on, and whether the row was not sent but made for the number of instances that the form wants.
    """

    __slots__ = (
        "absent",
        "answers",
        "blank",
        "computed",
        "confirmed",
        "form",
        "groups",
        "made",
        "number",
        "numbers",
        "off",
        "on",
        "outside",
        "parent",
        "relevant",
        "repeat",
        "repeats",
        "results",
        "unread",
        "values",
    )

    def __init__(
        self, parent: "Row | None" = None, repeat: str = "", numbers: tuple[int, ...] = (), made: bool = False
    ) -> None:
        self.parent = parent
        self.repeat = repeat
        self.numbers = numbers
        self.number = numbers[-1] if numbers else 1
        self.values: dict[str, str] = {}
        self.groups: set[str] = set()
        self.repeats: dict[str, list[Row]] = {}
        self.form: Form = None  # type: ignore[assignment]  # set before any expression runs
        self.made = made
        self.relevant = True
        self.answers: dict[str, Value] = {}
        self.absent: set[str] = set()
        self.computed: dict[str, str] = {}
        self.results: dict[str, Value] = {}
        self.off: set[str] = set()
        self.confirmed = self.unread = self.outside = self.blank = self.on = _NONE

    def forget(self) -> None:
        """All that was judged, so that the row can be judged anew."""
        self.relevant = True
        self.answers, self.absent, self.computed, self.results, self.off = {}, set(), {}, {}, set()
        self.confirmed = self.unread = self.outside = self.blank = self.on = _NONE

    def rows(self, repeat: str) -> "Sequence[Row]":
        """All instances, in order, of a repeat that stands directly in this row. To go through them raises TooMuchWork
        once too many have been gone through."""
        rows = self.repeats.get(repeat)
        return _Instances(rows, self.form) if rows else ()


def following(row: Row, repeat: str) -> Row:
    """The first instance of a repeat that has none, as a phone looks at it to ask for one."""
    made = Row(row, repeat, (*row.numbers, 1), made=True)
    made.form = row.form
    return made


class _Instances(Sequence[Row]):
    """Counts the rows that are gone through, but not those that are looked up by their number."""

    __slots__ = ("_form", "_rows")

    def __init__(self, rows: Sequence[Row], form: "Form") -> None:
        self._rows = rows
        self._form = form

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        form = self._form
        form.visits += len(self._rows)
        if form.visits > MAX_VISITS:
            raise TooMuchWork
        return iter(self._rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        return self._rows[place]
