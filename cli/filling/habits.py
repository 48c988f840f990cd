"""How somebody answers."""

from dataclasses import dataclass

from cli.filling.question import Question
from schemas.survey.definition import FieldType

FILES_LEFT_OUT = 0.9
"""Share of the optional photos and recordings that are not taken: simulated phones send no files."""


@dataclass(frozen=True)
class Habits:
    """`blanks` is the share of optional questions that are left empty. `consents` answers the question for consent; it
    is answered as any other if None."""

    blanks: float = 0.15
    consents: bool | None = True

    def blanks_of(self, question: Question) -> float:
        if question.is_guarded:
            return 1.0
        return max(self.blanks, FILES_LEFT_OUT) if question.field.type is FieldType.BINARY else self.blanks
