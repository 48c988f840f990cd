from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import UnknownTopicOrPartitionError

from schemas.topics import SUBMISSIONS, TOPICS
from services.runtime.admin import Existing, TopicAdmin, difference, wanted_config, wanted_partitions
from services.runtime.settings import KafkaSettings

SETTINGS = KafkaSettings(prefix="t.", partitions=4)


def as_wanted() -> dict[str, Existing]:
    return {
        SETTINGS.topic(topic.name): Existing(
            "id", wanted_partitions(topic, SETTINGS), 1, wanted_config(topic, SETTINGS)
        )
        for topic in TOPICS
    }


def test_an_empty_cluster_gets_every_topic() -> None:
    changes = difference(SETTINGS, {})
    assert [change.topic for change in changes] == [
        "t.surveys",
        "t.collectors",
        "t.submissions",
        "t.responses",
        "t.erasures",
    ]
    assert {change.kind for change in changes} == {"create"}


def test_a_cluster_as_wanted_needs_nothing() -> None:
    assert difference(SETTINGS, as_wanted()) == []


def test_a_topic_that_has_grown_stays_and_more_are_for_a_command() -> None:
    assert difference(SETTINGS.model_copy(update={"partitions": 3}), as_wanted()) == []
    changes = difference(SETTINGS.model_copy(update={"partitions": 5}), as_wanted())
    assert [(change.topic, change.refused) for change in changes] == [("t.submissions", True), ("t.responses", True)]
    assert "rihla partitions grow 5" in changes[0].text


def test_responses_is_made_with_as_many_partitions_as_submissions_has() -> None:
    existing = as_wanted()
    del existing["t.responses"]
    existing["t.submissions"] = replace(existing["t.submissions"], partitions=9)
    [change] = difference(SETTINGS, existing)
    assert (change.kind, change.partitions) == ("create", 9)
    existing["t.responses"] = replace(existing["t.submissions"], partitions=4)
    [change] = difference(SETTINGS, existing)
    assert change.refused and "grow 9" in change.text


def test_another_replication_is_refused() -> None:
    changes = difference(SETTINGS.model_copy(update={"replication": 3}), as_wanted())
    assert len(changes) == len(TOPICS) and all(change.refused for change in changes)


def test_a_changed_setting_of_a_topic_is_shown_with_both_values() -> None:
    existing = as_wanted()
    config = {**existing["t.submissions"].config, "retention.ms": "1"}
    existing["t.submissions"] = Existing("id", 4, 1, config)
    [change] = difference(SETTINGS, existing)
    assert (change.kind, change.refused) == ("config", False)
    assert change.text == "retention.ms: 1 -> 604800000"


class Forgetful:
    """A broker that does not know a topic yet, so many times that it is asked."""

    def __init__(self, times: int) -> None:
        self.times = times

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"name": name, "partitions": [{}, {}]} for name in names]

    def list_partition_offsets(self, asked: dict[Any, Any]) -> dict[Any, Any]:
        self.times -= 1
        if self.times >= 0:
            raise UnknownTopicOrPartitionError
        return {partition: SimpleNamespace(offset=7 + partition.partition) for partition in asked}


def test_offsets_of_a_topic_that_was_made_a_moment_ago_are_asked_for_again() -> None:
    assert TopicAdmin(Forgetful(2), SETTINGS).end_offsets(SUBMISSIONS) == {0: 7, 1: 8}


def test_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.admin.KNOWN_S", 0.0)
    with pytest.raises(UnknownTopicOrPartitionError):
        TopicAdmin(Forgetful(100), SETTINGS).end_offsets(SUBMISSIONS)
