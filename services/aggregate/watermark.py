"""How far each partition is counted, and what of a batch is new. Pure.

A watermark holds two next offsets: of `responses`, where reading resumes, and of `submissions`, what is accounted
for. The first moves with every record that was read; the second only by one, with each source record in turn.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.outcome_class import OutcomeClass
from services.runtime.faults import Fatal, OperatorStop

Classes = Mapping[int, Mapping[OutcomeClass, int]]
"""Partition whose records are meant -> class -> number. One partition's records can be moved by another's, so the
number of a class is the sum over all watermarks, and a single one of them can be below zero."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """`submissions_first` is where `submissions` began when the watermark was made: the law counts from there."""

    partition: int
    responses_topic: str
    submissions_topic: str
    responses_next: int
    submissions_next: int
    submissions_first: int = 0
    classes: Classes = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """Source records of this partition that are in a class."""
        return self.submissions_next - self.submissions_first


class Fenced(Fatal):
    """Another worker has taken this partition over. Nothing was written."""


class NotNext(Fatal):
    """A record of `responses` was not delivered."""


class TopicChanged(OperatorStop):
    """A topic was made anew, or lost its end: what is counted no longer matches what is in Kafka."""


class NoWatermark(OperatorStop):
    """Only provisioning makes watermarks: without one it is not known what has been counted."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Offsets of one record of `responses`, and the source that it names."""

    partition: int
    offset: int
    source_partition: int
    source_offset: int
    source_topic: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Outcomes from `expected` up to `found` are missing so far; the one of `found` was passed over."""

    partition: int
    expected: int
    found: int


@dataclass(frozen=True)
class Plan:
    """What of a batch is applied (places in it), what was applied before, what was passed over, and the watermarks
    after it, still without their classes."""

    apply: tuple[int, ...]
    repeated: int
    gaps: tuple[Gap, ...]
    after: Mapping[int, Watermark]


def plan(watermarks: Mapping[int, Watermark], records: Iterable[Arrived]) -> Plan:
    """Design, section 4, rule 3. Raises `NotNext`, `TopicChanged`, and `NoWatermark` for a partition without one."""
    after: dict[int, Watermark] = {}
    apply: list[int] = []
    gaps: list[Gap] = []
    repeated = 0
    next_response: dict[int, int] = {}
    next_source: dict[int, int] = {}
    for place, record in enumerate(records):
        partition = record.partition
        mark = watermarks.get(partition)
        if mark is None:
            raise NoWatermark(f"partition {partition} has no watermark: run `rihla up`, or provision the database")
        _check_source(mark, record)
        expected = next_response.get(partition, mark.responses_next)
        if record.offset != expected:
            raise NotNext(f"partition {partition} of responses delivers {record.offset}, {expected} comes next")
        next_response[partition] = record.offset + 1
        source = next_source.get(partition, mark.submissions_next)
        if record.source_offset < source:
            repeated += 1
        elif record.source_offset > source:
            gaps.append(Gap(partition, source, record.source_offset))
        else:
            apply.append(place)
            source += 1
        next_source[partition] = source
    for partition, offset in next_response.items():
        after[partition] = replace(
            watermarks[partition], responses_next=offset, submissions_next=next_source[partition]
        )
    return Plan(tuple(apply), repeated, tuple(gaps), after)


def with_moves(mark: Watermark, moves: Mapping[int, Mapping[OutcomeClass, int]]) -> Watermark:
    """The watermark after moves that records of its partition caused."""
    classes: dict[int, Counter[OutcomeClass]] = {part: Counter(numbers) for part, numbers in mark.classes.items()}
    for affected, numbers in moves.items():
        own = classes.setdefault(affected, Counter())
        for of, difference in numbers.items():
            own[of] += difference
    return replace(mark, classes={part: {of: n for of, n in numbers.items() if n} for part, numbers in classes.items()})


REMEDIES = {
    "responses": "`rihla repair adopt` goes on with it as it is: validate writes the outcomes that are missing again.",
    "submissions": "Restore it, or start a new database.",
}


def check_topics(mark: Watermark, responses_topic: str, submissions_topic: str, ends: Mapping[str, int]) -> None:
    """Raises `TopicChanged` unless the topics are those that were counted and still hold what was read.

    `ends` gives the end offset of the partition in `responses` and in `submissions`.
    """
    for name, known, found, counted in (
        ("responses", mark.responses_topic, responses_topic, mark.responses_next),
        ("submissions", mark.submissions_topic, submissions_topic, mark.submissions_next),
    ):
        if known != found:
            raise TopicChanged(
                f"topic {name} has the id {found}, but partition {mark.partition} was counted from {known}: "
                f"the topic was made anew. {REMEDIES[name]}"
            )
        if ends[name] < counted:
            raise TopicChanged(
                f"topic {name}, partition {mark.partition} ends at {ends[name]}, but was counted up to {counted}: "
                f"the topic lost its end. Offsets {ends[name]} to {counted - 1} are in the statistics and not in "
                f"Kafka. {REMEDIES[name]}"
            )


def _check_source(mark: Watermark, record: Arrived) -> None:
    if record.source_topic != mark.submissions_topic:
        raise TopicChanged(
            f"responses {record.partition}:{record.offset} comes from a topic submissions with the id "
            f"{record.source_topic}, but {mark.submissions_topic} is counted here"
        )
    if record.source_partition != record.partition:
        raise TopicChanged(
            f"responses {record.partition}:{record.offset} names partition {record.source_partition} of submissions: "
            f"the topics do not have the same number of partitions, or an outcome was written by hand"
        )
