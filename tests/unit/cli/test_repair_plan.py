"""What mends a partition, against a small model of the two stages: after the mending nothing is missing, nothing is
lost that was not named, and nothing is counted twice."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cli.repair_plan import Diagnosis, Facts, diagnose, reaches, spans
from services.aggregate.watermark import Watermark
from services.validate.start import Range, TailOutcome, wanted_start

SUBMISSIONS, RESPONSES = "s", "r"


def facts(
    sources: Sequence[int] = (),
    *,
    counted: int = 0,
    read: int = 0,
    committed: int | None = None,
    first: int = 0,
    end: int = 100,
    expired: int = 0,
    responses_id: str = RESPONSES,
) -> Facts:
    """`sources` are the outcomes of `responses` from its offset 0 on, of which `expired` are gone."""
    there = [(offset, source) for offset, source in enumerate(sources) if offset >= expired]
    return Facts(
        committed,
        [TailOutcome(SUBMISSIONS, source) for _, source in there],
        Watermark(0, RESPONSES, SUBMISSIONS, read, counted),
        responses_id,
        Range(min(expired, len(sources)), len(sources)),
        there,
        SUBMISSIONS,
        Range(first, end),
    )


def test_what_is_on_its_way_is_fine() -> None:
    assert diagnose(facts(range(50), counted=20, read=20, committed=50)).fine
    assert diagnose(facts(range(50), counted=50, read=50, committed=40)).fine
    assert diagnose(facts()).fine


def test_an_empty_topic_that_was_forgotten_is_fine() -> None:
    assert diagnose(facts(range(100), counted=100, read=100, committed=100, first=100, expired=100)).fine


def test_a_gap_is_rewound() -> None:
    found = diagnose(facts([0, 1, 2, 6, 7], counted=3, read=5, committed=8))
    assert (found.command, found.rewind, found.lost, found.follow) == ("rewind", 3, (), None)


def test_a_validate_that_is_on_its_way_to_the_gap_needs_nothing() -> None:
    assert diagnose(facts([0, 1, 2, 6, 7], counted=3, read=5, committed=3)).fine


def test_a_commit_ahead_of_an_expired_tail_is_rewound() -> None:
    found = diagnose(facts([0] * 9, counted=40, read=9, expired=9, committed=70))
    assert found.rewind == 40


def test_lost_records_are_named_and_passed_over_ones_written_again() -> None:
    found = diagnose(facts([0, 1, 2, 6, 7, 9], counted=3, read=6, committed=10, first=12))
    assert found.command == "accept"
    assert found.lost == ((3, 6), (8, 9), (10, 12)) and found.lost_records == 6
    assert found.write == (3, 12) and found.rewind == 12


def test_passed_over_outcomes_alone_are_no_loss() -> None:
    found = diagnose(facts([5, 3, 4], counted=3, read=3, committed=6, first=6))
    assert (found.command, found.write, found.lost, found.rewind) == ("rewind", (3, 6), (), 6)


def test_expired_outcomes_are_judged_again_while_submissions_has_them() -> None:
    found = diagnose(facts(range(50), counted=20, read=20, committed=50, expired=30))
    assert (found.command, found.follow, found.rewind, found.lost) == ("rewind", 30, 20, ())


def test_a_restored_database_beyond_both_topics() -> None:
    found = diagnose(facts(range(100), counted=20, read=20, committed=100, expired=60, first=80))
    assert (found.command, found.follow, found.lost) == ("accept", 60, ((20, 60),))
    assert found.write == (20, 80) and found.rewind == 80


def test_another_responses_is_adopted() -> None:
    found = diagnose(facts([8, 9], counted=5, read=5, committed=10, responses_id="new"))
    assert (found.command, found.follow, found.rewind) == ("adopt", 0, 5)
    assert diagnose(facts([0, 1], counted=5, read=5, committed=10)).command == "adopt", "it lost its end"


def test_submissions_that_do_not_belong_cannot_be_mended() -> None:
    assert "made anew" in diagnose(replace(facts(), submissions_id="new")).hopeless
    found = diagnose(facts(range(50), counted=50, read=50, end=40))
    assert "lost its end" in found.hopeless and not found.command and not found.fine


def test_a_commit_before_the_topic_is_moved_on_where_all_is_counted() -> None:
    found = diagnose(facts(range(50), counted=50, read=50, committed=10, first=30))
    assert (found.command, found.rewind, found.lost) == ("rewind", 50, ())


def mended(before: Facts, found: Diagnosis) -> Facts:
    """The partition after the commands, and after both stages have come to their ends."""
    mark, log = before.mark, [*before.outcomes]
    end = before.responses.end
    if found.follow is not None:
        mark = replace(mark, responses_topic=before.responses_id, responses_next=found.follow)
    there = {source for _, source in log}
    lost = []
    if found.write is not None:
        for source in range(*found.write):
            if source not in there and source >= found.reached:
                lost.append(source)
            log.append((end, source))
            end += 1
    assert spans(lost) == found.lost
    committed = before.committed if found.rewind is None else found.rewind
    tail = [TailOutcome(SUBMISSIONS, source) for _, source in log]
    start = wanted_start(committed, tail, end > 0, before.submissions)
    assert start >= before.submissions.first, "validate would stop"
    for source in range(start, before.submissions.end):
        log.append((end, source))
        end += 1
    return replace(
        before,
        mark=mark,
        outcomes=log,
        tail=[TailOutcome(SUBMISSIONS, source) for _, source in log],
        responses=Range(before.responses.first, end),
        committed=before.submissions.end,
    )


@given(
    st.lists(st.integers(0, 19), max_size=25),
    st.integers(0, 25),
    st.integers(0, 25),
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
    st.integers(0, 20),
    st.booleans(),
)
def test_whatever_is_missing_the_commands_bring_it_or_name_it(
    sources: list[int], expired: int, read: int, counted: int, committed: int | None, first: int, anew: bool
) -> None:
    expired = min(expired, len(sources))
    before = facts(
        sources,
        counted=counted,
        read=min(read, len(sources)),
        committed=committed,
        first=first,
        end=20,
        expired=expired,
        responses_id="new" if anew else RESPONSES,
    )
    found = diagnose(before)
    assert not found.hopeless
    if found.fine:
        # Then validate gets there by itself, from where it stands or from where it starts.
        start = wanted_start(before.committed, before.tail, before.responses.end > 0, before.submissions)
        past = max(start, -1 if committed is None else committed)
        assert first <= start and (found.reached == 20 or past <= found.reached)
        return
    after = mended(before, found)
    assert reaches(after) == 20
    assert diagnose(after).fine
    # What is named as lost is in no topic, and was not counted.
    for begin, end in found.lost:
        assert counted <= begin and end <= first
        assert not {source for _, source in before.outcomes} & set(range(begin, end))
