"""An accepted submission -> what may leave the validator of it. Pure; services.validate.privacy has the rules.

Only what a rule names is looked at, so a field without a privacy class cannot get out by being forgotten.
"""

from dataclasses import dataclass

from schemas.survey.consent import CONSENTING
from schemas.survey.countries import country_of
from schemas.survey.definition import Role, SurveyDefinition
from schemas.survey.subjects import subjects
from services.validate.privacy import Leaving, leaving
from services.validate.pseudonym import SurveySecrets
from services.validate.row import Row
from services.validate.straight_leaving import Answers, straight_leaving


@dataclass(frozen=True, slots=True)
class Anonymised:
    """As `Response.answers` and `Response.rows`. Nested repeats are listed flat, in the order of the form."""

    answers: Answers
    rows: dict[str, list[Answers]]


class Anonymiser:
    """One version of a survey, compiled. Safe to share between threads."""

    def __init__(self, definition: SurveyDefinition) -> None:
        repeats = sorted((g.path for g in definition.groups if g.repeat), key=len, reverse=True)
        found = leaving(definition)
        self.leaving = len(found)
        """Fields of which something leaves."""
        homes: dict[str, list[Leaving]] = {"": [], **{path: [] for path in repeats}}
        for each in found:
            homes[_home(each.path, repeats)].append(each)
        self._leave = {home: straight_leaving(fields) for home, fields in homes.items()}
        self._consent = {
            _home(field.path, repeats): field.path for field in definition.fields if field.role is Role.CONSENT
        }
        country = definition.with_role(Role.COUNTRY)
        phones = any(subject.phone and subject.country is None for subject in subjects(definition))
        self._country = country.path if country is not None and phones else None

    def consent(self, root: Row) -> bool | None:
        """Whether the submission as a whole may be used, as it was sent: True also where the form does not ask, None
        without answer."""
        asked = self._consent.get("")
        if asked is None:
            return True
        text = root.values.get(asked, "")
        return text.casefold() in CONSENTING if text else None

    def agreed(self, root: Row) -> bool:
        """The same of a submission that was judged: what was written into a question that nobody was asked, or what
        differs from what the form computes, is no consent."""
        asked = self._consent.get("")
        return asked is None or _agrees(asked, root)

    def __call__(self, root: Row, secrets: SurveySecrets) -> Anonymised:
        """`root` was accepted by the judge, which left in each row what is relevant and confirmed. A row of a repeat
        that has a consent question of its own leaves only with consent."""
        if self._country is not None:
            secrets = secrets.within(country_of(root.values.get(self._country, "")))
        rows: dict[str, list[Answers]] = {}
        self._rows(root, secrets, rows)
        return Anonymised(self._leave[""](root, secrets), rows)

    def _rows(self, row: Row, secrets: SurveySecrets, found: dict[str, list[Answers]]) -> None:
        for path, instances in row.repeats.items():
            leave, asked = self._leave[path], self._consent.get(path)
            for each in instances:
                if not each.relevant or not (asked is None or _agrees(asked, each)):
                    continue
                found.setdefault(path, []).append(leave(each, secrets))
                if each.repeats:
                    self._rows(each, secrets, found)


def _agrees(asked: str, row: Row) -> bool:
    return asked not in row.absent and row.computed.get(asked, row.values.get(asked, "")).casefold() in CONSENTING


def _home(path: str, repeats: list[str]) -> str:
    """The innermost repeat around a field. `repeats` are sorted by length, longest first."""
    return next((repeat for repeat in repeats if path.startswith(repeat + "/")), "")
