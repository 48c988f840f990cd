"""When a submission was made, and in which zone: what now() and today() mean in it, and how its times are read.

A phone computes with its own clock in its own zone. Received late, a submission is judged by what it says of itself:
its `end`; else its `today`, which names the day and no hour; else nothing, and no rule about the present is enforced.
Without an `end` the zone is that of the first time that says one; no zone at all moves no time. Times of the other half
of the year keep their clock, as on a phone in a country with summer time (schemas/expressions/phone_zone.py).
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from schemas.expressions.phone_zone import PhoneZone
from schemas.survey.definition import FieldType, SurveyDefinition
from services.validate.moments import MAX_LENGTH
from services.validate.row import Row


class Known(IntEnum):
    """How much of the present a submission tells."""

    NOTHING = 0
    DAY = 1
    MOMENT = 2


class Present(NamedTuple):
    """`now` is aware. Where nothing or only the day is known, the rest of it is a guess that no rule may rest on."""

    now: datetime
    known: Known


_OFFSET = re.compile(r"[T:].*?(Z|[+-][0-9]{2}:?[0-9]{2})$", re.DOTALL)
MAX_TIMES = 1_000
"""Answers that are looked through for a zone: a phone writes one into each time, so the first will do."""


class Clock:
    """The questions of one version that tell the time. Those that the phone fills by itself go by their preload; where
    no question says so, by their usual names."""

    def __init__(self, definition: SurveyDefinition) -> None:
        paths = {question.path for question in definition.fields}
        by_preload = {question.preload: question.path for question in reversed(definition.fields) if question.preload}

        def path_of(preload: str) -> str | None:
            path = by_preload.get(preload, preload.rpartition(":")[2])
            return path if path in paths else None

        self._end = path_of("timestamp:end")
        self._today = path_of("date:today")
        start = path_of("timestamp:start")
        timed = [q.path for q in definition.fields if q.type in (FieldType.DATETIME, FieldType.TIME)]
        self._timed = [*([start] if start else []), *(path for path in timed if path != start)]

    def __call__(self, root: Row, received_ms: int) -> Present:
        """`received_ms` (epoch) stands for the present where the submission says nothing."""
        end = _moment(root, self._end)
        if end is not None:
            offset = end.utcoffset()
            return Present(end.replace(tzinfo=self._zone(root) if offset is None else PhoneZone(offset)), Known.MOMENT)
        today = _moment(root, self._today)
        if today is not None:
            return Present(today.replace(tzinfo=self._zone(root)), Known.DAY)
        return Present(datetime.fromtimestamp(received_ms / 1000, self._zone(root)), Known.NOTHING)

    def _zone(self, root: Row) -> PhoneZone:
        for _, text in zip(range(MAX_TIMES), self._times(root), strict=False):
            found = _OFFSET.search(text[:MAX_LENGTH])
            moment = None if found is None else _read(f"2000-01-01T00:00{found[1]}")
            offset = None if moment is None else moment.utcoffset()
            if offset is not None:
                return PhoneZone(offset)
        return PhoneZone(timedelta())

    def _times(self, row: Row) -> Iterator[str]:
        for path in self._timed:
            text = row.values.get(path)
            if text:
                yield text
        for instances in row.repeats.values():
            for each in instances:
                yield from self._times(each)


def _moment(root: Row, path: str | None) -> datetime | None:
    return None if path is None else _read(root.values.get(path, ""))


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
