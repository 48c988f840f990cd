"""A short run of `make chaos`: every part is hurt, under phones that never stop.

Which faults, in which order and with what they draw, follows from the seed. Of the modes of a link one for each pair,
and not what takes long: the long run has all of them.
"""

from pathlib import Path

import pytest

from tests.chaos.nemeses.all_kinds import NEMESES
from tests.chaos.schedule import schedule
from tests.chaos.trial import Report, conclude, play, staged

# kafka-python leaves the socket of a connection that a fault broke to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SEED = 6
SUBMISSIONS = 2_000
RATE = 40.0
LEFT_OUT = frozenset({
    # Each takes as long as several others.
    "restart_brokers_in_turn", "older_beside_newer", "database_from_backup", "committed_offset_ahead",
    "kill_other_broker", "hang_other_broker", "hang_database", "hang_validate",
    "hole_phones_ingest", "delay_phones_ingest", "cut_ingest_kafka", "delay_ingest_kafka", "hole_validate_kafka",
    "delay_validate_kafka", "hole_aggregate_kafka", "cut_aggregate_kafka", "hole_aggregate_database",
    "delay_aggregate_database", "cut_broker_broker", "delay_broker_broker",
})  # fmt: skip


def test_nothing_is_lost_or_counted_twice_whatever_is_done_to_it(tmp_path: Path) -> None:
    kinds = [nemesis for nemesis in NEMESES if nemesis.kind not in LEFT_OUT]
    episodes = schedule(SEED, len(kinds), SUBMISSIONS, kinds)
    report, told = Report(), list[str]()
    with staged(tmp_path / "world", SEED, RATE) as (stage, withdrawals):
        play(stage, episodes, report, told.append)
        found = conclude(stage, withdrawals, SUBMISSIONS, report, told.append)
    assert set(report.faults) == {nemesis.kind for nemesis in kinds}
    assert (found.lost, found.double, found.law) == (0, 0, ()), told[-1]
    assert [str(difference) for difference in found.wrong] == []
