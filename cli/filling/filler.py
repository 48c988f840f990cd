"""Fills a form as a person with a phone does: each question that is relevant gets an answer that its rules allow, or
none where it may be empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

from cli.filling.answers import Filled
from cli.filling.attempt import Attempt, Stuck
from cli.filling.form_rules import FormRules
from cli.filling.habits import Habits
from schemas.survey.definition import SurveyDefinition

ATTEMPTS = 6
"""How often a form is begun anew where one cannot be brought to its end."""


@dataclass(frozen=True)
class Unfilled:
    """`questions` has a sentence for each question that stood in the way, by its path."""

    questions: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join(self.questions.values())


class Filler:
    """Of one version. Raises NoForm. Not for two threads at a time."""

    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes] | None = None) -> None:
        self._rules = FormRules(definition, files or {})

    def fill(self, random: Random, now: datetime, habits: Habits = Habits()) -> Filled | Unfilled:  # noqa: B008 frozen
        """The same for the same arguments. `now` (aware) is when the form is finished."""
        stuck: dict[str, str] = {}
        for _ in range(ATTEMPTS):
            found = Attempt(self._rules, random, now, habits).run()
            if not isinstance(found, Stuck):
                return found
            stuck.update(found.questions)
        if len(stuck) > 1:
            stuck.pop("", None)
        return Unfilled(stuck)
