"""What is wrong between the two topics and the watermark of a partition, and what mends it. Pure.

Aggregate reads `responses` from the watermark on and applies the outcome of the next source offset, whenever it comes.
So from the source offset that it reaches by itself (`reached`) on, each record must come from one of three places: from
`submissions`, which validate reads again when its committed offset says so; from an outcome that stands in `responses`
and is passed over, which can be written again; or from nowhere, which is a loss. Lost ones are written to `responses`
as such (schemas.events.Lost) by whoever accepts it. So the outcomes are contiguous again, for aggregate as for the rule
by which validate finds its start, and nobody has to touch what is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.aggregate.watermark import Watermark
from services.validate.start import Range, TailOutcome, first_missing, wanted_start

Span = tuple[int, int]
"""First offset, and the one after the last."""


@dataclass(frozen=True)
class Facts:
    """Of one partition, read in the order of the fields. `committed` and `tail` are where validate would start;
    `outcomes` are offset in `responses` and source offset of those that were looked at, in the order of the log."""

    committed: int | None
    tail: Sequence[TailOutcome]
    mark: Watermark
    responses_id: str
    responses: Range
    outcomes: Sequence[tuple[int, int]]
    submissions_id: str
    submissions: Range


@dataclass(frozen=True)
class Diagnosis:
    """What mends a partition; without any of it nothing is wrong.

    `follow`: where aggregate is to read `responses` on, by offset. `write`: source offsets whose outcomes are written
    to `responses` again, or as lost. `lost`: those that are nowhere. `rewind`: the offset from which validate is to
    read `submissions`. `adopt`: `responses` is not the topic that was read. `hopeless`: what no command can mend.
    """

    partition: int
    reached: int
    follow: int | None = None
    write: Span | None = None
    lost: tuple[Span, ...] = ()
    rewind: int | None = None
    adopt: bool = False
    hopeless: str = ""

    @property
    def fine(self) -> bool:
        return self.follow is None and self.write is None and self.rewind is None and not self.hopeless

    @property
    def command(self) -> str:
        """The command that mends it; empty where nothing is wrong or nothing helps."""
        if self.fine or self.hopeless:
            return ""
        return "adopt" if self.adopt else "accept" if self.lost else "rewind"

    @property
    def lost_records(self) -> int:
        return sum(end - first for first, end in self.lost)


def read_from(facts: Facts) -> int:
    """The offset of `responses` from which aggregate reads, or will."""
    return facts.responses.first if is_other(facts) else max(facts.mark.responses_next, facts.responses.first)


def is_other(facts: Facts) -> bool:
    """Whether `responses` is not what aggregate read: made anew, or without its end."""
    mark = facts.mark
    return facts.responses_id != mark.responses_topic or facts.responses.end < mark.responses_next


def diagnose(facts: Facts) -> Diagnosis:
    """`facts.outcomes` must begin at `read_from`, or before; at the first of `responses` if that does not reach the
    start of `submissions` (`reaches`)."""
    mark, first, end = facts.mark, facts.submissions.first, facts.submissions.end
    hopeless = _hopeless(facts)
    reached = reaches(facts)
    if hopeless:
        return Diagnosis(mark.partition, reached, hopeless=hopeless)
    other = is_other(facts)
    follow = facts.responses.first if other or facts.responses.first > mark.responses_next else None
    start = wanted_start(facts.committed, facts.tail, facts.responses.end > 0, facts.submissions)
    missing = first_missing(facts.tail) if facts.tail else first
    write_from = min(reached, missing)
    if write_from < first:
        there = {source for _, source in facts.outcomes}
        lost = spans(source for source in range(reached, first) if source not in there)
        return Diagnosis(mark.partition, reached, follow, (write_from, first), lost, first, other)
    # A validate that runs may be past its start already; its commits tell, which never run ahead of what it wrote.
    past = max(start, -1 if facts.committed is None else facts.committed)
    needs = start < first or (reached < end and past > reached)
    return Diagnosis(mark.partition, reached, follow, rewind=reached if needs else None, adopt=other)


def reaches(facts: Facts) -> int:
    """The source offset that aggregate comes to by itself."""
    following, begin = facts.mark.submissions_next, read_from(facts)
    for offset, source in facts.outcomes:
        if offset >= begin and source == following:
            following += 1
    return following


def spans(offsets: Iterable[int]) -> tuple[Span, ...]:
    """Ascending offsets as runs."""
    found: list[Span] = []
    for offset in offsets:
        if found and found[-1][1] == offset:
            found[-1] = (found[-1][0], offset + 1)
        else:
            found.append((offset, offset + 1))
    return tuple(found)


def _hopeless(facts: Facts) -> str:
    mark = facts.mark
    if facts.submissions_id != mark.submissions_topic:
        return (
            f"`submissions` was made anew: its id is {facts.submissions_id}, and {mark.submissions_topic} was counted. "
            "Its offsets mean other records now. Restore it, or start with a new database and both topics anew"
        )
    if facts.submissions.end < mark.submissions_next:
        return (
            f"`submissions` ends at offset {facts.submissions.end}, but was counted up to {mark.submissions_next}: the "
            "broker lost its end, and what comes in now would be taken for repetitions. Restore the broker's disk"
        )
    if any(outcome.topic_id != mark.submissions_topic for outcome in facts.tail):
        return "`responses` holds outcomes of another `submissions`. Restore the one that belongs to it"
    return ""
