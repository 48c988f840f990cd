"""`rihla keys` without a cluster: what is made, shown, kept, restored, destroyed; and that no key is ever printed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import app
from cli.key_backup import lock, unlock
from cli.key_prune import expired, verdicts
from cli.key_rotation import splits
from cli.key_table import key_rows
from deploy.local.failure import Failure
from schemas.survey.compile import compile_survey
from services.runtime import keys, release_keys, survey_keys
from services.runtime.sealing_keys import NEEDED_AFTER, SealingKey, sealing_keys

PASSPHRASE = "correct horse battery staple"


class Run:
    """`rihla keys ...` on a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.keys = folder / "data", folder / "data" / "keys"
        self.file, self.passphrase = folder / "keys.backup", folder / "passphrase"
        self.passphrase.write_text(f"{PASSPHRASE}\n")
        self._patch, self._capture = monkeypatch, capsys
        self.said = ""
        for name in [name for name in os.environ if name.startswith("RIHLA_")]:
            monkeypatch.delenv(name)

    def __call__(self, *arguments: str) -> int:
        self._patch.setattr("sys.argv", ["rihla", "keys", *arguments, "--data", str(self.data)])
        with pytest.raises(SystemExit) as ended:
            app.main()
        captured = self._capture.readouterr()
        self.said = " ".join((captured.out + captured.err).split())
        self._shows_no_key()
        return int(ended.value.code or 0)

    def backup(self, *more: str) -> int:
        return self("backup", str(self.file), "--passphrase-file", str(self.passphrase), *more)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.keys.iterdir())

    def _shows_no_key(self) -> None:
        for path in self.keys.glob("*.key"):
            content = path.read_bytes()
            assert content.hex() not in self.said and repr(content)[2:-1] not in self.said


@pytest.fixture
def rihla(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path, monkeypatch, capsys)


def test_init_makes_what_is_missing_for_its_owner_alone(rihla: Run) -> None:
    assert rihla("init") == 0
    made = rihla.names()
    assert len(made) == 3
    assert {path.stat().st_mode & 0o777 for path in rihla.keys.iterdir()} == {0o600}
    assert rihla.keys.stat().st_mode & 0o777 == 0o700
    assert rihla("init") == 0 and "Nothing to do" in rihla.said
    next(rihla.keys.glob("*.pub")).unlink()
    assert rihla("init") == 0
    assert rihla.names() == made


def test_init_does_not_begin_anew_beside_old_keys(rihla: Run) -> None:
    assert rihla("init") == 0
    for name in ("instance.key", *(path.name for path in rihla.keys.glob("sealing-*.key"))):
        content = (rihla.keys / name).read_bytes()
        (rihla.keys / name).unlink()
        survey_keys.create(rihla.keys, "visit")
        assert rihla("init") == 78 and "Restore them" in rihla.said
        assert name not in rihla.names()
        (rihla.keys / name).write_bytes(content)
        (rihla.keys / name).chmod(0o600)


@pytest.mark.parametrize("command", [["list"], ["rotate", "sealing"], ["init"]])
def test_a_folder_that_others_can_read_is_refused(rihla: Run, command: list[str]) -> None:
    assert rihla("init") == 0
    before = rihla.names()
    (rihla.keys / "instance.key").chmod(0o644)
    assert rihla(*command) == 1
    assert "instance.key" in rihla.said and "chmod -R go-rwx" in rihla.said
    assert rihla.names() == before
    (rihla.keys / "instance.key").chmod(0o600)
    rihla.keys.chmod(0o755)
    assert rihla(*command) != 0


def test_a_rotation_leaves_the_old_key_and_list_says_until_when(rihla: Run) -> None:
    assert rihla("init") == 0
    old = keys.load_public(rihla.keys).sealing_id
    assert rihla("rotate", "sealing") == 0
    assert keys.load_public(rihla.keys).sealing_id != old
    assert old in keys.load_private(rihla.keys).sealing
    rows = {row.file: row for row in key_rows(rihla.keys, rihla.keys, [], {})}
    assert rows[f"sealing-{old}"].state.startswith("old; needed until ")
    later = datetime.now(UTC) + NEEDED_AFTER + timedelta(days=1)
    rows = {row.file: row for row in key_rows(rihla.keys, rihla.keys, [], {}, later)}
    assert "--prune" in rows[f"sealing-{old}"].state
    assert rihla("list") == 0 and "newest" in rihla.said
    assert rihla("rotate", "nonsense") == 1
    assert rihla("rotate", "sealing", "--prune") == 1 and "needs the cluster" in rihla.said


def test_ingests_own_folder_gets_the_new_public_key_and_no_private_one(rihla: Run, tmp_path: Path) -> None:
    public = tmp_path / "public"
    assert rihla("init", "--public", str(public)) == 0
    assert rihla("rotate", "sealing", "--public", str(public)) == 0
    assert keys.load_public(public).sealing_id == keys.load_public(rihla.keys).sealing_id
    assert [path.name for path in public.glob("*.key")] == ["instance.key"]


def test_list_says_what_is_missing_and_what_was_destroyed(rihla: Run) -> None:
    assert rihla("init") == 0
    survey_keys.create(rihla.keys, "visit")
    survey_keys.rotate_pseudonyms(rihla.keys, "visit")
    release_keys.create(rihla.keys, "visit")
    survey_keys.create(rihla.keys, "gone")
    survey_keys.destroy(rihla.keys, "gone")
    (rihla.keys / "instance.key").unlink()
    private = next(rihla.keys.glob("sealing-*.key"))
    private.unlink()
    states = {row.what: row.state for row in key_rows(rihla.keys, rihla.keys, [], {})}
    assert states["hashes instance ids"] == "missing: restore it"
    assert states["seals submissions"] == "newest; private half not here"
    assert states["gone: no key any more"] == "destroyed"
    assert rihla("list") == 0
    assert f"survey-{survey_keys.survey_hash('visit')}.key" in rihla.said, "nobody knows the name without the cluster"


