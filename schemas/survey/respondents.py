"""Which answers of a survey say who its respondents are: what `rihla erase --respondent` can find them by.

Every field of the class `pseudonym:<subject>` but those of staff: the enumerator's by role, or by the subject's name
where a form has no roles. A field that is a PSU or a stratum names a place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.events import Answer
from schemas.survey.definition import FieldDefinition, PrivacyKind, Role, SurveyDefinition
from schemas.survey.subjects import USUAL, subject_of

STAFF = frozenset({"enumerator", "interviewer", "supervisor", "device", "collector"})
"""Subjects that are no respondents, whatever the role of their field."""

NOT_PEOPLE = frozenset({Role.ENUMERATOR, Role.PSU, Role.STRATUM})


@dataclass(frozen=True, slots=True)
class RespondentField:
    """`repeat` is the innermost repeat around it, or ""."""

    path: str
    subject: str
    repeat: str


def respondent_fields(survey: SurveyDefinition) -> tuple[RespondentField, ...]:
    repeats = sorted((group.path for group in survey.groups if group.repeat), key=len, reverse=True)
    return tuple(
        RespondentField(field.path, _subject(field), _home(field.path, repeats))
        for field in survey.fields
        if _names_respondents(field)
    )


def respondent_subjects(versions: Iterable[SurveyDefinition]) -> list[str]:
    """The subjects of all versions of a survey, sorted."""
    return sorted({field.subject for version in versions for field in respondent_fields(version)})


class Respondents:
    """One version of a survey, compiled."""

    def __init__(self, survey: SurveyDefinition) -> None:
        fields = respondent_fields(survey)
        self._paths = tuple(field.path for field in fields if not field.repeat)
        self._in_rows = tuple((field.repeat, field.path) for field in fields if field.repeat)

    def named(self, answers: Mapping[str, Answer], rows: Mapping[str, list[dict[str, Answer]]]) -> tuple[str, ...]:
        """The pseudonyms in the answers of a response, sorted, each once."""
        if not self._paths and not self._in_rows:
            return ()
        found = {answers.get(path) for path in self._paths}
        found.update(row.get(path) for repeat, path in self._in_rows for row in rows.get(repeat, ()))
        return tuple(sorted(text for text in found if isinstance(text, str) and not text.startswith("_")))


def _names_respondents(field: FieldDefinition) -> bool:
    return field.privacy.kind is PrivacyKind.PSEUDONYM and field.role not in NOT_PEOPLE and _subject(field) not in STAFF


def _subject(field: FieldDefinition) -> str:
    subject = subject_of(field.privacy.argument.strip())
    return field.privacy.argument.strip() or USUAL if subject is None else subject.name


def _home(path: str, repeats: list[str]) -> str:
    return next((repeat for repeat in repeats if path.startswith(repeat + "/")), "")
