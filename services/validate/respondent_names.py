"""Every pseudonym that the respondents of a submission can have: by which an erasure recognises it.

A response shows pseudonyms of the newest key among its answers, and an erasure knows those of its own time. Two things
can fall between: what was rejected shows no answers, and what is replayed from the quarantine may be older than the
key. Both name their respondents apart, under every key.
"""

from collections.abc import Iterator

from schemas.survey.definition import SurveyDefinition
from schemas.survey.respondents import respondent_fields
from schemas.survey.subjects import phone_countries
from services.validate.pseudonym import SurveySecrets
from services.validate.row import Row


class RespondentNames:
    """One version of a survey, compiled."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._fields = [(field.path, field.subject) for field in respondent_fields(definition)]
        self._countries = phone_countries(definition)

    def __call__(self, root: Row, secrets: SurveySecrets) -> list[str]:
        """Of all rows, relevant or not: what was sent may name somebody whether it counts or not. Sorted."""
        if not self._fields:
            return []
        said = {
            (subject, text)
            for row in _rows(root)
            for path, subject in self._fields
            if (text := row.values.get(path, "").strip())
        }
        return sorted({name for subject, text in said for name in secrets.pseudonyms(subject, text, self._countries)})


def _rows(row: Row) -> Iterator[Row]:
    yield row
    for rows in row.repeats.values():
        for each in rows:
            yield from _rows(each)