def test_a_backup_brings_back_everything_and_nothing_without_its_passphrase(rihla: Run) -> None:
    assert rihla("init") == 0
    survey_keys.create(rihla.keys, "visit")
    survey_keys.rotate_pseudonyms(rihla.keys, "visit")
    release_keys.create(rihla.keys, "visit")
    before = {path.name: path.read_bytes() for path in rihla.keys.iterdir()}
    assert rihla.backup() == 0
    assert rihla.file.stat().st_mode & 0o777 == 0o600
    assert not any(content in rihla.file.read_bytes() for content in before.values())
    assert rihla.backup() == 1 and "name a new file" in rihla.said
    for path in rihla.keys.iterdir():
        path.unlink()
    rihla.passphrase.write_text("another one, long enough")
    assert rihla.backup("--restore") == 1 and "passphrase is not that" in rihla.said
    assert rihla.names() == []
    rihla.passphrase.write_text(PASSPHRASE)
    assert rihla.backup("--restore") == 0
    assert {path.name: path.read_bytes() for path in rihla.keys.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in rihla.keys.iterdir()} == {0o600}


def test_a_restore_writes_over_nothing_and_brings_back_nothing_destroyed(rihla: Run) -> None:
    assert rihla("init") == 0
    survey_keys.create(rihla.keys, "visit")
    survey_keys.rotate_pseudonyms(rihla.keys, "visit")
    assert rihla.backup() == 0
    survey_keys.destroy(rihla.keys, "visit")
    assert rihla.backup("--restore") == 0 and "Not restored" in rihla.said
    assert survey_keys.load(rihla.keys, "visit") is None
    assert not list(rihla.keys.glob("pseudonym-*"))
    (rihla.keys / "instance.key").write_bytes(b"another")
    next(rihla.keys.glob("*.pub")).unlink()
    assert rihla.backup("--restore") == 1 and "instance.key" in rihla.said
    assert not list(rihla.keys.glob("*.pub")), "all or nothing"


def test_a_backup_names_key_files_and_no_others() -> None:
    for name in ("../instance.key", "/etc/instance.key", "instance.key.sh", "survey-00.key"):
        with pytest.raises(Failure, match="no keys"):
            unlock(lock({name: b"x"}, PASSPHRASE), PASSPHRASE)
    for garbage in (b"", b"x\ny", b'{"format": "rihla-keys-1"}\n', lock({"instance.key": b"x"}, PASSPHRASE)[:-1]):
        with pytest.raises(Failure):
            unlock(garbage, PASSPHRASE)


def test_a_short_passphrase_is_refused(rihla: Run) -> None:
    assert rihla("init") == 0
    rihla.passphrase.write_text("short")
    assert rihla.backup() == 1 and "too short" in rihla.said
    assert not rihla.file.exists()


def test_destroying_needs_the_name_and_is_for_ever(rihla: Run) -> None:
    assert rihla("init") == 0
    survey_keys.create(rihla.keys, "visit")
    assert rihla("destroy", "visti", "--even-if-open", "--yes", "visti") == 1 and "There is no key" in rihla.said
    assert rihla("destroy", "visit", "--even-if-open", "--yes", "visti") == 1 and "Nothing was destroyed" in rihla.said
    assert survey_keys.load(rihla.keys, "visit") is not None
    assert rihla("destroy", "visit", "--yes", "visit") == 1 and "needs the cluster" in rihla.said
    assert rihla("destroy", "visit", "--even-if-open", "--yes", "visit") == 0
    assert "for ever" in rihla.said and "VAL-007" in rihla.said
    assert survey_keys.load(rihla.keys, "visit") is None
    assert rihla("destroy", "visit", "--even-if-open", "--yes", "visit") == 0 and "nothing was left" in rihla.said


NOW = datetime(2026, 5, 4, tzinfo=UTC)


def test_only_what_nothing_needs_is_pruned() -> None:
    def key(name: str, days_ago: int | None, public: bool = True) -> SealingKey:
        return SealingKey(name, None if days_ago is None else NOW - timedelta(days=days_ago), True, public)

    ages = [key("first", None), key("second", 100), key("third", 15), key("newest", 14)]
    assert expired(ages, NOW) == ["first", "second"]
    assert expired([key("old", 100), key("legacy", None)], NOW) == [], "nobody knows when the next one came"
    assert expired([key("newest", 900)], NOW) == []
    assert expired([key("old", 100), key("half", 50, public=False)], NOW) == []
    due = ["a", "b", "c"]
    assert [(name, bool(why)) for name, why in verdicts(due, frozenset("bd"), frozenset("c"), "abcd")] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]
    [(_, why)] = verdicts(["c"], frozenset("ab"), frozenset(), "abcd")
    assert "newer" in why, "in a quiet time nobody has shown that ingest has the newer key"


def test_the_household_tells_its_enumerators_apart() -> None:
    definition = compile_survey(Path("surveys/household-migration/form.xlsx")).definition
    assert definition is not None
    assert splits(definition) == ["interview/enumerator"]


def test_the_keys_of_a_new_folder_are_in_order(tmp_path: Path) -> None:
    keys.create(tmp_path)
    for _ in range(3):
        keys.new_sealing_key(tmp_path)
    assert [each.key_id for each in sealing_keys(tmp_path)] == sorted(each.key_id for each in sealing_keys(tmp_path))
