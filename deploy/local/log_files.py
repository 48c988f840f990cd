"""The parts' logs: data/logs/<part>.log and older ones as .1, .2, .3.

A part writes into its file itself, so it goes on writing when the supervisor is gone. A file that has grown too large
is copied and then emptied in place, because the part keeps it open; as it is open for appending, the part writes on at
the new end. A line written between copy and emptying is lost: a few microseconds every ten megabytes.
"""

import json
import os
import shutil
from pathlib import Path
from typing import IO

LIMIT_BYTES = 10 * 1024 * 1024
KEPT = 3
"""Older files of each part: 40 MB a part at most."""

OWN_MARK = "rihla: "
"""How lines begin that the supervisor wrote."""

TAIL_BYTES = 16 * 1024
SHOWN_CHARACTERS = 300
"""Of a last line: two lines of a terminal."""


def open_for_part(path: Path) -> IO[bytes]:
    """A part's standard output and error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab", buffering=0)


def note(path: Path, text: str) -> None:
    """Adds a line of the supervisor's."""
    with open_for_part(path) as file:
        file.write(f"{OWN_MARK}{text}\n".encode())


def rotate(path: Path, limit_bytes: int = LIMIT_BYTES, kept: int = KEPT) -> bool:
    """Moves the content on if the file is too large. Returns whether it was."""
    if not path.exists() or path.stat().st_size <= limit_bytes:
        return False
    for age in range(kept, 1, -1):
        older = _aged(path, age - 1)
        if older.exists():
            older.replace(_aged(path, age))
    shutil.copyfile(path, _aged(path, 1))
    os.truncate(path, 0)
    return True


def _aged(path: Path, age: int) -> Path:
    return path.with_name(f"{path.name}.{age}")


def last_line(path: Path) -> str:
    """What a part said last since its last start, short enough to show; empty if it said nothing.

    Of a JSON line its event and error are shown.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    for line in reversed(lines):
        if line.startswith(OWN_MARK):
            return ""
        if line.strip():
            return _readable(line.strip())[:SHOWN_CHARACTERS]
    return ""


def _readable(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or "event" not in entry:
        return line
    words = [entry["event"], *(entry[key] for key in ("reason", "error", "fault") if key in entry)]
    return ": ".join(str(word) for word in words)
