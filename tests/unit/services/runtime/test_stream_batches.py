"""Batches end at a number of records or of bytes, whichever comes first, and never within a run."""

from types import SimpleNamespace

from services.runtime.stream import BATCH_BYTES, batches


def event(*sizes: int | None) -> SimpleNamespace:
    run = [SimpleNamespace(value=None if size is None else bytes(size)) for size in sizes]
    return SimpleNamespace(message=SimpleNamespace(run=run))


def test_a_batch_ends_with_the_run_that_fills_it() -> None:
    one, two, three, four = events = [event(1, 1), event(None, 1), event(1), event(1, 1, 1)]
    assert list(batches(events, 3)) == [[one, two], [three, four]]
    assert list(batches(events, 5)) == [[one, two, three], [four]]


def test_large_records_make_a_batch_shorter() -> None:
    large = event(BATCH_BYTES // 2)
    assert list(batches([large] * 5, 1000)) == [[large] * 2, [large] * 2, [large]]


def test_a_record_larger_than_a_batch_has_one_for_itself() -> None:
    huge, small = event(2 * BATCH_BYTES), event(1)
    assert list(batches([huge, small], 1000)) == [[huge], [small]]
