"""Dates as periods: what leaves of a date, which never leaves as it is."""

import re
from datetime import date

from schemas.survey.definition import FieldDefinition, FieldType

_DATES = (FieldType.DATE, FieldType.DATETIME)
_BIRTH = re.compile(r"(^|_|\b)(dob|birth\w*|born|naissance|naiss|nacimiento|nac)(_|\b|$)", re.IGNORECASE)
_BIRTH_CONCEPTS = ("AGE", "BIRTH_DATE", "DATE_OF_BIRTH", "DOB", "BIRTH")
_BIRTH_LABEL = re.compile(
    r"\b(birth|birthday|birthdate|born|naissance|né|née|nacimiento|nació|geburt\w*|geboren|nascimento|nascita|nato|nata"
    r"|lahir|kelahiran|kapanganakan|ipinanganak|kuzaliwa|doğum|sinh)\b"
    r"|рожд|народжен|জন্ম|जन्म|ميلاد|الولادة|تولد|پیدائش|பிறந்த|උපන්|เกิด|出生|မွေး|កំណើត|ልደት|ወለደ",
    re.IGNORECASE,
)
"""What a question about a birth says, in the languages of the surveys that Rihla was made for and some more."""
_PERIODS = ("year", "quarter", "month", "week", "day")


def is_of_birth(field: FieldDefinition) -> bool:
    """Whether a field tells when somebody was born, by its concept, its name or what it asks. A wrong yes costs months;
    a wrong no tells a birthday."""
    if (field.concept or "").upper() in _BIRTH_CONCEPTS or _BIRTH.search(field.path) is not None:
        return True
    return any(_BIRTH_LABEL.search(label) for label in field.labels.values())


def unit_of(field: FieldDefinition, argument: str, of_birth: bool = False) -> str | None:
    """The length of the period that leaves; None if none can. Of a birth it is the year, whatever the form says.
    `of_birth`: the field is computed from one."""
    if field.type not in _DATES or argument not in _PERIODS:
        return None
    return "year" if of_birth or is_of_birth(field) else argument


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
