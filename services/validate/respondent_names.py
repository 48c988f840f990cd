"""Every pseudonym that the respondents of a submission can have: by which an erasure recognises it.

A response shows pseudonyms of the newest key among its answers, and an erasure knows those of its own time. Three
things can fall between: what was rejected shows no answers, what is replayed from the quarantine may be older than the
key, and what waits in the stream while a key is rotated can be older than an erasure that only knew the one before. So
all that is rejected, replayed, or judged after a rotation names its respondents apart, under every key.
"""

from collections.abc import Iterator

from schemas.survey.definition import SurveyDefinition
from schemas.survey.respondents import Respondents, respondent_fields
from schemas.survey.subjects import phone_countries
from services.validate.anonymise import Anonymised
from services.validate.pseudonym import SurveySecrets
from services.validate.row import Row


class RespondentNames:
    """One version of a survey, compiled."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._fields = [(field.path, field.subject) for field in respondent_fields(definition)]
        self._countries = phone_countries(definition)
        self._respondents = Respondents(definition)

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

    def beside(self, left: Anonymised, root: Row, secrets: SurveySecrets) -> list[str]:
        """The same of what was accepted, and those among its answers: a number that was read with the country of the
        interview, and what the form computed. Sorted."""
        return sorted({*self(root, secrets), *self._respondents.named(left.answers, left.rows)})


def _rows(row: Row) -> Iterator[Row]:
    yield row
    for rows in row.repeats.values():
        for each in rows:
            yield from _rows(each)
