"""The folder of files beside a form, as Collect knows it: `media`, or the name of the form and `-media`."""

from collections.abc import Iterable
from pathlib import Path

from schemas.survey.finding import SurveyError

MAX_MEDIA_BYTES = 8 * 1024 * 1024 - 1024
"""Of one file: it is one record on the topic `surveys`, whose records have 8 MB with their key."""


def folder_of(form: Path) -> Path | None:
    """The folder of a form's files if there is one: `NAME-media` before `media`, which several forms may share."""
    for folder in (form.with_name(f"{form.stem}-media"), form.with_name("media")):
        if folder.is_dir():
            return folder
    return None


def read_folder(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The files of a folder that the form names. Raises SurveyError for one that is too large or cannot be read."""
    files = {}
    for name in names:
        file = folder / name
        try:
            if not file.is_file():
                continue
            if file.stat().st_size > MAX_MEDIA_BYTES:
                raise SurveyError("SUR-065", f"{file.name} is larger than 8 MB. Make it smaller, or split the list.")
            files[name] = file.read_bytes()
        except OSError as fault:
            raise SurveyError("SUR-066", f"{file.name} cannot be read: {fault.strerror}.") from fault
    return files
