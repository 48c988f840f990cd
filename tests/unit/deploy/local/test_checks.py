import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import checks
from deploy.local.failure import Failure

NOBODY = 65534


def test_a_folder_is_made_and_named_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert checks.writable_folder(tmp_path / "link" / "data") == tmp_path.resolve() / "data"


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="cannot be written to"):
        checks.writable_folder(tmp_path / "file" / "data")


@contextmanager
def nobody() -> Iterator[None]:
    """Root may write everywhere, so it gives its rights away for a while."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_folder_of_somebody_else_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    with nobody(), pytest.raises(Failure, match="cannot be written to"):
        checks.writable_folder(tmp_path / "data")


def test_a_full_disk_is_one_sentence_with_both_figures(tmp_path: Path) -> None:
    checks.enough_space(tmp_path, 1)
    with pytest.raises(Failure, match=r"has \d+ MB free and Rihla needs 1000000000 MB"):
        checks.enough_space(tmp_path, 1_000_000_000 * checks.MIB)
