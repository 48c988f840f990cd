"""The keys of a survey: made once, rotated, destroyed for ever. And how key files are kept."""

import os
from pathlib import Path

import pytest

from services.runtime import key_files, keys, survey_keys
from services.runtime.faults import OperatorStop

SURVEY = "visit"


def test_the_secret_stays_when_pseudonyms_are_rotated(tmp_path: Path) -> None:
    survey_keys.create(tmp_path, SURVEY)
    before = survey_keys.load(tmp_path, SURVEY)
    assert [survey_keys.rotate_pseudonyms(tmp_path, SURVEY) for _ in range(2)] == [2, 3]
    after = survey_keys.load(tmp_path, SURVEY)
    assert before is not None and after is not None
    assert after.secret == before.secret
    assert sorted(after.pseudonyms) == [2, 3] and len(set(after.pseudonyms.values())) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_another_survey_has_other_keys(tmp_path: Path) -> None:
    survey_keys.create(tmp_path, SURVEY)
    survey_keys.create(tmp_path, "other")
    survey_keys.rotate_pseudonyms(tmp_path, "other")
    found = survey_keys.load(tmp_path, SURVEY)
    assert found is not None and not found.pseudonyms
    assert found.secret != survey_keys.secret_path(tmp_path, "other").read_bytes()


def test_what_is_destroyed_is_never_made_again(tmp_path: Path) -> None:
    survey_keys.create(tmp_path, SURVEY)
    survey_keys.rotate_pseudonyms(tmp_path, SURVEY)
    assert len(survey_keys.destroy(tmp_path, SURVEY)) == 2
    assert [path.name for path in tmp_path.iterdir()] == [survey_keys.mark_path(tmp_path, SURVEY).name]
    assert survey_keys.load(tmp_path, SURVEY) is None
    for again in (survey_keys.create, keys.create_survey_secret, survey_keys.rotate_pseudonyms):
        with pytest.raises(OperatorStop, match="was destroyed"):
            again(tmp_path, SURVEY)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_destruction_that_was_cut_short_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survey_keys.create(tmp_path, SURVEY)
    with monkeypatch.context() as patch:
        patch.setattr(survey_keys, "unmake", lambda path: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):
            survey_keys.destroy(tmp_path, SURVEY)
    assert survey_keys.load(tmp_path, SURVEY) is None, "the mark came first"
    assert survey_keys.destroy(tmp_path, SURVEY) == [survey_keys.secret_path(tmp_path, SURVEY).name]


def test_the_bytes_are_written_over_before_the_file_goes(tmp_path: Path) -> None:
    path, other_name = tmp_path / "key", tmp_path / "other_name"
    key_files.write_new(path, b"secret" * 8)
    os.link(path, other_name)
    key_files.unmake(path)
    assert not path.exists()
    assert len(other_name.read_bytes()) == 48 and b"secret" not in other_name.read_bytes()
    key_files.unmake(path)


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o750)
    folder.chmod(0o750)
    with pytest.raises(OperatorStop, match="chmod 700"):
        keys.create(folder)
    assert not list(folder.iterdir())


def test_what_others_can_read_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.create(folder)
    assert key_files.open_to_others(folder) == []
    (folder / "instance.key").chmod(0o640)
    assert key_files.open_to_others(folder) == [folder / "instance.key"]
    assert key_files.open_to_others(tmp_path / "nowhere") == []


def test_no_repr_shows_a_key(tmp_path: Path) -> None:
    keys.create(tmp_path)
    survey_keys.create(tmp_path, SURVEY)
    survey_keys.rotate_pseudonyms(tmp_path, SURVEY)
    secret = [path.read_bytes() for path in tmp_path.glob("*.key")]
    private = keys.load_private(tmp_path)
    shown = "".join(repr(each) + str(each) for each in (private, private.of_survey(SURVEY), keys.load_public(tmp_path)))
    assert len(secret) == 4
    for each in secret:
        assert repr(each)[2:-1] not in shown and each.hex() not in shown
