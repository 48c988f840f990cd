"""What may leave the validator of each field: the privacy class of a field, compiled to a function of its answer.

A whitelist: what no rule here lets out is dropped. The rules, whatever a form says:

- A text question, a barcode, a file, a position or a trace never leaves as it is. `keep` on one is refused: the field
  is dropped. The one exception is a text with the role stratum, psu, period, country or weight, and then only a value
  that looks like a code (no blank, at most 40 characters); any other value of it counts as unknown.
- A date or a time never leaves as it is either, only as a `period`; a day, week, month or quarter of birth (concept
  AGE or one that names a birth, or a field whose name does) is made a year.
- A calculated text may be kept, if nothing that must not leave as it is (and no external data) is mentioned in its
  expression, directly or through other calculates. An expression that cannot be compiled is searched for names alone,
  which errs towards dropping. It leaves only where the judge has computed the same: a script can send any text in its
  place, and then, or where the expression cannot be computed here, it counts as unknown.
- A choice may be kept as its code was checked against the form's list. Where the list is not in the form, only a value
  that looks like a code leaves.
- `prefix` on a text question lets out digits alone (a postal code, an occupation code), at most four.
- `region` reads codes like those of ISO 3166-2 (`KE-30-..`): level 0 (or `country`) is the part before the first
  hyphen, each further level one part more. On positions it drops, for no polygons are here.

Missing answers: a categorical field then holds `_N` (not applicable: irrelevant, or missing as irrelevant
nodes are) or `_U` (unknown: asked and empty, or not usable); a numeric field is absent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from schemas.events import Answer
from schemas.survey.bands import bounds_of, code_of, codes_of
from schemas.survey.definition import FieldDefinition, FieldType, PrivacyKind, Role, SurveyDefinition
from services.validate.lexical import canonical, day, decimal, whole
from services.validate.pseudonym import SurveySecrets
from services.validate.taint import tainted_calculates

Action = Callable[[str, SurveySecrets], Answer | None]
"""A trimmed answer that is not empty -> what leaves, or None if it is not usable."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A field of which something leaves. `categorical`: a missing answer is a code, else it is absent.
    `confirmed_only`: a text that leaves only if it is what the form computes."""

    path: str
    categorical: bool
    action: Action
    confirmed_only: bool = False


_CODE = re.compile(r"[^\W_][\w.:/+-]{0,39}")
_CODED_ROLES = (Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY)
_NUMBERS = (FieldType.INT, FieldType.DECIMAL)
_DATES = (FieldType.DATE, FieldType.DATETIME)
_BIRTH = re.compile(r"(^|_|\b)(dob|birth\w*|born|naissance|naiss|nacimiento|nac)(_|\b|$)", re.IGNORECASE)
_BIRTH_CONCEPTS = ("AGE", "BIRTH_DATE", "DATE_OF_BIRTH", "DOB", "BIRTH")
_PREFIX_DIGITS = 4
_PERIODS = ("year", "quarter", "month", "week", "day")


def leaving(definition: SurveyDefinition) -> list[Leaving]:
    """The fields of a survey of which something leaves, in the order of the form."""
    tainted = tainted_calculates(definition)
    found = []
    for field in definition.fields:
        rule = _rule(field, tainted)
        if rule is not None:
            copied = field.privacy.kind in (PrivacyKind.KEEP, PrivacyKind.REGION)
            confirmed_only = copied and field.type is FieldType.STRING and _calculated(field)
            found.append(Leaving(field.path, *rule, confirmed_only))
    return found


def _rule(field: FieldDefinition, tainted: frozenset[str]) -> tuple[bool, Action] | None:
    argument = field.privacy.argument.strip()
    match field.privacy.kind:
        case PrivacyKind.DROP:
            return None
        case PrivacyKind.KEEP:
            return _keep(field, tainted)
        case PrivacyKind.PSEUDONYM:
            subject = argument or "subject"
            return True, lambda text, secrets: secrets.pseudonym(subject, text)
        case PrivacyKind.BAND:
            return _band(field, argument)
        case PrivacyKind.PREFIX:
            return _prefix(field, argument)
        case PrivacyKind.REGION:
            return _region(field, argument)
        case PrivacyKind.PERIOD:
            return _period(field, argument)
        case PrivacyKind.ROUND:
            return _round(field, argument)


def _keep(field: FieldDefinition, tainted: frozenset[str]) -> tuple[bool, Action] | None:
    if field.type is FieldType.SELECT_ONE:
        return True, _same if _list_is_known(field) else _code
    if field.type in (FieldType.SELECT_MULTIPLE, FieldType.RANK):
        return True, _codes if _list_is_known(field) else _checked_codes
    if field.type is FieldType.INT:
        return False, _whole
    if field.type is FieldType.DECIMAL:
        return False, _decimal
    if field.type is FieldType.STRING:
        if _calculated(field):
            return None if field.path in tainted else (True, _text)
        if field.role is Role.WEIGHT:
            return False, _decimal
        if field.role in _CODED_ROLES:
            return True, _code
    return None


def _list_is_known(field: FieldDefinition) -> bool:
    """Whether the judge has compared the answer with a list; it does not for what the form computes."""
    return field.choices is not None and not field.external and not _calculated(field)


def _band(field: FieldDefinition, argument: str) -> tuple[bool, Action] | None:
    try:
        bounds = bounds_of(argument)
    except ValueError:
        return None
    if field.type not in _NUMBERS and not _calculated(field):
        return None
    codes = codes_of(bounds)

    def band(text: str, secrets: SurveySecrets) -> str | None:
        value = whole(text)
        if value is not None:
            return code_of(bounds, codes, value)
        number = decimal(text)
        return None if number is None else code_of(bounds, codes, number)

    return True, band


def _prefix(field: FieldDefinition, argument: str) -> tuple[bool, Action] | None:
    if not argument.isdecimal() or int(argument) < 1:
        return None
    length = int(argument)
    if field.type is FieldType.SELECT_ONE:
        return True, lambda text, secrets: text[:length] if _CODE.fullmatch(text) else None
    if field.type is FieldType.INT or (field.type is FieldType.STRING and length <= _PREFIX_DIGITS):
        return True, lambda text, secrets: text[:length] if text[:length].isdecimal() and len(text) >= length else None
    return None


def _region(field: FieldDefinition, argument: str) -> tuple[bool, Action] | None:
    level = 0 if argument == "country" else int(argument) if argument.isdecimal() else -1
    if level < 0 or field.type not in (FieldType.SELECT_ONE, FieldType.STRING):
        return None
    if field.type is FieldType.STRING and not _calculated(field) and field.role not in _CODED_ROLES:
        return None
    return True, lambda text, secrets: "-".join(text.split("-")[: level + 1]) if _CODE.fullmatch(text) else None


def _period(field: FieldDefinition, argument: str) -> tuple[bool, Action] | None:
    if field.type not in _DATES or argument not in _PERIODS:
        return None
    of_birth = (field.concept or "").upper() in _BIRTH_CONCEPTS or _BIRTH.search(field.path) is not None
    unit = "year" if of_birth else argument

    def period(text: str, secrets: SurveySecrets) -> str | None:
        when = day(text)
        if when is None:
            return None
        match unit:
            case "year":
                return f"{when.year:04d}"
            case "quarter":
                return f"{when.year:04d}-Q{(when.month + 2) // 3}"
            case "month":
                return f"{when.year:04d}-{when.month:02d}"
            case "week":
                year, week, _ = when.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case _:
                return when.isoformat()

    return True, period


def _round(field: FieldDefinition, argument: str) -> tuple[bool, Action] | None:
    step = decimal(argument)
    if step is None or step <= 0 or (field.type not in _NUMBERS and not _calculated(field)):
        return None

    def rounded(text: str, secrets: SurveySecrets) -> Answer | None:
        number = decimal(text)
        if number is None:
            return None
        # Halves go up: a rule that anyone can repeat.
        value = (number / step + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * step
        return int(value) if field.type is FieldType.INT and value == int(value) else canonical(value)

    return False, rounded


def _same(text: str, secrets: SurveySecrets) -> str:
    return text


def _code(text: str, secrets: SurveySecrets) -> str | None:
    return text if _CODE.fullmatch(text) else None


def _codes(text: str, secrets: SurveySecrets) -> list[str]:
    return list(dict.fromkeys(code for code in text.split(" ") if code))


def _checked_codes(text: str, secrets: SurveySecrets) -> list[str] | None:
    codes = _codes(text, secrets)
    return codes if all(_CODE.fullmatch(code) for code in codes) else None


def _whole(text: str, secrets: SurveySecrets) -> int | None:
    return whole(text)


def _decimal(text: str, secrets: SurveySecrets) -> str | None:
    number = decimal(text)
    return None if number is None else canonical(number)


MAX_TEXT = 200
"""Characters of a calculated text that may leave."""


def _text(text: str, secrets: SurveySecrets) -> str | None:
    return text if len(text) <= MAX_TEXT else None


def _calculated(field: FieldDefinition) -> bool:
    return field.calculate is not None
