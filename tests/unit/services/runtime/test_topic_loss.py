"""A running reader is told what its client does not tell it."""

import pytest

from services.runtime.exit_codes import OPERATOR
from services.runtime.topic_loss import Extent, TopicLoss, TopicLost


def extent(first: int = 0, end: int = 100, topic_id: str = "id") -> Extent:
    return Extent(topic_id, {0: first, 1: 0}, {0: end, 1: 100})


def look(loss: TopicLoss, now: Extent, before: int = 50, after: int = 50, certain: bool = False) -> None:
    loss.look({0: before, 1: 7}, now, {0: after, 1: 7}, certain)


def test_a_topic_as_it_was_is_no_loss() -> None:
    loss = TopicLoss("responses", "id")
    for end in (50, 60, 100):
        look(loss, extent(50, end))


def test_a_topic_made_anew() -> None:
    with pytest.raises(TopicLost, match=r"made anew.*its id is other and was id") as raised:
        look(TopicLoss("responses", "id"), extent(topic_id="other"))
    assert raised.value.exit_code == OPERATOR


def test_a_topic_that_lost_its_end() -> None:
    with pytest.raises(TopicLost, match="Partition 0 of `responses` ends at offset 49, but was read up to 50"):
        look(TopicLoss("responses", "id"), extent(end=49))


def test_what_was_deleted_is_told_once_the_reader_stands_before_it() -> None:
    loss = TopicLoss("responses", "id")
    look(loss, extent(70))
    look(loss, extent(70), after=60)  # it works off what it has in memory
    with pytest.raises(TopicLost, match="Partition 0: offsets 60 to 69 of `responses` were deleted before"):
        look(loss, extent(70), before=60, after=60)


def test_what_was_deleted_is_told_at_once_when_a_record_did_not_follow() -> None:
    with pytest.raises(TopicLost, match="offsets 50 to 69"):
        look(TopicLoss("responses", "id"), extent(70), certain=True)


def test_a_reader_that_got_past_it_in_time_has_lost_nothing() -> None:
    loss = TopicLoss("responses", "id")
    look(loss, extent(70))
    look(loss, extent(70), before=70, after=70, certain=True)


def test_what_is_read_while_the_topic_is_asked_is_no_lost_end() -> None:
    look(TopicLoss("responses", "id"), extent(end=55), before=50, after=80)
