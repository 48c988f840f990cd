"""An accepted submission -> what may leave the validator of it. Pure; services.validate.privacy has the rules.

Only what a rule names is looked at, so a field without a privacy class cannot get out by being forgotten.
"""

from dataclasses import dataclass

from schemas.events import Answer
from schemas.survey.consent import CONSENTING
from schemas.survey.definition import NOT_APPLICABLE, UNKNOWN, Role, SurveyDefinition
from services.validate.instance import Row
from services.validate.privacy import Leaving, leaving
from services.validate.pseudonym import SurveySecrets
from services.validate.relevance import NO

Answers = dict[str, Answer]


@dataclass(frozen=True, slots=True)
class Anonymised:
    """As `Response.answers` and `Response.rows`. Nested repeats are listed flat, in the order of the form."""

    answers: Answers
    rows: dict[str, list[Answers]]


class Anonymiser:
    """One version of a survey, compiled. Safe to share between threads."""

    def __init__(self, definition: SurveyDefinition) -> None:
        repeats = sorted((g.path for g in definition.groups if g.repeat), key=len, reverse=True)
        self._fields: dict[str, list[Leaving]] = {"": [], **{path: [] for path in repeats}}
        for field in leaving(definition):
            self._fields[_home(field.path, repeats)].append(field)
        self._consent = {
            _home(field.path, repeats): field.path for field in definition.fields if field.role is Role.CONSENT
        }

    def consent(self, root: Row) -> bool | None:
        """Whether the submission as a whole may be used: True also where the form does not ask, None without answer."""
        asked = self._consent.get("")
        if asked is None:
            return True
        text = root.values.get(asked, "")
        return text.casefold() in CONSENTING if text else None

    def __call__(self, root: Row, secrets: SurveySecrets) -> Anonymised:
        """`root` was accepted by the judge, which left the relevance of each field in it. A row of a repeat that has a
        consent question of its own leaves only with consent."""
        rows: dict[str, list[Answers]] = {}
        self._rows(root, secrets, rows)
        return Anonymised(_leave(self._fields[""], root, secrets), rows)

    def _rows(self, row: Row, secrets: SurveySecrets, found: dict[str, list[Answers]]) -> None:
        for path, instances in row.repeats.items():
            fields = self._fields[path]
            for each in instances:
                if each.relevance.get(path, NO) == NO or not self._agrees(path, each):
                    continue
                found.setdefault(path, []).append(_leave(fields, each, secrets))
                self._rows(each, secrets, found)

    def _agrees(self, home: str, row: Row) -> bool:
        asked = self._consent.get(home)
        return asked is None or row.values.get(asked, "").casefold() in CONSENTING


def _leave(fields: list[Leaving], row: Row, secrets: SurveySecrets) -> Answers:
    answers: Answers = {}
    values, relevance = row.values, row.relevance
    for field in fields:
        path = field.path
        # A node that is missing without a relevant of its own is irrelevant to the judge.
        text = values.get(path, "")
        if relevance.get(path, NO) == NO:
            if field.categorical:
                answers[path] = NOT_APPLICABLE
            continue
        usable = text and (not field.confirmed_only or path in row.confirmed)
        answer = field.action(text, secrets) if usable else None
        if answer is not None:
            answers[path] = answer
        elif field.categorical:
            answers[path] = UNKNOWN
    return answers


def _home(path: str, repeats: list[str]) -> str:
    """The innermost repeat around a field. `repeats` are sorted by length, longest first."""
    return next((repeat for repeat in repeats if path.startswith(repeat + "/")), "")
