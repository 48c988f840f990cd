"""The figures of the live display follow from two snapshots."""

from cli.stages import Snapshot, stages

EARLIER = Snapshot(at=10.0, planned=100, acknowledged=20, attempts=22, accepted=21, judged=20, accounted=10, counted=9)
NOW = Snapshot(
    at=12.0, planned=100, acknowledged=60, attempts=66, in_flight=3, accepted=61, judged=50, accounted=40, counted=35
)


def test_stages_are_in_the_order_of_the_data_with_rates_and_what_waits() -> None:
    found = {stage.name: stage for stage in stages(EARLIER, NOW)}
    assert list(found) == ["phones", "ingest", "Kafka", "validate", "aggregate", "database"]
    assert [stage.waiting for stage in found.values()] == [40, 3, 0, 11, 10, 0]
    assert [stage.per_second for stage in found.values()] == [20, 20, 35, 15, 15, 13]
    assert found["phones"].note == "6 tries without an answer"


def test_nothing_goes_below_zero_when_figures_are_read_at_different_moments() -> None:
    late = Snapshot(at=13.0, accepted=5, judged=6, accounted=7)
    assert all(stage.waiting >= 0 and stage.per_second >= 0 for stage in stages(NOW, late))
