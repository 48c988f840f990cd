"""What reading a survey file has to say to its designer: errors stop publication, warnings and notes do not."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """`code` is stable (SUR-...); `message` names the place (sheet, row, path) and says what to write instead."""

    severity: Severity
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


def error(code: str, message: str) -> Finding:
    return Finding(Severity.ERROR, code, message)


def warning(code: str, message: str) -> Finding:
    return Finding(Severity.WARNING, code, message)


def note(code: str, message: str) -> Finding:
    return Finding(Severity.NOTE, code, message)


class SurveyError(Exception):
    """A survey file that cannot be read further. Caught where the file is compiled, and becomes its finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.finding = error(code, message)
