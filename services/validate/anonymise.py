"""An accepted submission -> what may leave the validator of it. Pure; services.validate.privacy has the rules.

Only what a rule names is looked at, so a field without a privacy class cannot get out by being forgotten.
"""

from dataclasses import dataclass

from schemas.events import Answer
from schemas.survey.consent import CONSENTING
from schemas.survey.definition import NOT_APPLICABLE, UNKNOWN, Role, SurveyDefinition
from services.validate.privacy import Action, leaving
from services.validate.pseudonym import SurveySecrets
from services.validate.row import Row

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
        self._fields: dict[str, list[_Way]] = {"": [], **{path: [] for path in repeats}}
        for field in leaving(definition):
            way = (field.path, field.categorical, field.action, field.confirmed_only)
            self._fields[_home(field.path, repeats)].append(way)
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
        """`root` was accepted by the judge, which left in each row what is relevant and confirmed. A row of a repeat
        that has a consent question of its own leaves only with consent."""
        rows: dict[str, list[Answers]] = {}
        self._rows(root, secrets, rows)
        return Anonymised(_leave(self._fields[""], root, secrets), rows)

    def _rows(self, row: Row, secrets: SurveySecrets, found: dict[str, list[Answers]]) -> None:
        for path, instances in row.repeats.items():
            fields = self._fields[path]
            for each in instances:
                if not each.relevant or not self._agrees(path, each):
                    continue
                found.setdefault(path, []).append(_leave(fields, each, secrets))
                self._rows(each, secrets, found)

    def _agrees(self, home: str, row: Row) -> bool:
        asked = self._consent.get(home)
        return asked is None or row.values.get(asked, "").casefold() in CONSENTING


_Way = tuple[str, bool, Action | None, bool]
"""A `Leaving`, unpacked: path, categorical, action, confirmed_only."""


def _leave(fields: list[_Way], row: Row, secrets: SurveySecrets) -> Answers:
    answers: Answers = {}
    values, absent, confirmed = row.values, row.absent, row.confirmed
    for path, categorical, action, confirmed_only in fields:
        if path in absent:
            if categorical:
                answers[path] = NOT_APPLICABLE
            continue
        text = values.get(path)
        if confirmed_only:
            # What was sent can be anything that counts as the same: what leaves is what we have computed.
            text = row.computed[path] if path in confirmed else ""
        if text:
            answer = text if action is None else action(text, secrets)
            if answer is not None and answer != "":
                answers[path] = answer
                continue
        if categorical:
            answers[path] = UNKNOWN
    return answers


def _home(path: str, repeats: list[str]) -> str:
    """The innermost repeat around a field. `repeats` are sorted by length, longest first."""
    return next((repeat for repeat in repeats if path.startswith(repeat + "/")), "")
