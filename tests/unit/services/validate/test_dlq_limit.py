"""DL1 a run of bad records stops the worker with none of the last ones written. DL2 a good record lets them go.
DL3 time lets them go. DL4 wrong answers do not count. DL5 order is kept and nothing is lost."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from services.validate.dlq_limit import HOLD_S, DlqLimit


@dataclass
class Worker:
    """Does with a limit what the agent does."""

    limit: DlqLimit
    held: list[tuple[int, bool]] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    stopped: int | None = None
    read: int = 0

    def batch(self, bad: list[bool], now: float) -> None:
        self.held += [(self.read + index, each) for index, each in enumerate(bad)]
        self.read += len(bad)
        release = self.limit.decide([each for _, each in self.held], now)
        self.written += [number for number, _ in self.held[: release.count]]
        self.held = self.held[release.count :]
        self.stopped = release.stop


def test_dl1_a_run_within_a_batch_stops() -> None:
    worker = Worker(DlqLimit(3))
    worker.batch([False, True, False, True, True, True, False], 0)
    assert worker.stopped == 3
    assert worker.written == [0, 1, 2]


def test_dl1_a_run_over_several_batches_stops_with_none_of_it_written() -> None:
    worker = Worker(DlqLimit(5))
    for second in range(4):
        worker.batch([True], second)
        assert (worker.written, worker.stopped) == ([], None)
    worker.batch([True], 4)
    assert (worker.written, worker.stopped) == ([], 5)


def test_dl2_a_good_record_lets_them_go() -> None:
    worker = Worker(DlqLimit(3))
    worker.batch([False, True, True], 0)
    assert worker.written == [0]
    worker.batch([False], 1)
    assert worker.written == [0, 1, 2, 3]
    worker.batch([True, True], 2)
    assert worker.stopped is None


def test_dl3_time_lets_them_go_but_the_run_goes_on() -> None:
    worker = Worker(DlqLimit(3))
    worker.batch([True, True], 0)
    worker.batch([], HOLD_S - 0.1)
    assert worker.written == []
    worker.batch([], HOLD_S)
    assert worker.written == [0, 1]
    worker.batch([True], 100)
    assert worker.stopped == 3
    assert worker.written == [0, 1]


def test_dl4_good_records_never_wait() -> None:
    worker = Worker(DlqLimit(1))
    worker.batch([False] * 1000, 0)
    assert len(worker.written) == 1000


@given(st.lists(st.lists(st.booleans(), max_size=6), max_size=12), st.integers(1, 6), st.data())
def test_dl5_whatever_comes_outcomes_are_written_once_in_order(
    batches: list[list[bool]], limit: int, data: st.DataObject
) -> None:
    worker, now = Worker(DlqLimit(limit)), 0.0
    everything = [bad for batch in batches for bad in batch]
    for batch in batches:
        now += data.draw(st.sampled_from([0.0, 1.0, HOLD_S]))
        worker.batch(batch, now)
        assert worker.written == list(range(len(worker.written)))
        if worker.stopped is not None:
            break
    run, longest = 0, 0
    for bad in everything[: worker.read]:
        run = run + 1 if bad else 0
        longest = max(longest, run)
    assert (worker.stopped is not None) == (longest >= limit)
    if worker.stopped is None:
        assert all(bad for _, bad in worker.held)
