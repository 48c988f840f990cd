"""Whom the pseudonyms of a survey stand for: `pseudonym:<subject>`, and `pseudonym:<subject>:phone[:<country>]` where
the answer is a phone number. A subject that is itself named phone is one too."""

from dataclasses import dataclass

from schemas.survey.countries import COUNTRIES, country_of
from schemas.survey.definition import FieldDefinition, PrivacyKind, Role, SurveyDefinition

PHONE = "phone"
USUAL = "subject"
"""The subject of a class that names none."""


@dataclass(frozen=True, slots=True)
class PseudonymSubject:
    """`country` is that of national numbers, ISO 3166-1 alpha-2; None is that of the submission."""

    name: str
    phone: bool = False
    country: str | None = None


def subject_of(argument: str) -> PseudonymSubject | None:
    """What stands behind `pseudonym:`, or None if it is not written so."""
    name, *more = argument.split(":")
    if not name or len(more) > 2 or (more and more[0] != PHONE):
        return None
    country = more[1].upper() if len(more) > 1 else None
    if country is not None and country not in COUNTRIES:
        return None
    return PseudonymSubject(name, phone=bool(more) or name == PHONE, country=country)


def subjects(definition: SurveyDefinition) -> list[PseudonymSubject]:
    """Of each field with a pseudonym, in the order of the form."""
    fields = [field for field in definition.fields if field.privacy.kind is PrivacyKind.PSEUDONYM]
    return [subject_of(field.privacy.argument) or PseudonymSubject(field.privacy.argument or USUAL) for field in fields]


def phone_countries(definition: SurveyDefinition) -> frozenset[str]:
    """Every country that a national number in this survey can be read with, as far as the form says it (alpha-2)."""
    phones = [each for each in subjects(definition) if each.phone]
    named = {each.country for each in phones if each.country is not None}
    if any(each.country is None for each in phones):
        named |= answered_countries(definition.with_role(Role.COUNTRY), definition)
    return frozenset(named)


def answered_countries(field: FieldDefinition | None, definition: SurveyDefinition) -> frozenset[str]:
    """The countries among the choices of a question (alpha-2)."""
    choices = definition.choice_lists.get(field.choices, []) if field is not None and field.choices else []
    found = [country_of(choice.name) for choice in choices]
    return frozenset(country for country in found if country is not None)
