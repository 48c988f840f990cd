"""Erasures outlive the database: they are kept on a topic, and what a restored one lacks is applied again.

`keep` writes them there before the transaction that applies them, so an erasure that is in a database is on the topic.
`recall` runs when a worker takes partitions over, before it reads on: what is on the topic and not in the database's
log is applied then. That is the case after a restore of an older backup, and after a worker that died between the two,
of which the record comes again and finds its work done.

Of an erased respondent, records that the restored database has still to count come by again. They are taken back like
those that were on their way at the erasure itself (services.aggregate.finding), and until then it waits, and no
release is made.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from schemas.erasure import ErasureKind, ErasureNotice
from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure
from services.aggregate.finding import Marks, find, steps, take_back
from services.aggregate.slots import Arrival, Kind
from services.aggregate.store import Store


class Notices(Protocol):
    """The topic (services.runtime.erasure_topic). Raises `KafkaError`."""

    def announce(self, notices: Iterable[ErasureNotice]) -> None: ...

    def read(self) -> list[ErasureNotice]: ...


class ErasureMemory:
    def __init__(self, store: Store, notices: Notices) -> None:
        self._store = store
        self._notices = notices
        self._writer = BatchWriter(store)

    def keep(self, arrivals: Sequence[Arrival], topic_id: str) -> None:
        """Those of a batch. `topic_id` is that of `submissions`."""
        notices = [notice(arrival, topic_id) for arrival in arrivals if arrival.kind in (Kind.WITHDRAWAL, Kind.ERASURE)]
        if notices:
            self._notices.announce(notices)

    def recall(self, marks: Marks) -> Marks:
        """Applies what is missing in these partitions. Returns the watermarks that it wrote. Raises as
        `Store.transact`, and `Fenced` if the partitions were lost."""
        mine = [one for one in self._notices.read() if _belongs(one, marks)]
        known = {erasure.source for erasure in self._store.erasure_log.of([_source(one) for one in mine])}
        missing = [one for one in mine if _source(one) not in known]
        written = dict(marks)
        for first in range(0, len(missing), STEP):
            arrivals = [_again(one) for one in missing[first : first + STEP]]
            after = {partition: written[partition] for partition in {arrival.partition for arrival in arrivals}}
            written.update(self._writer.apply(written, after, arrivals).watermarks)
        respondents = [erasure for one in missing if (erasure := _again(one).erasure) and erasure.pseudonyms]
        for some in steps(find(self._store, respondents)):
            written.update(take_back(self._writer, written, some))
        self._writer.forget()
        return written


STEP = 200
"""As services.aggregate.finding."""


def notice(arrival: Arrival, topic_id: str) -> ErasureNotice:
    erasure = arrival.erasure
    return ErasureNotice(
        topic_id=topic_id,
        partition=arrival.partition,
        offset=arrival.offset,
        at_ms=arrival.at_ms,
        survey=arrival.survey or "",
        kind=ErasureKind.INSTANCE if erasure is None else erasure.kind,
        instance=arrival.instance,
        pseudonyms=[] if erasure is None else sorted(erasure.pseudonyms),
        before={} if erasure is None else dict(erasure.before),
    )


def _again(one: ErasureNotice) -> Arrival:
    erasure = Erasure(_source(one), one.survey, one.kind, one.at_ms, frozenset(one.pseudonyms), one.before)
    return Arrival(Kind.AGAIN, one.partition, one.offset, one.at_ms, one.survey, instance=one.instance, erasure=erasure)


def _belongs(one: ErasureNotice, marks: Marks) -> bool:
    """Erasures in a topic that was made anew since belong to another database."""
    mark = marks.get(one.partition)
    return mark is not None and mark.submissions_topic == one.topic_id


def _source(one: ErasureNotice) -> tuple[int, int]:
    return one.partition, one.offset
