"""The keys of one survey: its secret, its pseudonym keys, and the mark that says they were destroyed.

    survey-<hash>.key             32 bytes: fingerprints, record keys and pseudonyms of version 1
    pseudonym-<hash>-<n>.key      32 bytes: pseudonyms of version n, from 2 on; made by a rotation
    survey-<hash>.destroyed       the survey's name: its keys were destroyed, and none is made again

The secret never changes, because an edit or a repetition is recognised by it. Old pseudonym keys stay, so that a
respondent who asks for it is found under every version.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.runtime.faults import OperatorStop
from services.runtime.key_files import make_folder, read, unmake, write_new

SECRET_BYTES = 32
_PSEUDONYM = re.compile(r"pseudonym-[0-9a-f]{16}-([1-9]\d{0,5})\.key")


@dataclass(frozen=True, slots=True)
class SurveyKeys:
    """`pseudonyms` by version, without version 1, which is derived from the secret."""

    secret: bytes = field(repr=False)
    pseudonyms: Mapping[int, bytes] = field(default_factory=dict, repr=False)


def survey_hash(survey: str) -> str:
    """Stands for the name in file names, because "Survey" and "survey" are one file on some disks."""
    return hashlib.sha256(survey.encode()).hexdigest()[:16]


def secret_path(folder: Path, survey: str) -> Path:
    return folder / f"survey-{survey_hash(survey)}.key"


def mark_path(folder: Path, survey: str) -> Path:
    return folder / f"survey-{survey_hash(survey)}.destroyed"


def create(folder: Path, survey: str) -> None:
    """Makes the secret of a survey if it has none. Raises `OperatorStop` if it had one that was destroyed."""
    make_folder(folder)
    if is_destroyed(folder, survey):
        raise OperatorStop(
            f"The key of survey {survey} was destroyed, so nothing more can be counted in it. Publish the form under "
            "another name."
        )
    write_new(secret_path(folder, survey), secrets.token_bytes(SECRET_BYTES))


def load(folder: Path, survey: str) -> SurveyKeys | None:
    """None if they were destroyed. Raises `OperatorStop` if the secret is missing otherwise: another one would count
    every retry twice, so none is ever made up here."""
    if is_destroyed(folder, survey):
        return None
    secret = read(secret_path(folder, survey), f"The key of survey {survey} is missing")
    return SurveyKeys(secret, {number: path.read_bytes() for number, path in pseudonym_paths(folder, survey).items()})


def is_destroyed(folder: Path, survey: str) -> bool:
    return mark_path(folder, survey).exists()


def pseudonym_paths(folder: Path, survey: str) -> dict[int, Path]:
    """The key files of a survey's pseudonyms by version, without version 1."""
    found = {}
    for path in folder.glob(f"pseudonym-{survey_hash(survey)}-*.key"):
        match = _PSEUDONYM.fullmatch(path.name)
        if match is not None:
            found[int(match[1])] = path
    return dict(sorted(found.items()))


def rotate_pseudonyms(folder: Path, survey: str) -> int:
    """Makes the key of the next version and returns its number. Raises `OperatorStop` if the survey has no keys."""
    keys = load(folder, survey)
    if keys is None:
        raise OperatorStop(f"The key of survey {survey} was destroyed: there is nothing to rotate.")
    number = max(keys.pseudonyms, default=1) + 1
    write_new(folder / f"pseudonym-{survey_hash(survey)}-{number}.key", secrets.token_bytes(SECRET_BYTES))
    return number


def destroy(folder: Path, survey: str) -> list[str]:
    """Ends the keys of a survey for ever; returns the names of the files that are gone. The mark comes first: after a
    crash in between the survey is destroyed, and calling again takes away the rest."""
    write_new(mark_path(folder, survey), f"{survey}\n".encode())
    files = [path for path in (secret_path(folder, survey), *pseudonym_paths(folder, survey).values()) if path.exists()]
    for path in files:
        unmake(path)
    return [path.name for path in files]
