import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime import keys
from services.runtime.faults import OperatorStop
from services.runtime.sealing import Opener, Sealer


def test_ingest_gets_what_seals_and_nothing_that_opens(tmp_path: Path) -> None:
    private, public = tmp_path / "private", tmp_path / "public"
    keys.create(private)
    keys.create_survey_secret(private, "s")
    issued = keys.issue_public(private, public)
    assert sorted(issued) == sorted(path.name for path in public.iterdir())
    assert len(issued) == 2 and "instance.key" in issued
    assert not list(public.glob("sealing-*.key")) and not list(public.glob("survey-*.key"))


def test_what_ingest_seals_validate_opens(tmp_path: Path) -> None:
    private, public = tmp_path / "private", tmp_path / "public"
    keys.create(private)
    keys.issue_public(private, public)
    mine, theirs = keys.load_public(public), keys.load_private(private)
    sealer = Sealer(mine.sealing_id, mine.sealing)
    assert Opener(theirs.sealing).open(sealer.key_id, sealer.seal(b"box")) == b"box"
    assert mine.instance_hash("s", "i") == theirs.instance_hash("s", "i")


def test_issuing_again_changes_nothing(tmp_path: Path) -> None:
    keys.create(tmp_path / "private")
    assert keys.issue_public(tmp_path / "private", tmp_path / "public")
    assert keys.issue_public(tmp_path / "private", tmp_path / "public") == []


def test_another_instance_key_at_ingest_is_for_the_operator(tmp_path: Path) -> None:
    keys.create(tmp_path / "private")
    keys.create(tmp_path / "public")
    with pytest.raises(OperatorStop, match=r"instance\.key differs"):
        keys.issue_public(tmp_path / "private", tmp_path / "public")


def test_as_a_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.runtime.issue_keys", str(tmp_path / "a"), str(tmp_path / "b")]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "issued instance.key" in first.stdout
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""
    assert subprocess.run(command[:-1], capture_output=True, check=False).returncode == 78
