"""The present of a submission, and the zone of its times: nobody is refused for being late or far away."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition
from services.validate.compiled import CompiledSurvey
from services.validate.instance import Instance
from services.validate.judge import Accepted
from services.validate.present import Clock, Known

RECEIVED_MS = 1_772_000_000_000
"""2026-02-25."""


def _survey(form: Any, *fields: Any, groups: list[GroupDefinition] | None = None) -> CompiledSurvey:
    preloads = (
        ("start", T.DATETIME, "timestamp:start"),
        ("end", T.DATETIME, "timestamp:end"),
        ("today", T.DATE, "date:today"),
    )
    phone = [form.field(name, kind, asked=False, preload=preload) for name, kind, preload in preloads]
    return CompiledSurvey(form.survey([*phone, *fields], groups))


def _read(survey: CompiledSurvey, answers: dict[str, Any]) -> Instance:
    return survey.read_json(json.dumps({"answers": answers}))


def _codes(survey: CompiledSurvey, answers: dict[str, Any]) -> list[str]:
    judged = survey.judge(_read(survey, answers), RECEIVED_MS)
    return [] if isinstance(judged, Accepted) else [found.code for found in judged]


START = "2026-02-20T09:20:00.000-08:00"


@pytest.mark.parametrize(
    ("kind", "constraint", "answer"),
    [
        (T.DATETIME, "date(.) <= date('2026-02-20')", "2026-02-20T20:30:00.000-08:00"),
        (T.TIME, "decimal-time(.) >= 0.333", "09:30:00.000-08:00"),
        (T.DATETIME, "format-date-time(., '%H') = '20'", "2026-02-20T20:30:00.000-08:00"),
    ],
)
@pytest.mark.parametrize("with_start", [True, False])
def test_times_are_read_in_the_zone_of_the_phone_without_an_end(
    form: Any, kind: T, constraint: str, answer: str, with_start: bool
) -> None:
    survey = _survey(form, form.field("d", kind, constraint=constraint))
    assert _codes(survey, {"d": answer} | ({"start": START} if with_start else {})) == []
    assert _codes(survey, {"d": answer, "end": "2026-02-20T23:00:00.000-08:00"}) == []


def test_the_zone_is_found_in_a_row_too(form: Any) -> None:
    survey = _survey(
        form,
        form.field("row/d", T.TIME, constraint="decimal-time(.) >= 0.333"),
        groups=[GroupDefinition(path="row", repeat=True)],
    )
    assert _codes(survey, {"row": [{"d": ""}, {"d": "09:30:00.000+05:45"}]}) == []
    assert _codes(survey, {"row": [{"d": "07:30:00.000+05:45"}]}) == ["VAL-033"]


def test_today_tells_the_day_and_no_hour(form: Any) -> None:
    day = form.field("a", T.DATE, constraint=". <= today()")
    hour = form.field("b", T.DATETIME, constraint="decimal-date-time(.) <= decimal-date-time(now())")
    survey = _survey(form, day, hour)
    known = {"today": "2026-02-20"}
    assert _codes(survey, {**known, "b": "2026-02-20T09:30:00.000+03:00"}) == []
    assert _codes(survey, {**known, "a": "2026-02-21"}) == ["VAL-033"]
    ended = {"end": "2026-02-20T09:00:00.000+03:00"}
    assert _codes(survey, {**ended, "b": "2026-02-20T09:30:00.000+03:00"}) == ["VAL-033"]


@pytest.mark.parametrize(
    ("answers", "known", "now"),
    [
        ({"end": "2026-02-20T09:00:00.000+03:00"}, Known.MOMENT, datetime(2026, 2, 20, 6, tzinfo=UTC)),
        ({"end": "2026-02-20T09:00:00", "start": START}, Known.MOMENT, datetime(2026, 2, 20, 17, tzinfo=UTC)),
        ({"today": "2026-02-20"}, Known.DAY, datetime(2026, 2, 20, tzinfo=UTC)),
        ({"end": "soon", "today": "later"}, Known.NOTHING, datetime.fromtimestamp(RECEIVED_MS / 1000, UTC)),
        ({"start": "2026-02-20T09:00:00.000+99:99"}, Known.NOTHING, datetime.fromtimestamp(RECEIVED_MS / 1000, UTC)),
    ],
)
def test_the_present(form: Any, answers: dict[str, str], known: Known, now: datetime) -> None:
    survey = _survey(form)
    found = Clock(survey.definition)(_read(survey, answers).root, RECEIVED_MS)
    assert (found.known, found.now) == (known, now)


def test_what_was_received_is_told_in_the_zone_of_the_phone(form: Any) -> None:
    survey = _survey(form)
    found = Clock(survey.definition)(_read(survey, {"start": START}).root, RECEIVED_MS)
    assert found.now.utcoffset() == timedelta(hours=-8)


@pytest.mark.parametrize(
    ("kind", "constraint", "answer"),
    [
        (T.DATETIME, "date(.) <= date('2026-01-15')", "2026-01-15T23:30:00.000+01:00"),
        (T.DATETIME, "format-date-time(., '%H') = 23", "2026-01-15T23:30:00.000+01:00"),
        (T.DATETIME, "decimal-date-time(.) <= decimal-date-time('2026-01-15T23:30:00.000+01:00')", "2026-01-15T22:30Z"),
        (T.DATETIME, "date('2026-01-15T23:30:00.000+01:00') = .", "2026-01-15T23:30:00+01:00"),
        (T.TIME, "format-date-time(., '%H') = 18", "18:00:00.000+01:00"),
    ],
)
def test_times_of_the_other_season_keep_their_clock(form: Any, kind: T, constraint: str, answer: str) -> None:
    """As on a phone in a country with summer time, which reads each in the offset of its own day."""
    survey = _survey(form, form.field("d", kind, constraint=constraint))
    assert _codes(survey, {"d": answer, "end": "2026-07-01T10:00:00.000+02:00"}) == []
    assert _codes(survey, {"d": answer, "end": "2026-01-20T10:00:00.000+01:00"}) == []


def test_what_is_stored_of_the_other_season_has_its_offset(form: Any) -> None:
    survey = _survey(
        form, form.field("d", T.DATETIME), form.field("copy", T.DATETIME, asked=False, calculate="/data/d")
    )
    instance = _read(survey, {"d": "2026-01-15T23:30:00.000+01:00", "end": "2026-07-01T10:00:00.000+02:00"})
    survey.judge(instance, RECEIVED_MS)
    assert instance.root.computed["copy"] == "2026-01-15T23:30:00.000+01:00"
