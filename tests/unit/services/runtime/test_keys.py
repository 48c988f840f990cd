import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import keys
from services.runtime.faults import OperatorStop
from services.runtime.sealing import CannotOpen, Opener, Sealer


def test_create_makes_each_key_once(tmp_path: Path) -> None:
    keys.create(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    keys.create(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert len(before) == 3


def test_a_pair_of_which_only_the_private_half_was_written_is_completed(tmp_path: Path) -> None:
    keys.create(tmp_path)
    [public] = tmp_path.glob("sealing-*.pub")
    before = public.read_bytes()
    public.unlink()
    keys.create(tmp_path)
    assert public.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


def test_key_files_are_their_owners_alone(tmp_path: Path) -> None:
    keys.create(tmp_path)
    keys.create_survey_secret(tmp_path, "s")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_two_processes_agree_on_one_secret(tmp_path: Path) -> None:
    threads = [threading.Thread(target=keys.create_survey_secret, args=(tmp_path, "s")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_key_is_for_the_operator(tmp_path: Path) -> None:
    with pytest.raises(OperatorStop, match="sealing"):
        keys.load_public(tmp_path)
    keys.create(tmp_path)
    with pytest.raises(OperatorStop, match="key of survey"):
        keys.load_private(tmp_path).of_survey("s")


def test_ingest_and_validate_hash_an_instance_alike(tmp_path: Path) -> None:
    keys.create(tmp_path)
    public, private = keys.load_public(tmp_path), keys.load_private(tmp_path)
    assert public.instance_hash("s", "uuid:1") == private.instance_hash("s", "uuid:1")
    assert public.instance_hash("s", "uuid:1") != public.instance_hash("t", "uuid:1")
    assert len(public.instance_hash("s", "uuid:1")) == 22


@given(st.binary(max_size=2000))
def test_only_the_private_key_opens(plain: bytes) -> None:
    from nacl.public import PrivateKey

    right, wrong = PrivateKey.generate(), PrivateKey.generate()
    sealed = Sealer("k", right.public_key).seal(plain)
    assert Opener({"k": right}).open("k", sealed) == plain
    for opener, key_id in ((Opener({"k": wrong}), "k"), (Opener({"k": right}), "other"), (Opener({"k": right}), None)):
        with pytest.raises(CannotOpen):
            opener.open(key_id, sealed)


@given(st.binary(max_size=200))
def test_garbage_cannot_be_opened(garbage: bytes) -> None:
    from nacl.public import PrivateKey

    with pytest.raises(CannotOpen):
        Opener({"k": PrivateKey.generate()}).open("k", garbage)
