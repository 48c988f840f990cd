import importlib
from pathlib import Path

import pytest

from cli import app
from deploy.local.failure import Failure
from services.runtime.faults import OperatorStop


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Calls the entry point; returns the exit code."""
    monkeypatch.setattr("sys.argv", ["rihla", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_only_the_command_that_is_asked_for_is_loaded() -> None:
    assert [command.name for command in app.build(["down", "--data", "up"]).registered_commands] == ["down"]


@pytest.mark.parametrize("where", app.COMMANDS.values())
def test_every_command_is_where_the_table_says(where: str) -> None:
    module, _, attribute = where.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


def test_an_expected_failure_is_one_sentence_and_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(monkeypatch, "up", "--data", str(tmp_path / "file" / "data")) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("name another one with --data, or make it yours.\n")
    assert shown.err.count("\n") == 1


def test_a_wrong_setting_is_named_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RIHLA_KAFKA__PARTITIONS", "plenty")
    assert run(monkeypatch, "up", "--data", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert said.startswith("The setting RIHLA_KAFKA__PARTITIONS is wrong: ")
    assert "plenty" not in said


@pytest.mark.parametrize(
    ("fault", "code"), [(Failure("no"), 1), (OperatorStop("no"), 78), (KeyboardInterrupt(), app.INTERRUPTED)]
)
def test_how_a_command_ends_is_told_by_its_exit_code(
    fault: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> None:
        raise fault

    monkeypatch.setattr("cli.stack.down", break_down)
    assert run(monkeypatch, "down") == code


def test_a_bug_shows_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cli.stack.down", break_down)
    monkeypatch.setattr("sys.argv", ["rihla", "down"])
    with pytest.raises(ZeroDivisionError):
        app.main()
