"""The catalogue of surveys as the topic tells it. SC1 the newest is the one first published last, also once a revision
and compaction have moved its record. SC2 older rules never come back. SC3 a survey is closed."""

from schemas.survey.closing import SurveyClosing
from schemas.survey.definition import SurveyDefinition
from services.runtime.settings import KafkaSettings
from services.runtime.surveys import SurveyCatalogue


def version(number: int, revision: int = 0, edition: int | None = None) -> SurveyDefinition:
    return SurveyDefinition(
        survey="s",
        version=str(number),
        revision=revision,
        edition=number if edition is None else edition,
        title="S",
        root="data",
        xform="",
        fields=[],
    )


def catalogue(*records: SurveyDefinition) -> SurveyCatalogue:
    """Not started: the records are given to it as its follower would."""
    found = SurveyCatalogue(KafkaSettings(bootstrap_servers="127.0.0.1:1"))
    for record in records:
        found.follower._on_change(record.key, record.to_wire())
    return found


def test_sc1_a_revision_does_not_make_an_old_version_the_newest() -> None:
    for records in (
        [version(1), version(2), version(1, revision=1)],
        [version(2), version(1, revision=1)],  # as compaction leaves them
    ):
        found = catalogue(*records)
        newest = found.latest("s")
        assert newest is not None and newest.version == "2"
        assert found.all_latest() == [newest]
        revised = found.get("s", "1")
        assert revised is not None and revised.revision == 1


def test_sc1_without_editions_the_order_of_the_topic_counts() -> None:
    newest = catalogue(version(2, edition=0), version(1, edition=0)).latest("s")
    assert newest is not None and newest.version == "1"


def test_sc2_older_rules_do_not_come_back() -> None:
    found = catalogue(version(1), version(1, revision=2), version(1), version(1, revision=1))
    held = found.get("s", "1")
    assert held is not None and held.revision == 2


def test_sc2_but_a_version_that_was_removed_may_be_published_anew() -> None:
    found = catalogue(version(1, revision=2))
    found.follower._on_change("s@1", None)
    assert found.get("s", "1") is None and found.latest("s") is None
    found.follower._on_change("s@1", version(1).to_wire())
    held = found.get("s", "1")
    assert held is not None and held.revision == 0


def test_sc3_a_closed_survey_is_known_by_its_time_and_stays_published() -> None:
    found = catalogue(version(1))
    closing = SurveyClosing(survey="s", closed_ms=5)
    found.follower._on_change(closing.key, closing.to_wire())
    assert found.closed == {"s": 5} and found.latest("s") is not None
    assert [one.version for one in found.all()] == ["1"]
    found.follower._on_change("other@closed", b"not a closing")
    assert "other" in found.closed, "to take more in would be the worse mistake"
    found.follower._on_change(closing.key, None)
    assert "s" not in found.closed
