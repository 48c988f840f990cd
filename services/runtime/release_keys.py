"""The release key of a survey: 32 bytes from which the secret offsets of rounding are made (services.release).

    release-<hash>.key    made when the survey is published; for release alone

It must stay the same as long as the survey runs: numbers rounded under two keys tell the exact ones. It is not derived
from the survey's secret, which release must not have and which can be destroyed while releases go on.
"""

import secrets
from pathlib import Path

from services.runtime.key_files import make_folder, write_new
from services.runtime.survey_keys import survey_hash

SECRET_BYTES = 32


def path_of(folder: Path, survey: str) -> Path:
    return folder / f"release-{survey_hash(survey)}.key"


def create(folder: Path, survey: str) -> None:
    """Makes the key if there is none."""
    make_folder(folder)
    write_new(path_of(folder, survey), secrets.token_bytes(SECRET_BYTES))


def load(folder: Path, survey: str) -> bytes | None:
    """None if it is not there, or is no key: releases wait then, and nothing else."""
    try:
        found = path_of(folder, survey).read_bytes()
    except FileNotFoundError:
        return None
    return found if len(found) == SECRET_BYTES else None
