"""Which respondents moved since the last release, by the marks that the ledger's slots bear. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COUNTED, WITHDRAWN, REFUSED = "counted", "withdrawn", "refused"
STATES = (COUNTED, WITHDRAWN, REFUSED)
"""Of a slot, as aggregate writes them (`services.aggregate.slots.State`)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A slot, without its contents: the source of the record that last decided about the instance, and whether the
    instance replaced another or was replaced. `taken` says that a withdrawal took back a contribution, and is
    the source of the first version of the interview that was counted; None if it took back none: of the versions of an
    interview one was counted, and of an unknown id nothing."""

    state: str
    partition: int
    offset: int
    replaces: bool = False
    replaced: bool = False
    taken: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """`respondents`: different ones, added, edited or erased. `erased` are those of them who are gone."""

    respondents: int
    erased: int


def moved(marks: Iterable[Mark], since: Mapping[int, int] | None) -> Moved:
    """`since`: up to which offset of each partition the last release counted; None before the first, when who came and
    went was in no release. Of a lineage the last instance stands for the respondent, so an edit is one who moved. Who
    came and was withdrawn since the last release was in neither and did not move."""
    respondents = erased = 0
    for mark in marks:
        if mark.offset < (since or {}).get(mark.partition, 0):
            continue
        gone = since is not None and _is_gone(mark, since)
        if gone or (mark.state == COUNTED and not mark.replaced):
            respondents += 1
            erased += gone
    return Moved(respondents, erased)


def _is_gone(mark: Mark, since: Mapping[int, int]) -> bool:
    """Whether somebody who was in the last release is not any more."""
    if mark.state == WITHDRAWN:
        return mark.taken is not None and mark.taken[1] < since.get(mark.taken[0], 0)
    return mark.state == REFUSED and mark.replaces and not mark.replaced
