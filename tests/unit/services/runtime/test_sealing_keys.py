"""Sealing keys: which is the newest, who opens what after a rotation, and how long an old one is needed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from services.runtime import keys
from services.runtime.faults import OperatorStop
from services.runtime.sealing import CannotOpen, Opener, Sealer
from services.runtime.sealing_keys import NEEDED_AFTER, made_at, needed_until, new_id, sealing_keys

NOW = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)


def test_after_a_rotation_ingest_seals_for_the_new_key_and_both_are_opened(tmp_path: Path) -> None:
    keys.create(tmp_path)
    old = keys.load_public(tmp_path)
    sealed = Sealer(old.sealing_id, old.sealing).seal(b"before")
    key_id = keys.new_sealing_key(tmp_path)
    new = keys.load_public(tmp_path)
    assert new.sealing_id == key_id != old.sealing_id
    opener = Opener(keys.load_private(tmp_path).sealing)
    assert opener.open(old.sealing_id, sealed) == b"before"
    assert opener.open(key_id, Sealer(key_id, new.sealing).seal(b"after")) == b"after"


def test_the_newest_does_not_depend_on_the_times_of_files(tmp_path: Path) -> None:
    """Restored and mounted files have other times."""
    keys.create(tmp_path)
    newest = keys.new_sealing_key(tmp_path)
    for number, path in enumerate(sorted(tmp_path.glob("sealing-*"), reverse=True)):
        os.utime(path, (number, number))
    assert keys.load_public(tmp_path).sealing_id == newest


def test_a_key_without_a_time_is_older_than_all_others(tmp_path: Path) -> None:
    keys.create(tmp_path)
    private = PrivateKey.generate()
    (tmp_path / "sealing-ffffffff.key").write_bytes(bytes(private))
    (tmp_path / "sealing-ffffffff.pub").write_bytes(bytes(private.public_key))
    assert sealing_keys(tmp_path)[0].key_id == "ffffffff"
    assert keys.load_public(tmp_path).sealing_id != "ffffffff"


def test_a_new_id_is_newer_also_where_the_clock_went_back() -> None:
    ahead = new_id(NOW + timedelta(days=400), [])
    later = new_id(NOW, [ahead, "0011aabb"])
    assert made_at(later) == NOW + timedelta(days=400, seconds=1)
    assert made_at(new_id(NOW, ["0011aabb"])) == NOW
    assert made_at("0011aabb") is None and made_at("99999999T999999Z-00112233") is None
    assert len(later) <= 64, "validate cuts what is longer (services.validate.agent)"


def test_a_running_validate_finds_a_key_that_came_later(tmp_path: Path) -> None:
    keys.create(tmp_path)
    looks: list[int] = []

    def look_again() -> dict[str, PrivateKey]:
        looks.append(1)
        return keys.private_sealing_keys(tmp_path)

    opener = Opener(keys.load_private(tmp_path).sealing, look_again)
    key_id = keys.new_sealing_key(tmp_path)
    sealed = Sealer(key_id, keys.load_public(tmp_path).sealing).seal(b"x")
    assert [opener.open(key_id, sealed) for _ in range(3)] == [b"x"] * 3
    assert len(looks) == 1
    for unknown in ("nobody's", None):
        with pytest.raises(CannotOpen):
            opener.open(unknown, sealed)
    assert len(looks) == 2


def test_a_file_that_is_no_key_is_for_the_operator(tmp_path: Path) -> None:
    keys.create(tmp_path)
    (tmp_path / "sealing-00112233.key").write_bytes(b"short")
    with pytest.raises(OperatorStop, match=r"sealing-00112233\.key .* is not a key"):
        keys.load_private(tmp_path)


def test_a_key_is_needed_for_two_weeks_after_the_next_one(tmp_path: Path) -> None:
    first, second = new_id(NOW, []), new_id(NOW + timedelta(days=90), [])
    for name in ("0011aabb", first, second):
        (tmp_path / f"sealing-{name}.key").write_bytes(b"")
        (tmp_path / f"sealing-{name}.pub").write_bytes(b"")
    found = needed_until(sealing_keys(tmp_path))
    assert found == {"0011aabb": NOW + NEEDED_AFTER, first: NOW + timedelta(days=90) + NEEDED_AFTER}
    assert timedelta(days=14) < NEEDED_AFTER < timedelta(days=15)


def test_a_key_that_ingest_never_got_takes_over_from_nobody(tmp_path: Path) -> None:
    """Only its private half is there: what is sealed now is sealed for the key before."""
    first, half = new_id(NOW, []), new_id(NOW + timedelta(days=90), [])
    for name in (f"sealing-{first}.key", f"sealing-{first}.pub", f"sealing-{half}.key"):
        (tmp_path / name).write_bytes(b"")
    assert needed_until(sealing_keys(tmp_path)) == {}
