"""The number from which the embedded server goes on counting records, beside its own way of finding it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from secantus.storage import Storage

from deploy.local.newest_record import newest_record

NAMES = [(database, f"things{number}") for database in ("audit", "ledger", "live") for number in range(12)]
"""More collections than the server has files for them, so that some share one."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Storage]:
    with_no_oplog = Storage(str(tmp_path))
    with_no_oplog.enable_oplog = False
    yield with_no_oplog
    with_no_oplog.close()


def test_nothing_is_there_yet(files: Storage) -> None:
    assert newest_record(files) == files._scan_max_nat_seq() == 0


def test_it_is_the_highest_of_all_collections_whichever_was_written_last(files: Storage) -> None:
    random = Random(1)
    written = 0
    for step in range(120):
        some = random.randrange(1, 6)
        files.insert(*random.choice(NAMES), [{"_id": f"{step}/{number}"} for number in range(some)])
        written += some
        if step % 5 == 0:
            files.delete_matching(*random.choice(NAMES), {}, limit=1)
        assert newest_record(files) == files._scan_max_nat_seq()
    assert newest_record(files) > written // 2
