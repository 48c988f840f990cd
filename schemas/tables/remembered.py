"""Measures whose value follows from a few answers, remembered by these answers: few combinations of codes are given.

The expression engine stays the only one that knows what an expression means; it is asked once for each combination.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Protocol, TypeVar

from schemas.events import Answer

COMBINATIONS = 4_096
"""Of answers, remembered for each measure: all there are of codes, and some 0.5 MB of numbers. Then it begins anew."""


class Answered(Protocol):
    @property
    def answers(self) -> Mapping[str, Answer]: ...


U = TypeVar("U", bound=Answered)
T = TypeVar("T")


def remembered(compute: Callable[[U], T], paths: Sequence[str], absent: bool) -> Callable[[U], T]:
    """`compute`, which must depend on nothing but the answers at `paths`. `absent` says that this holds as well where
    one of them is not there; else these units are computed each time, as are those with a list of choices."""
    known: dict[object, T] = {}

    def remember(key: object, unit: U) -> T:
        if len(known) >= COMBINATIONS:
            known.clear()
        value = known[key] = compute(unit)
        return value

    if len(paths) == 1:
        path = paths[0]

        def by_one(unit: U) -> T:
            key = unit.answers.get(path)
            try:
                return known[key]
            except KeyError:
                return remember(key, unit) if absent or key is not None else compute(unit)
            except TypeError:  # a list of choices is no key
                return compute(unit)

        return by_one

    given = itemgetter(*paths) if paths else lambda answers: ()

    def by_several(unit: U) -> T:
        try:
            return known[given(unit.answers)]
        except (KeyError, TypeError):
            return find(unit)

    def find(unit: U) -> T:
        key = tuple(map(unit.answers.get, paths))
        try:
            return known[key]
        except KeyError:
            return remember(key, unit) if absent or None not in key else compute(unit)
        except TypeError:
            return compute(unit)

    return by_several
