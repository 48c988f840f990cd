"""Gaps that are open: source records whose outcome is missing while later ones are there. Pure."""

from collections.abc import Iterable, Mapping

from services.aggregate.watermark import Gap, Watermark


class OpenGaps:
    """Remembers for each partition the first missing offset and the highest one that was passed over."""

    def __init__(self) -> None:
        self._open: dict[int, Gap] = {}

    def note(self, gaps: Iterable[Gap], marks: Mapping[int, Watermark]) -> list[Gap]:
        """Takes note of a batch, with the watermarks after it. Returns the gaps that are new."""
        opened = []
        for gap in gaps:
            known = self._open.get(gap.partition)
            if known is None:
                opened.append(gap)
                self._open[gap.partition] = gap
            else:
                self._open[gap.partition] = Gap(gap.partition, known.expected, max(known.found, gap.found))
        for partition, gap in list(self._open.items()):
            mark = marks.get(partition)
            if mark is None or mark.submissions_next > gap.found:
                del self._open[partition]
            else:
                self._open[partition] = Gap(partition, mark.submissions_next, gap.found)
        return [gap for gap in opened if gap.partition in self._open]

    def first(self, partition: int) -> int:
        """The first source offset that is missing; -1 if none is."""
        gap = self._open.get(partition)
        return -1 if gap is None else gap.expected

    def forget(self, partitions: Iterable[int]) -> None:
        for partition in partitions:
            self._open.pop(partition, None)
