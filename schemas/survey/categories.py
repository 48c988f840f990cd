"""Which fields are categorical once generalised, and the codes they can take: dimensions of tables come from here."""

from schemas.survey.bands import bounds_of, codes_of
from schemas.survey.definition import FieldDefinition, FieldType, PrivacyKind, SurveyDefinition

_CLASSED = (PrivacyKind.BAND, PrivacyKind.PERIOD, PrivacyKind.PREFIX, PrivacyKind.REGION)


def is_categorical(field: FieldDefinition) -> bool:
    """True for a kept choice question and for any field whose class makes categories of it. Such a field always has a
    code in a response: `_N` or `_U` where it has no answer. So does a kept text that the form calculates."""
    if field.privacy.kind is PrivacyKind.KEEP:
        calculated = field.type is FieldType.STRING and field.calculate is not None
        return calculated or field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE)
    return field.privacy.kind in _CLASSED


def codes(definition: SurveyDefinition, field: FieldDefinition) -> list[str] | None:
    """The codes that a categorical field can take besides `_N` and `_U`; None where the form does not list them."""
    if field.privacy.kind is PrivacyKind.BAND:
        return codes_of(bounds_of(field.privacy.argument))
    if field.is_choice and field.privacy.kind is PrivacyKind.KEEP and not field.external and field.choices is not None:
        return [choice.name for choice in definition.choice_lists.get(field.choices, [])]
    return None
