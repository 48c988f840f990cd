"""Payloads written again from the quarantine: RP1 the classes add up whatever is replayed, how often, and beside what.
RP2 what is replayed once it can be judged counts as if it had been judged at first. RP3 a second replay of one payload
is a duplicate. RP4 nothing of another submission is let go. RP5 the list of rejections follows. RP6 one batch or two is
the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Replayed, Withdrawn, read_outcome
from schemas.outcome_class import OutcomeClass
from services.aggregate.outcomes import arrival as arrival_of
from services.aggregate.slots import Kind, Quarantined
from tests.unit.services.aggregate.test_lineage_histories import (
    Event,
    World,
    arrival,
    batches,
    lineages,
    partition_of,
)

JUDGED = [Kind.RESPONSE, Kind.REFUSAL, Kind.REJECTION, Kind.HELD]


class Replays(World):
    def quarantine(self) -> list[Quarantined]:
        return list(self.store.quarantine([Kind.HELD, Kind.REJECTION], None))

    def replay(self, entries: Iterable[Quarantined], kind: Kind, beside: Sequence[Event] = ()) -> None:
        """One batch: other events first, then the payloads, judged to be `kind` now."""
        new = [(event, None) for event in beside]
        for entry in entries:
            assert entry.instance is not None
            new.append((Event(kind, entry.instance, entry.replaces), (entry.partition, entry.offset)))  # type: ignore[arg-type]
        if not new:
            return
        after, arrivals = dict(self.marks), []
        for event, replay_of in new:
            mark = after[partition_of(event)]
            found = arrival(event, mark.partition, mark.submissions_next)
            arrivals.append(replace(found, replay_of=replay_of))
            after[mark.partition] = replace(
                mark, responses_next=mark.responses_next + 1, submissions_next=mark.submissions_next + 1
            )
        touched = {partition: mark for partition, mark in after.items() if mark != self.marks[partition]}
        self.marks.update(self.writer.apply(self.marks, touched, arrivals).watermarks)
        self.written += len(new)

    def rejections(self) -> set[tuple[int, int]]:
        return {key for collection, key in self.database.documents if collection == "rejections"}

    def check(self) -> None:
        super().check()
        held = [entry for entry in self.quarantine() if entry.kind is Kind.HELD]
        assert self.classes[OutcomeClass.HELD] == len(held)
        rejected = {(entry.partition, entry.offset) for entry in self.quarantine() if entry.kind is Kind.REJECTION}
        assert rejected <= self.rejections()


@settings(max_examples=400, deadline=None)
@given(batches, st.data())
def test_rp1_the_classes_add_up_whatever_is_replayed(history: list[list[Event]], data: st.DataObject) -> None:
    world = Replays()
    for batch in history:
        waiting = world.quarantine()
        chosen = data.draw(st.lists(st.sampled_from(waiting), max_size=4)) if waiting else []
        world.replay(chosen, data.draw(st.sampled_from(JUDGED)), batch)
        world.check()
        gone = {(entry.partition, entry.offset) for entry in chosen}
        assert not gone & {(entry.partition, entry.offset) for entry in world.quarantine()}
        # A withdrawal takes payloads as well, but leaves rejections on the list.
        assert not gone & world.rejections() or world.classes[OutcomeClass.CONTROL]
    world.replay(world.quarantine(), Kind.RESPONSE)
    world.check()
    assert world.quarantine() == []
    assert world.classes[OutcomeClass.HELD] == 0


@settings(max_examples=300, deadline=None)
@given(lineages(), st.sampled_from([Kind.HELD, Kind.REJECTION]), st.randoms(use_true_random=False))
def test_rp2_what_is_replayed_counts_as_if_it_had_been_judged_at_first(
    lines: tuple[list[Event], list[Event]],
    kind: Kind,
    random: "st.random.Random",  # type: ignore[name-defined]
) -> None:
    """Interviews whose key was not there at first, in any order, against those that were read at once. Without
    withdrawals: one of an edit that waits deletes the payload, and then nobody knows what it would have replaced."""
    late, at_once = Replays(), Replays()
    for event in lines[1]:
        if event.kind is Kind.WITHDRAWAL:
            continue
        waits = event.kind is Kind.REJECTION
        late.apply([replace(event, kind=kind) if waits else event])
        at_once.apply([replace(event, kind=Kind.RESPONSE) if waits else event])
    entries = late.quarantine()
    random.shuffle(entries)
    late.replay(entries, Kind.RESPONSE)
    for world in (late, at_once):
        world.check()
    assert late.quarantine() == []
    assert late.counted() == at_once.counted()
    assert late.cells() == at_once.cells()
    assert late.classes[OutcomeClass.REPLAYED] == len(entries)


def test_rp3_a_payload_that_is_written_again_twice_counts_once() -> None:
    """Replay was interrupted after it had written, and called again before aggregate had come to it."""
    for in_one_batch in (True, False):
        world = Replays()
        world.apply([Event(Kind.HELD, "a")])
        [entry] = world.quarantine()
        for entries in [[entry, entry]] if in_one_batch else [[entry], [entry]]:
            world.replay(entries, Kind.RESPONSE)
        world.check()
        assert world.classes == {
            OutcomeClass.REPLAYED: 1,
            OutcomeClass.COUNTED: 1,
            OutcomeClass.DUPLICATE: 1,
        }
        # And a phone that sends it once more in clear is a duplicate as well.
        world.apply([Event(Kind.RESPONSE, "a")])
        assert world.classes[OutcomeClass.DUPLICATE] == 2
        world.check()


def test_rp3_a_retry_that_waits_too_is_a_duplicate() -> None:
    world = Replays()
    world.apply([Event(Kind.HELD, "a"), Event(Kind.HELD, "a")])
    world.replay(world.quarantine(), Kind.RESPONSE)
    world.check()
    assert (world.classes[OutcomeClass.COUNTED], world.classes[OutcomeClass.DUPLICATE]) == (1, 1)
    assert world.classes[OutcomeClass.REPLAYED] == 2


def test_rp3_what_waits_again_stays_in_the_quarantine() -> None:
    world = Replays()
    world.apply([Event(Kind.HELD, "a")])
    world.replay(world.quarantine(), Kind.HELD)
    world.check()
    assert (world.classes[OutcomeClass.HELD], world.classes[OutcomeClass.REPLAYED]) == (1, 1)


def test_rp4_nothing_of_another_submission_is_let_go() -> None:
    world = Replays()
    world.apply([Event(Kind.HELD, "a")])
    [entry] = world.quarantine()
    world.replay([replace(entry, instance="b")], Kind.RESPONSE)
    world.check()
    assert world.quarantine() == [entry]
    assert world.classes == {OutcomeClass.HELD: 1, OutcomeClass.COUNTED: 1}


def test_rp4_a_withdrawal_between_writing_and_counting_wins() -> None:
    world = Replays()
    world.apply([Event(Kind.HELD, "a")])
    entries = world.quarantine()
    world.apply([Event(Kind.WITHDRAWAL, "a")])
    world.replay(entries, Kind.RESPONSE)
    world.check()
    assert world.classes == {OutcomeClass.WITHDRAWN: 2, OutcomeClass.CONTROL: 1}


def test_rp5_a_rejection_leaves_the_list_of_staff() -> None:
    world = Replays()
    world.apply([Event(Kind.REJECTION, "a"), Event(Kind.REJECTION, "b")])
    first, second = world.quarantine()
    world.replay([first], Kind.RESPONSE)
    assert world.rejections() == {(second.partition, second.offset)}
    world.check()


@pytest.mark.parametrize("kind", [Kind.HELD, Kind.REJECTION])
@pytest.mark.parametrize("again", [Kind.RESPONSE, Kind.HELD, Kind.REJECTION])
def test_rp6_a_payload_and_what_was_written_of_it_in_one_batch(kind: Kind, again: Kind) -> None:
    """A restored database gets the whole log again; found by the model check (tests/model)."""
    together, apart = Replays(), Replays()
    apart.apply([Event(kind, "a")])
    first = apart.quarantine()
    apart.replay(first, again)
    together.replay(first, again, beside=[Event(kind, "a")])
    for world in (together, apart):
        world.check()
        assert world.classes[OutcomeClass.REPLAYED] == 1
    assert together.classes == apart.classes
    assert together.quarantine() == apart.quarantine()
    assert together.rejections() == apart.rejections()


def test_an_outcome_says_what_it_repeats() -> None:
    outcome = Withdrawn.model_validate(
        {
            "kind": "withdrawn",
            "survey": "s",
            "instance": "A" * 22,
            "source": {"topic_id": "t", "partition": 1, "offset": 2, "at_ms": 3, "replay_of": Replayed.read(b"4:5")},
        }
    )
    wire = outcome.to_wire()
    assert arrival_of(read_outcome(wire), wire, None).replay_of == (4, 5)  # type: ignore[arg-type]


def test_the_header_is_read_as_it_is_written_and_else_ignored() -> None:
    place = Replayed(partition=3, offset=2**40)
    assert Replayed.read(str(place).encode()) == place
    for text in (None, b"", b"3", b"3:", b"-1:2", b"3:4:5", b"\xff:1", b"1" * 40 + b":1"):
        assert Replayed.read(text) is None
