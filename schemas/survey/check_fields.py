"""Findings about fields: what is dropped, what cannot leave as it is, and roles."""

import re
from collections.abc import Iterable, Iterator

from schemas.survey.consent import CONSENTING
from schemas.survey.definition import FieldDefinition, FieldType, PrivacyKind, Role, SurveyDefinition
from schemas.survey.finding import Finding, Subject, error, note, warning
from schemas.survey.numbers_of_text import numbers_of_text
from schemas.survey.parents import Parents
from schemas.survey.privacy import misuse
from schemas.survey.repeats import repeat_of
from schemas.survey.subjects import answered_countries, subject_of
from schemas.survey.withheld import made_of_less, made_of_withheld

_SHOWN = 8
"""Paths in one message; the table of fields has them all."""
_PHONE = re.compile(r"(^|_)(phone|mobile|msisdn|tel|telephone|cell|whatsapp)(_|\d|$)", re.IGNORECASE)
_PRIVACY = Subject("survey", column="privacy")
_NUMBERS = (FieldType.INT, FieldType.DECIMAL)
_TELLING = (PrivacyKind.KEEP, PrivacyKind.ROUND, PrivacyKind.REGION)
_MUST_LEAVE = (Role.WEIGHT, Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY)
"""Roles without which the statistics cannot be computed: what the validator drops never reaches them."""


def check_fields(definition: SurveyDefinition, unclassified: Iterable[str]) -> list[Finding]:
    findings = []
    missing = sorted(unclassified)
    if missing and len(missing) == len(definition.fields):
        findings.append(
            warning(
                "SUR-073",
                "no field has a privacy class: only the number of submissions will be counted. Add the column "
                "bind::rihla:privacy, or use --keep-choices to keep all choice questions.",
                _PRIVACY,
            )
        )
    elif missing:
        findings.append(
            note(
                "SUR-074",
                f"dropped, because they have no privacy class: {_listed(missing)}. Write drop if that is meant.",
                _PRIVACY,
            )
        )
    for field in definition.fields:
        wrong = misuse(field)
        if wrong:
            findings.append(error("SUR-032", wrong, Subject("survey", field.path, "privacy")))
    findings.extend(_phones(definition))
    findings.extend(_regions(definition))
    findings.extend(
        warning(
            "SUR-075",
            "its answers are not compared with a list, as on phones, so no code of it leaves. Instead of search(), "
            "select_one_external or another data type, use a list with a choice_filter or select_one_from_file.",
            Subject("survey", field.path, "choices"),
        )
        for field in definition.fields
        if field.external
    )
    findings.extend(_computed(definition))
    return findings


def _computed(definition: SurveyDefinition) -> Iterator[Finding]:
    """What is computed from answers of which less leaves, or nothing."""
    of_text, withheld, of_less = numbers_of_text(definition), made_of_withheld(definition), made_of_less(definition)
    for field in definition.fields:
        kind = field.privacy.kind
        place = Subject("survey", field.path, "privacy")
        if field.path in of_text and kind in (PrivacyKind.KEEP, PrivacyKind.ROUND):
            yield warning(
                "SUR-079",
                "this number is read out of the answer to a text question, so nothing of it leaves. Ask for a number, "
                "or write drop here.",
                place,
            )
        elif field.path in withheld and (kind in _TELLING or (kind is PrivacyKind.PREFIX and field.is_choice)):
            yield warning(
                "SUR-079",
                "this is computed from the answer to a question of which nothing may leave (drop, pseudonym or no "
                "class), so nothing of it leaves. Give that question a class, group its answers by if() or selected(), "
                "use band here, or write drop.",
                place,
            )
        elif field.path in of_less and kind is PrivacyKind.KEEP:
            yield warning(
                "SUR-079",
                "this is computed from the answer to a question of which only a part may leave (band, round, prefix or "
                "region), and it leaves as it is. Give it the class of the question.",
                place,
            )


def _phones(definition: SurveyDefinition) -> Iterator[Finding]:
    country = definition.with_role(Role.COUNTRY)
    known = answered_countries(country, definition)
    for field in definition.fields:
        subject = subject_of(field.privacy.argument) if field.privacy.kind is PrivacyKind.PSEUDONYM else None
        if subject is None:
            continue
        place = Subject("survey", field.path, "privacy")
        if subject.phone and subject.country is None and not known:
            yield warning(
                "SUR-033",
                "nothing says which country a national phone number belongs to, so 0171 234567 and +880 171 234567 are "
                f"two people. Write pseudonym:{subject.name}:phone:BD, or give a question with countries of ISO 3166 "
                "the role country.",
                place,
            )
        elif not subject.phone and _PHONE.search(field.path.rpartition("/")[2]):
            yield note(
                "SUR-034",
                "a phone number is compared here as it was typed. To read all its writings as one, write "
                f"pseudonym:{subject.name}:phone.",
                place,
            )


def _regions(definition: SurveyDefinition) -> Iterator[Finding]:
    parents = Parents(definition)
    for field in definition.fields:
        level = field.privacy.argument
        if field.privacy.kind is not PrivacyKind.REGION or level == "country" or level.isdecimal():
            continue
        if parents.of(field, level) is None:
            yield error(
                "SUR-035",
                f"the list of this question has no column {level!r} with codes on the sheet choices. Add it, or write "
                "region:<number> for codes like KE-30.",
                Subject("survey", field.path, "privacy"),
            )


def _listed(paths: list[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def check_roles(definition: SurveyDefinition) -> list[Finding]:
    findings = []
    for role in Role:
        fields = [field for field in definition.fields if field.role is role]
        if len(fields) > 1:
            paths = ", ".join(field.path for field in fields)
            findings.append(
                error(
                    "SUR-076",
                    f"{len(fields)} fields have the role {role.value}: {paths}. Keep one.",
                    Subject("survey", fields[1].path, "role"),
                )
            )
        for field in fields:
            wrong = _wrong_role(role, field, definition)
            if wrong:
                findings.append(error("SUR-077", wrong, Subject("survey", field.path, "role")))
    weight = definition.with_role(Role.WEIGHT)
    if weight is not None and weight.required is None and weight.calculate is None:
        findings.append(
            warning(
                "SUR-078",
                "a submission without a weight counts for nobody. Write yes here.",
                Subject("survey", weight.path, "required"),
            )
        )
    return findings


def _wrong_role(role: Role, field: FieldDefinition, definition: SurveyDefinition) -> str | None:
    if repeat_of(field.path, definition.groups):
        return f"the role {role.value} belongs to the submission and not to a repeat."
    if role in _MUST_LEAVE and field.privacy.kind is PrivacyKind.DROP:
        return f"a field with the role {role.value} must leave the validator. Give it the class keep."
    calculated = field.calculate is not None
    if role is Role.WEIGHT and field.type not in _NUMBERS and not calculated:
        return "a weight is a number. Use the type decimal."
    if role is Role.WEIGHT and field.privacy.kind is not PrivacyKind.KEEP:
        return "a weight must leave as it is. Give it the class keep."
    if role is Role.CONSENT and field.type is not FieldType.SELECT_ONE:
        return "consent is a select_one with a choice named yes."
    if role is Role.CONSENT and field.choices is not None:
        names = {choice.name.casefold() for choice in definition.choice_lists.get(field.choices, [])}
        if not names & CONSENTING:
            return "consent has no choice named yes, so every submission would be a refusal."
    return None
