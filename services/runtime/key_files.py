"""How a key file is written, read and unmade.

A file is its owner's alone (0600), is written whole or not at all, and is never written over: two processes may start
at once, and a key that is replaced is a key that is lost.
"""

import os
import secrets
from pathlib import Path

from services.runtime.faults import OperatorStop

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077
"""Permissions of group and world."""


def make_folder(folder: Path) -> None:
    """Makes it for its owner alone. Raises `OperatorStop` if it is there and open to others."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & OTHERS:
        raise OperatorStop(
            f"{folder} is open to other users of this machine. Make it yours alone: chmod 700 {folder}; and if others "
            "may have read the keys in it, take them for known."
        )


def open_to_others(folder: Path) -> list[Path]:
    """The folder and the files in it that more than their owner can read."""
    found = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
    return [path for path in found if path.stat().st_mode & OTHERS]


def read(path: Path, complaint: str) -> bytes:
    """Raises `OperatorStop`, which begins with the complaint, if there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise OperatorStop(f"{complaint}: {path.name} in {path.parent}. Restore it from the backup of keys.") from None


def write_new(path: Path, data: bytes) -> None:
    """Leaves a file of that name as it is."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
        _sync(path.parent)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def unmake(path: Path) -> None:
    """Writes over the bytes, then takes the file away. A file that is not there is none to unmake.

    On a magnetic disk this is the end of the bytes. A flash disk, a file system that copies on write and a snapshot
    write elsewhere and keep the old block for a while: there only an encrypted disk or the wiping of the whole one
    ends them (NIST SP 800-88). Nor does it reach backups.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(secrets.token_bytes(max(1, path.stat().st_size)))
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """A file that is new or gone is so after a power failure too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
