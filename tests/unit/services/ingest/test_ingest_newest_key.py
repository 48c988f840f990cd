"""Ingest follows a rotation while it runs."""

from pathlib import Path

from services.ingest.newest_key import NewestKey
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer


def test_the_next_record_is_sealed_for_the_new_key(tmp_path: Path) -> None:
    keys.create(tmp_path)
    got: list[Sealer] = []
    watch = NewestKey(tmp_path, keys.load_public(tmp_path).sealing_id, got.append)
    watch.look()
    assert got == []
    key_id = keys.new_sealing_key(tmp_path)
    watch.look()
    watch.look()
    assert [sealer.key_id for sealer in got] == [key_id]
    assert Opener(keys.load_private(tmp_path).sealing).open(key_id, got[0].seal(b"x")) == b"x"


def test_it_never_goes_back_to_an_older_key(tmp_path: Path) -> None:
    keys.create(tmp_path)
    old = keys.load_public(tmp_path).sealing_id
    got: list[Sealer] = []
    watch = NewestKey(tmp_path, old, got.append)
    key_id = keys.new_sealing_key(tmp_path)
    watch.look()
    (tmp_path / f"sealing-{key_id}.pub").unlink()
    watch.look()
    assert [sealer.key_id for sealer in got] == [key_id]


def test_a_folder_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    keys.create(tmp_path)
    got: list[Sealer] = []
    watch = NewestKey(tmp_path, keys.load_public(tmp_path).sealing_id, got.append)
    (tmp_path / "sealing-29991231T000000Z-00000000.pub").write_bytes(b"half")
    watch.look()
    for path in tmp_path.iterdir():
        path.unlink()
    watch.look()
    assert got == []
