"""Dates as periods: what leaves of a date, which never leaves as it is."""

import re
from datetime import date

from schemas.survey.definition import FieldDefinition, FieldType

_DATES = (FieldType.DATE, FieldType.DATETIME)
_BIRTH = re.compile(r"(^|_|\b)(dob|birth\w*|born|naissance|naiss|nacimiento|nac)(_|\b|$)", re.IGNORECASE)
_BIRTH_CONCEPTS = ("AGE", "BIRTH_DATE", "DATE_OF_BIRTH", "DOB", "BIRTH")
_PERIODS = ("year", "quarter", "month", "week", "day")


def unit_of(field: FieldDefinition, argument: str) -> str | None:
    """The length of the period that leaves; None if none can. Of a birth it is the year, whatever the form says."""
    if field.type not in _DATES or argument not in _PERIODS:
        return None
    of_birth = (field.concept or "").upper() in _BIRTH_CONCEPTS or _BIRTH.search(field.path) is not None
    return "year" if of_birth else argument


def period_of(when: date, unit: str) -> str:
    """`2026`, `2026-Q1`, `2026-02`, `2026-W08` (ISO 8601), `2026-02-20`."""
    match unit:
        case "year":
            return f"{when.year:04d}"
        case "quarter":
            return f"{when.year:04d}-Q{(when.month + 2) // 3}"
        case "month":
            return f"{when.year:04d}-{when.month:02d}"
        case "week":
            year, week, _ = when.isocalendar()
            return f"{year:04d}-W{week:02d}"
        case _:
            return when.isoformat()
