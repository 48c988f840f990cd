"""What each field that leaves the validator is to an intruder: a key, something sensitive, or neither. Pure.

A key (quasi-identifier) is what others can know of a person without this survey: neighbours, employers, officials. The
form does not say which fields these are; they are told by role, concept, class and name, and every guess says why.
Whoever knows better names them: what is named goes before what is guessed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from schemas.survey.categories import codes, is_categorical
from schemas.survey.definition import FieldDefinition, FieldType, PrivacyKind, Role, SurveyDefinition
from schemas.survey.repeats import repeat_of


class Part(StrEnum):
    KEY = "key"
    SENSITIVE = "sensitive"
    FIGURE = "figure"
    """A number that is sensitive like an answer; diversity of numbers says nothing, so it is not measured."""
    TECHNICAL = "technical"
    """Weight, consent, pseudonyms: nobody outside can know them."""


@dataclass(frozen=True, slots=True)
class RiskField:
    """`codes` are those that the form lists, None where it lists none. `special`: a special category of data (GDPR,
    article 9) or a danger to who is named, as far as the field's name or concept tells."""

    path: str
    unit: str
    part: Part
    why: str
    codes: tuple[str, ...] | None
    special: bool


_KEY_ROLES = (Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY)
_KEY_CLASSES = (PrivacyKind.BAND, PrivacyKind.REGION, PrivacyKind.PREFIX, PrivacyKind.PERIOD)
_KEY_WORDS = re.compile(
    r"(?<![a-z])(sex|gender|age|birth|born|citizen|nation|marital|civil|educat|occ(?![a-z])|occup|profession|position|"
    r"relig|ethni|tribe|caste|language|disab|country|region|province|district|area|urban|municip|commune|village|"
    r"children|hh_?size|household_?size|origin|destination|institution|employer)"
)
_SPECIAL_WORDS = re.compile(
    r"(?<![a-z])(disab|health|ill(?![a-z])|illness|hiv|pregnan|injur|relig|ethni|tribe|caste|politic|opinion|union|"
    r"sexual|orientation|crim|convict|arrest|detain|detention|irregular|undocument|forced|traffick|abus|violen|"
    r"retained|withheld|discriminat)"
)


def risk_fields(
    definition: SurveyDefinition,
    leaving: Collection[str],
    keys: Collection[str] = (),
    sensitive: Collection[str] = (),
) -> list[RiskField]:
    """The fields of which something leaves, in the order of the form. `leaving` are their paths, as the validator has
    them; `keys` and `sensitive` are named by somebody who knows the field work."""
    found = []
    for field in definition.fields:
        if field.path not in leaving:
            continue
        part, why = _part(field, keys, sensitive)
        listed = codes(definition, field)
        found.append(
            RiskField(
                field.path,
                repeat_of(field.path, definition.groups) or "",
                part,
                why,
                tuple(listed) if listed else None,
                _SPECIAL_WORDS.search(_words(field)) is not None,
            )
        )
    return found


def _part(field: FieldDefinition, keys: Collection[str], sensitive: Collection[str]) -> tuple[Part, str]:
    answer = Part.SENSITIVE if is_categorical(field) else Part.FIGURE
    if field.path in keys:
        return Part.KEY, "named"
    if field.path in sensitive:
        return answer, "named"
    if field.privacy.kind is PrivacyKind.PSEUDONYM:
        return Part.TECHNICAL, "pseudonym"
    if field.role in (Role.CONSENT, Role.WEIGHT, Role.ENUMERATOR):
        return Part.TECHNICAL, f"role {field.role.value}"
    if field.role in _KEY_ROLES:
        return Part.KEY, f"role {field.role.value}"
    if field.type is FieldType.SELECT_MULTIPLE:
        return answer, "an answer"
    if _KEY_WORDS.search((field.concept or "").lower()):
        return Part.KEY, f"concept {field.concept}"
    if is_categorical(field) and _KEY_WORDS.search(_words(field)):
        return Part.KEY, "its name"
    if field.privacy.kind in _KEY_CLASSES:
        return Part.KEY, f"class {field.privacy.kind.value}"
    return answer, "an answer"


def _words(field: FieldDefinition) -> str:
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", field.path.rpartition("/")[2])
    return f"{name} {field.concept or ''}".lower()
