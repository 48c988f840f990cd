from pathlib import Path

import pytest

from deploy.local.log_files import SHOWN_CHARACTERS, last_line, note, open_for_part, rotate


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "validate.log"


def test_a_large_log_moves_on_and_what_is_open_writes_on_at_its_new_end(log: Path) -> None:
    with open_for_part(log) as part:
        part.write(b"first\n" * 10)
        assert rotate(log, limit_bytes=20)
        part.write(b"second\n")
    assert log.read_bytes() == b"second\n"
    assert log.with_name("validate.log.1").read_bytes() == b"first\n" * 10


def test_a_small_log_stays(log: Path) -> None:
    note(log, "starting")
    assert not rotate(log, limit_bytes=1000)
    assert not rotate(log.with_name("absent.log"))


def test_only_so_many_old_files_are_kept(log: Path) -> None:
    for number in range(6):
        with open_for_part(log) as part:
            part.write(f"{number}".encode() * 30)
        rotate(log, limit_bytes=20, kept=3)
    assert sorted(path.name for path in log.parent.iterdir()) == [
        f"validate.log{end}" for end in ("", ".1", ".2", ".3")
    ]
    assert log.with_name("validate.log.1").read_text() == "5" * 30
    assert log.with_name("validate.log.3").read_text() == "3" * 30


def test_the_last_line_is_of_the_last_start(log: Path) -> None:
    note(log, "starting")
    with open_for_part(log) as part:
        part.write(b"something broke\n\n")
    assert last_line(log) == "something broke"
    note(log, "starting")
    assert last_line(log) == ""
    assert last_line(log.with_name("absent.log")) == ""


def test_of_a_structured_line_the_event_is_shown(log: Path) -> None:
    with open_for_part(log) as part:
        part.write(b'{"level": "error", "event": "stopped", "reason": "the topic was made anew"}\n')
    assert last_line(log) == "stopped: the topic was made anew"


def test_a_long_line_is_cut(log: Path) -> None:
    with open_for_part(log) as part:
        part.write(b"x" * 100_000)
    assert last_line(log) == "x" * SHOWN_CHARACTERS
