import os
from pathlib import Path

import pytest

from deploy.local import lock
from deploy.local.failure import Failure
from deploy.local.lock import FolderLock


def test_a_second_stack_is_refused_and_told_whose_the_folder_is(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.take()
    with pytest.raises(Failure, match=rf"already runs on .* \(process {os.getpid()}\)"):
        second.take()
    assert lock.owner(tmp_path) == os.getpid()
    first.release()
    assert lock.owner(tmp_path) is None
    second.take()
    second.release()


def test_a_folder_without_a_lock_has_no_owner(tmp_path: Path) -> None:
    assert lock.owner(tmp_path) is None
