"""What is done in the folder of keys while validate runs."""

from pathlib import Path

import pytest

from services.runtime import keys, survey_keys
from services.runtime.faults import OperatorStop
from services.validate.known_secrets import LOOK_S, KnownSecrets


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.create(tmp_path)
    survey_keys.create(tmp_path, "visit")
    return tmp_path


def test_a_rotation_and_a_destruction_are_followed_without_a_new_start(folder: Path) -> None:
    clock = Clock()
    known = KnownSecrets(keys.load_private(folder), clock)
    first = known("visit")
    assert first is not None and first.pseudonym("s", "x").startswith("p1:")
    survey_keys.rotate_pseudonyms(folder, "visit")
    clock.now += LOOK_S / 2
    assert known("visit") is first, "it does not look at each record"
    clock.now += LOOK_S
    second = known("visit")
    assert second is not None and second.pseudonym("s", "x").startswith("p2:")
    assert second.record_key("a") == first.record_key("a")
    survey_keys.destroy(folder, "visit")
    clock.now += LOOK_S
    assert known("visit") is None


def test_a_secret_that_is_not_there_and_was_not_destroyed_stops_for_the_operator(folder: Path) -> None:
    clock = Clock()
    known = KnownSecrets(keys.load_private(folder), clock)
    with pytest.raises(OperatorStop, match="key of survey other is missing"):
        known("other")
    survey_keys.create(folder, "other")
    assert known("other") is not None
    survey_keys.secret_path(folder, "visit").unlink()
    with pytest.raises(OperatorStop):
        known("visit")


def test_other_files_do_not_make_it_forget(folder: Path) -> None:
    clock = Clock()
    known = KnownSecrets(keys.load_private(folder), clock)
    first = known("visit")
    (folder / ".draft").write_bytes(b"")
    clock.now += LOOK_S
    assert known("visit") is first
