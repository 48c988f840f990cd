"""Where validate starts in a partition of `submissions` (design, section 4, rule 2). Pure.

Faust's commits can run ahead of what was written, and an older worker may have written less than its commit says. So
the outcomes themselves count: reading starts at the committed offset, or at the first source offset that the tail of
`responses` lacks, whichever is lower. Starting too low costs repetitions, which aggregate skips; starting too high
would lose records.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.runtime.faults import OperatorStop


@dataclass(frozen=True, slots=True)
class Range:
    """Of a partition in the broker: the first offset that is still there, and the next that will be written."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class TailOutcome:
    """The source of an outcome at the end of a partition of `responses`."""

    topic_id: str
    offset: int


def start_of(
    partition: int,
    committed: int | None,
    tail: Sequence[TailOutcome],
    ever_written: bool,
    submissions: Range,
    topic_id: str,
) -> int:
    """The offset to start at. `ever_written` is False if the partition of `responses` never held a record; `topic_id`
    is the present id of `submissions`.

    Raises `OperatorStop` where records were lost or a topic is not the one that was validated before.
    """
    foreign = next((outcome for outcome in tail if outcome.topic_id != topic_id), None)
    if foreign is not None:
        raise OperatorStop(
            f"Partition {partition}: the outcomes come from a `submissions` with the id {foreign.topic_id}, but "
            f"its id now is {topic_id}: it was made anew. Restore the one that was, or start with a new database and "
            "both topics anew."
        )
    start = wanted_start(committed, tail, ever_written, submissions)
    if start < submissions.first:
        raise OperatorStop(
            f"Partition {partition}: offsets {start} to {submissions.first - 1} of `submissions` expired before they "
            "were validated. `rihla repair check` says which of them are lost; `rihla repair accept` goes on without "
            "them, if no replica or backup of `submissions` has them."
        )
    if start > submissions.end:
        raise OperatorStop(
            f"Partition {partition}: `submissions` ends at offset {submissions.end}, but outcomes or commits reach "
            f"{start}: the broker lost its tail or the topic was made anew. Restore it before validate starts."
        )
    return start


def wanted_start(committed: int | None, tail: Sequence[TailOutcome], ever_written: bool, submissions: Range) -> int:
    """The offset to start at, whether it is there or not."""
    wanted = [first_missing(tail)] if tail else []
    if committed is not None and committed >= 0 and (ever_written or committed <= submissions.first):
        wanted.append(committed)
    # Without any, nothing was ever written: a commit without outcomes ran ahead.
    return min(wanted, default=submissions.first)


def first_missing(tail: Sequence[TailOutcome]) -> int:
    """The first source offset without an outcome, from the lowest in the tail on. `tail` is not empty."""
    there = {outcome.offset for outcome in tail}
    offset = min(there)
    while offset in there:
        offset += 1
    return offset
