"""What one interview leads to: sent as it is, spoilt and mended, edited once or more; in the order of sending."""

from random import Random
from typing import Protocol, TypeVar
from uuid import UUID

from cli.fieldwork.sendable import Answered, Sendable

S = TypeVar("S", bound=Sendable[Answered])


class Desk(Protocol[S]):
    """Makes other instances of an interview."""

    def spoilt(self, rng: Random, instance: S) -> S:
        """The same with a fault, for which it will be rejected."""
        ...

    def mended(self, instance: S) -> S:
        """The same without its fault."""
        ...

    def again(self, instance: S, new_id: str, like: S) -> S:
        """An edit of the instance, without a fault and with the answers of `like`."""
        ...

    def changed(self, rng: Random, instance: S) -> S:
        """Under its own id, with some other answers."""
        ...


def lineage(desk: Desk[S], rng: Random, first: S, invalid: float, edits: float) -> list[S]:
    """`invalid` and `edits` are the shares of interviews that are spoilt and edited."""
    if not first.respondent.consent:
        return [first]
    if rng.random() < invalid:
        return _mended(desk, rng, desk.spoilt(rng, first))
    if rng.random() < edits:
        return _edited(desk, rng, first)
    return [first]


def _mended(desk: Desk[S], rng: Random, spoilt: S) -> list[S]:
    """A submission that will be rejected: left alone, sent again mended under its id, or edited into a good one."""
    match rng.randrange(5):
        case 0:
            return [spoilt, desk.mended(spoilt)]
        case 1:
            return [spoilt, desk.again(spoilt, new_id(rng), spoilt)]
    return [spoilt]


def _edited(desk: Desk[S], rng: Random, first: S) -> list[S]:
    """A submission and edits of it, in one of the ways whose end is certain."""

    def edit(of: S) -> S:
        name = new_id(rng)
        return desk.again(of, name, desk.changed(rng, first))

    second = edit(first)
    match rng.randrange(10):
        case 0 | 1:  # the edit travels before what it replaces
            return [second, first]
        case 2:  # an edit of the edit
            return [first, second, edit(second)]
        case 3:  # two edits of the same: the first that arrives stands
            return [first, second, edit(first)]
        case 4:  # an edit that is rejected, then an edit of that one, which reaches the first
            spoilt = desk.spoilt(rng, second)
            return [first, spoilt, edit(spoilt)]
        case 5:  # an edit that is rejected: the first stands
            return [first, desk.spoilt(rng, second)]
        case 6:  # other answers under the same id: rejected, the first stands
            return [first, desk.changed(rng, first)]
    return [first, second]


def insert(rng: Random, queue: list[S], lineage: list[S]) -> None:
    """Puts a lineage into the queue, in its order, its later parts somewhere behind the earlier."""
    place = len(queue)
    for instance in lineage:
        place = rng.randint(max(0, place - 5), len(queue)) if instance is lineage[0] else rng.randint(place, len(queue))
        queue.insert(place, instance)
        place += 1


def new_id(rng: Random) -> str:
    return f"uuid:{UUID(int=rng.getrandbits(128), version=4)}"
