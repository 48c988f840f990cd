"""What is looked at before anything starts, so that it can be said in one sentence."""

import shutil
import tempfile
from pathlib import Path

from deploy.local.failure import Failure

MIB = 1024 * 1024

FIRST_START_BYTES = 1024 * MIB
"""Kafka's first segments and indexes, the database's journal, logs, and an hour of fieldwork."""

LATER_START_BYTES = 200 * MIB
"""Below this, Kafka and the database would stop within minutes, in ways that say less than this check."""


def writable_folder(folder: Path) -> Path:
    """The folder's real path; it is made if it is not there. Raises `Failure` if nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Failure(
            f"The folder {folder} cannot be written to ({error.strerror}): name another one with --data, or make it "
            "yours."
        ) from error
    return folder.resolve()


def enough_space(folder: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise Failure(
            f"The disk of {folder} has {free // MIB} MB free and Rihla needs {needed_bytes // MIB} MB: make room, or "
            "name a folder on another disk with --data."
        )
