"""Privacy classes as a designer writes them in `bind::rihla:privacy` (design, section 3)."""

import re

from schemas.survey.definition import FieldDefinition, FieldType, Privacy, PrivacyKind, Role
from schemas.survey.subjects import subject_of

DROP = Privacy(kind=PrivacyKind.DROP)
KEEP = Privacy(kind=PrivacyKind.KEEP)

CODED_ROLES = (Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY, Role.WEIGHT)
"""With one of these roles a text question may be kept: only codes of it leave."""
PERIODS = ("year", "quarter", "month", "week", "day")

TEXT_PREFIX = 4
"""Digits of a text answer (postal code, occupation code) that may leave."""

_NUMBERS = (FieldType.INT, FieldType.DECIMAL)
_DATES = (FieldType.DATE, FieldType.DATETIME)
_PLACES = (FieldType.GEOPOINT, FieldType.GEOTRACE, FieldType.GEOSHAPE)
_WITHOUT_ARGUMENT = (PrivacyKind.KEEP, PrivacyKind.DROP)


def read_privacy(text: str) -> Privacy | str:
    """`keep`, `band:15,25,45` and so on as a Privacy, or the sentence that says what is wrong with it."""
    name, colon, argument = (part.strip() for part in text.partition(":"))
    try:
        kind = PrivacyKind(name)
    except ValueError:
        return f"privacy class {name!r} is not one of {', '.join(kind.value for kind in PrivacyKind)}."
    if kind in _WITHOUT_ARGUMENT:
        return f"privacy class {name!r} takes nothing after a colon." if colon else Privacy(kind=kind)
    argument = "".join(argument.split())
    wrong = _wrong_argument(kind, argument)
    return wrong if wrong else Privacy(kind=kind, argument=argument)


def _wrong_argument(kind: PrivacyKind, argument: str) -> str | None:
    match kind:
        case PrivacyKind.BAND:
            edges = argument.split(",")
            if not all(re.fullmatch(r"-?\d{1,9}", edge) for edge in edges):
                return "write the lower ends of the bands as whole numbers: band:15,25,45,65."
            numbers = [int(edge) for edge in edges]
            return None if numbers == sorted(set(numbers)) else "the lower ends of the bands must increase."
        case PrivacyKind.PREFIX:
            return None if re.fullmatch(r"[1-9]\d?", argument) else "write how many characters stay: prefix:1."
        case PrivacyKind.PERIOD:
            return None if argument in PERIODS else f"write one of {', '.join(f'period:{p}' for p in PERIODS)}."
        case PrivacyKind.ROUND:
            good = re.fullmatch(r"\d{1,9}(\.\d{1,6})?", argument) and float(argument) > 0
            return None if good else "write the step to round to, a number above 0: round:100."
        case PrivacyKind.PSEUDONYM if argument and subject_of(argument) is None:
            return "write pseudonym:respondent, or pseudonym:respondent:phone, or pseudonym:respondent:phone:BD."
        case _:
            return None if argument else f"write what for: {kind.value}:name."


def misuse(field: FieldDefinition) -> str | None:
    """Why this class cannot be given to a field of this type; None if it can.

    Free text, files, exact positions and exact dates never leave the validator (design, section 3)."""
    kind = field.privacy.kind
    if kind in (PrivacyKind.DROP, PrivacyKind.PSEUDONYM):
        return None
    if kind is PrivacyKind.KEEP:
        return _cannot_be_kept(field)
    if kind in (PrivacyKind.BAND, PrivacyKind.ROUND) and field.type not in _NUMBERS and field.asked:
        return f"{kind.value} is for numbers, and this is {field.type.value}."
    if kind is PrivacyKind.PERIOD and field.type not in _DATES:
        return f"period is for dates, and this is {field.type.value}."
    if kind is PrivacyKind.PREFIX and field.type is FieldType.STRING and int(field.privacy.argument) > TEXT_PREFIX:
        return f"of a text question at most {TEXT_PREFIX} digits leave. Write prefix:{TEXT_PREFIX}."
    if kind is PrivacyKind.PREFIX and (field.type in (*_NUMBERS, *_DATES, *_PLACES, FieldType.BINARY)):
        return f"prefix is for codes, and this is {field.type.value}."
    return None


def _cannot_be_kept(field: FieldDefinition) -> str | None:
    text = field.type in (FieldType.STRING, FieldType.BARCODE) and field.calculate is None
    if text and field.role not in CODED_ROLES:
        return "free text never leaves. Ask a choice question, or use drop, prefix:<n> or pseudonym:<name>."
    if field.type is FieldType.BOOLEAN:
        return "an answer of the type boolean has no codes. Ask a choice question."
    if field.type is FieldType.BINARY:
        return "photos, audio and files never leave. Use drop."
    if field.type in _PLACES:
        return "exact positions never leave. Use drop, or ask for the region."
    if field.type in _DATES:
        return "exact dates never leave as they are. Use period:month or another period."
    return None
