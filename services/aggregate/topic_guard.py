"""Looks at both data topics beside the stream: what is in flight, and whether records that are to come are gone."""

from collections.abc import Callable, Mapping

from schemas.topics import RESPONSES
from services.aggregate import metrics
from services.aggregate.provision import Topics
from services.aggregate.watermark import Watermark, check_topics
from services.runtime.topic_loss import Extent, TopicLoss


class TopicLook:
    """A look of `services.runtime.topic_guard`. `marks` are the watermarks of this worker, as it wrote them last."""

    def __init__(self, topics: Callable[[], Topics], marks: Callable[[], Mapping[int, Watermark]]) -> None:
        self._topics = topics
        self._marks = marks
        self._loss: TopicLoss | None = None

    def __call__(self, certain: bool) -> None:
        before = dict(self._marks())
        found = self._topics()
        after = dict(self._marks())
        for mark in before.values():
            check_topics(mark, found.responses_id, found.submissions_id, found.ends(mark.partition))
        if self._loss is None:
            self._loss = TopicLoss(RESPONSES, found.responses_id)
        extent = Extent(found.responses_id, found.responses_start, found.responses_end)
        self._loss.look(_positions(before), extent, _positions(after), certain)
        for partition, mark in after.items():
            in_flight = max(0, found.submissions_end.get(partition, 0) - mark.submissions_next)
            metrics.IN_FLIGHT_RECORDS.labels(str(partition)).set(in_flight)
            metrics.EXPIRED_RECORDS.labels(str(partition)).set(expired(mark, found))


def expired(mark: Watermark, found: Topics) -> int:
    """Source records that are in no class, are no longer in `submissions`, and have no outcome on its way."""
    on_its_way = mark.responses_next < found.responses_end.get(mark.partition, 0)
    return 0 if on_its_way else max(0, found.submissions_start.get(mark.partition, 0) - mark.submissions_next)


def _positions(marks: Mapping[int, Watermark]) -> dict[int, int]:
    return {partition: mark.responses_next for partition, mark in marks.items()}
