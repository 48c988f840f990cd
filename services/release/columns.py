"""How the dimensions of a table are called and labelled in what analysts read. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.survey.definition import NOT_APPLICABLE, TOTAL, UNKNOWN, SurveyDefinition

_UNFIT = re.compile(r"[^A-Za-z0-9_]")
"""Not in the name of a column: a dot is nesting to MongoDB, and a hyphen subtraction to most other tools."""

COMMON_LABELS = {TOTAL: "Total", NOT_APPLICABLE: "Not applicable", UNKNOWN: "Unknown"}
"""As SDMX has them for its common codes."""


@dataclass(frozen=True)
class Column:
    """`name` is the SDMX concept where the form gives one, else the question's name. `labels` by code."""

    name: str
    path: str
    concept: str
    label: str
    labels: dict[str, str] = field(default_factory=dict)

    def label_of(self, code: str) -> str:
        """A code without a label speaks for itself: Y15T24."""
        return self.labels.get(code) or COMMON_LABELS.get(code, code)


def columns(survey: SurveyDefinition, dimensions: Sequence[str]) -> list[Column]:
    """One for each dimension of a table, each with a name of its own."""
    concepts = [(found.concept if (found := survey.field(path)) else None) or "" for path in dimensions]
    plain = [
        _UNFIT.sub("_", concept or path.rpartition("/")[2]) for concept, path in zip(concepts, dimensions, strict=True)
    ]
    often = Counter(plain)
    return [
        _column(survey, path, concept, name if often[name] == 1 else _UNFIT.sub("_", path))
        for path, concept, name in zip(dimensions, concepts, plain, strict=True)
    ]


def in_language(survey: SurveyDefinition, labels: dict[str, str]) -> str:
    """In the survey's default language, else in the first that is there."""
    return labels.get(survey.default_language) or next(iter(labels.values()), "")


def _column(survey: SurveyDefinition, path: str, concept: str, name: str) -> Column:
    found = survey.field(path)
    if found is None:
        return Column(name, path, concept, "")
    choices = survey.choice_lists.get(found.choices or "", [])
    labels = {choice.name: in_language(survey, choice.labels) for choice in choices}
    return Column(name, path, concept, in_language(survey, found.labels), labels)
