"""The record of processing: each item of article 30 is there, also where nothing is known, and nothing of a person."""

from collections import Counter
from dataclasses import replace

from cli.holdings import Held
from cli.key_table import KeyRow
from cli.privacy_facts import Events, Facts, FieldFacts, SurveyFacts, TopicFacts
from cli.privacy_reading import field_facts
from cli.privacy_record import moment, record
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    Privacy,
    PrivacyKind,
    Processing,
    SurveyDefinition,
)
from schemas.topics import DAY_MS, HOUR_MS
from services.aggregate.retention import Closing, Ended

NOW_MS = 1_800_000_000_000
SURVEY = SurveyDefinition(
    survey="homes",
    version="2",
    title="Homes | all",
    root="data",
    xform="",
    fields=[
        FieldDefinition(path="p/age", type=FieldType.INT, privacy=Privacy(kind=PrivacyKind.BAND, argument="15,65")),
        FieldDefinition(path="p/name", type=FieldType.STRING),
    ],
    processing=Processing(purpose="Costs of\nrecruitment", controller="Office"),
)
HELD = Held(Counter(counted=1200, superseded=3, withdrawn=2), Counter(held=4, rejection=5), 6, 7, 8)
FACTS = SurveyFacts(
    SURVEY,
    [FieldFacts("age", "band:15,65", "Y_LT15 Y15T64 Y_GE65", "key", False)],
    None,
    None,
    HELD,
    NOW_MS - 5 * DAY_MS,
    NOW_MS,
    Events(3, NOW_MS),
    Events(2, NOW_MS),
)
TOPIC = TopicFacts("submissions", 99, NOW_MS - DAY_MS, NOW_MS, 7 * DAY_MS, HOUR_MS)
KEY = KeyRow("sealing-1", "seals", "2 days ago", "ingest", "newest")


def text(*surveys: SurveyFacts, **more: object) -> str:
    facts = Facts(NOW_MS, surveys, [TOPIC, TopicFacts("erasures", 0, None, None, None, 0)], [KEY], ["ana"])
    return record(replace(facts, **more))  # type: ignore[arg-type]


def test_every_item_is_there() -> None:
    shown = text(FACTS)
    for line in (
        "## Homes \\| all (`homes`, version 2)",
        "| Purpose (30.1 b; principle 2) | Costs of recruitment |",
        "| Controller (30.1 a; principle 11) | Office |",
        "| Legal basis (principle 1) | not stated (settings, column `rihla_legal_basis`) |",
        "| age | `band:15,65` | Y_LT15 Y15T64 Y_GE65 | key |",
        "Of 1 more fields nothing leaves the validator;",
        f"| 99 | {moment(NOW_MS - DAY_MS)} | {moment(NOW_MS)} | {moment(NOW_MS + 7 * DAY_MS + HOUR_MS)} |",
        "| 4 held, 5 rejection |",
        "| 1,200 interviews |",
        "| 365 days after the survey is closed; it is open |",
        "Erasures (principle 7): 3, the last asked for on",
        "Releases: 2, the last made on",
        "| `erasures` | 0 | - | - | the newest of each key | - |",
        "| `sealing-1` | seals | 2 days ago | ingest | newest |",
        "1 analysts: ana. They see `released` alone.",
        "rihla_legal_basis, rihla_contact, rihla_subjects, rihla_recipients, rihla_transfers are not stated.",
    ):
        assert line in shown, line
    assert all(
        line.count("|") == lines[at - 1].count("|")
        for lines in [shown.replace("\\|", "").splitlines()]
        for at, line in enumerate(lines)
        if at and line.startswith("|") and lines[at - 1].startswith("|")
    )


def test_until_when_by_the_state_of_the_survey() -> None:
    closing = Closing("homes", NOW_MS - 10 * DAY_MS, 20)
    closed = text(replace(FACTS, closing=closing))
    assert f"| {moment(NOW_MS + 10 * DAY_MS)} |" in closed
    assert "past its retention" not in closed and "is open" not in closed
    overdue = text(replace(FACTS, closing=replace(closing, retention_days=9)))
    assert "`homes` is past its retention and not deleted yet" in overdue
    ended = Ended("homes", closing.closed_ms, 9, NOW_MS - DAY_MS)
    going = text(replace(FACTS, closing=replace(closing, retention_days=9), ended=ended))
    assert "| being deleted |" in going and "past its retention" in going
    gone = text(replace(FACTS, closing=closing, ended=replace(ended, done_ms=NOW_MS)))
    assert f"| deleted on {moment(NOW_MS)} |" in gone
    assert "nobody can be taken out of them any more" in gone and "past its retention" not in gone


def test_empty_states_say_so() -> None:
    assert "No survey is published: nothing is processed." in text()
    bare = replace(FACTS, held=Held(), oldest_ms=None, newest_ms=None, erasures=Events(), releases=Events(), fields=[])
    shown = text(bare, analysts=None, keys=[], topics=[], nameless=3)
    assert "Erasures (principle 7): none." in shown
    assert "cannot be listed" in shown
    assert "The folder of keys is not on this machine" in shown
    assert "3 quarantined records could not be opened" in shown


def test_fields_as_the_validator_lets_them_out() -> None:
    assert field_facts(SURVEY) == [FieldFacts("age", "band:15,65", "Y_LT15 Y15T64 Y_GE65", "key", False)]
