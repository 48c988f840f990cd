"""The arithmetic of capacity: it follows what was measured, and the guide shows what it gives."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.capacity import BUSY, CPU_S_PER_1000, RATES, capacity, row, size

GUIDE = (Path(__file__).parents[3] / "docs/operators.md").read_text()


@given(st.floats(0.01, 1e6))
def test_each_stage_can_do_its_work_and_nothing_stands_alone(rate: float) -> None:
    found = capacity(rate)
    for name in ("ingest", "validate", "aggregate"):
        processes = getattr(found, name)
        assert processes >= 2
        assert processes * BUSY * 1000 >= rate * CPU_S_PER_1000[name]
    assert found.partitions >= 2 * max(found.validate, found.aggregate)
    assert found.brokers >= 3 and found.shards >= 1


@given(st.floats(0.01, 1e5), st.floats(1, 10))
def test_more_submissions_need_no_less(rate: float, factor: float) -> None:
    less, more = capacity(rate), capacity(rate * factor)
    for name in ("ingest", "validate", "aggregate", "partitions", "brokers", "kafka_disk", "shards"):
        assert getattr(less, name) <= getattr(more, name)


@pytest.mark.parametrize("rate", RATES)
def test_the_guide_shows_these_figures(rate: float) -> None:
    first, *others = row(capacity(rate))
    assert f"| {first} a second | {' | '.join(others)} |" in GUIDE


def test_sizes() -> None:
    assert [size(number) for number in (7, 1500, 2e9, 5e18)] == ["7 B", "1.5 kB", "2 GB", "5e+03 PB"]
