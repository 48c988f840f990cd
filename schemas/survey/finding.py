"""What reading a survey file has to say to its designer: errors stop publication, warnings and notes do not."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Subject:
    """What a finding is about, before anyone has looked where it stands in the workbook.

    On the sheet `survey` it is the field or group at the path `of` ("" is the whole sheet); on `tables`, `indicators`
    and `settings` the row of that name. `column` is one of the names in `schemas.survey.places.COLUMNS`, or a header.
    """

    sheet: str
    of: str = ""
    column: str = ""

    def __str__(self) -> str:
        kind = {"survey": "", "tables": "table ", "indicators": "indicator "}.get(self.sheet, f"{self.sheet} ")
        name = f"{kind}{self.of}".strip() or self.sheet
        return f"{name} ({self.column})" if self.column else name


@dataclass(frozen=True)
class Finding:
    """`code` is stable (SUR-...); `message` says what to write instead; `place` is where: `survey!G12 (constraint)`."""

    severity: Severity
    code: str
    message: str
    at: Subject | None = None
    place: str = ""

    def __str__(self) -> str:
        place = self.place or (str(self.at) if self.at is not None else "")
        if self.at is not None and self.at.of and self.at.of not in place:
            place += f", {self.at.of}"
        return f"{place}: {self.message} ({self.code})" if place else f"{self.message} ({self.code})"


def error(code: str, message: str, at: Subject | None = None, place: str = "") -> Finding:
    return Finding(Severity.ERROR, code, message, at, place)


def warning(code: str, message: str, at: Subject | None = None, place: str = "") -> Finding:
    return Finding(Severity.WARNING, code, message, at, place)


def note(code: str, message: str, at: Subject | None = None, place: str = "") -> Finding:
    return Finding(Severity.NOTE, code, message, at, place)


class SurveyError(Exception):
    """A survey file that cannot be read further. Caught where the file is compiled, and becomes its finding."""

    def __init__(self, code: str, message: str, at: Subject | None = None, place: str = "") -> None:
        super().__init__(message)
        self.finding = error(code, message, at, place)
