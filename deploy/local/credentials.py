"""Passwords of the database's users, made once: one file for each user, which only its owner can read.

A password is changed by deleting its file and starting the stack again: the embedded database takes what the files say.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

PASSWORD_BYTES = 32
"""256 random bits: nothing to guess, and no need to change them for their age."""


def provide(folder: Path, users: Iterable[str]) -> None:
    """Makes the folder, and a password for each user that has none. May be cut off at any point and called again."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for user in users:
        path = folder / user
        if not path.exists():
            _write(path, secrets.token_urlsafe(PASSWORD_BYTES))


def read(folder: Path, user: str) -> str:
    """Raises FileNotFoundError if the user has none."""
    return (folder / user).read_text().strip()


def _write(path: Path, password: str) -> None:
    staged = path.with_name(f".{path.name}.new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
