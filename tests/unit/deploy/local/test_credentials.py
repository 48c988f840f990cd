"""Passwords are made once, for their owner's eyes."""

import stat
from pathlib import Path

import pytest

from deploy.local import credentials


def test_each_user_gets_a_password_of_its_own_that_only_the_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    credentials.provide(folder, ("root", "aggregate"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "root": 0o600,
        "aggregate": 0o600,
    }
    assert credentials.read(folder, "root") != credentials.read(folder, "aggregate")
    assert len(credentials.read(folder, "root")) == 43


def test_what_is_there_stays_and_what_is_missing_is_made(tmp_path: Path) -> None:
    credentials.provide(tmp_path, ("root", "aggregate"))
    kept, gone = credentials.read(tmp_path, "root"), credentials.read(tmp_path, "aggregate")
    (tmp_path / "aggregate").unlink()
    (tmp_path / ".aggregate.new").write_text("cut off")
    credentials.provide(tmp_path, ("root", "aggregate", "release"))
    assert credentials.read(tmp_path, "root") == kept
    assert credentials.read(tmp_path, "aggregate") not in (gone, "cut off")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aggregate", "release", "root"]


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o755)
    credentials.provide(folder, ())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_user_without_a_password_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        credentials.read(tmp_path, "root")
