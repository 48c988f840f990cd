"""What may leave the validator of each field: the privacy class of a field, compiled to a function of its answer.

A whitelist: what no rule here lets out is dropped. The rules, whatever a form says:

- A text question, a barcode, a file, a position or a trace never leaves as it is. `keep` on one is refused: the field
  is dropped. The one exception is a text with the role stratum, psu, period, country or weight, and then only a value
  that looks like a code (no blank, at most 40 characters); any other value of it counts as unknown.
- A date or a time never leaves as it is either, only as a `period`; a day, week, month or quarter of birth (concept
  AGE or one that names a birth, or a field whose name does) is made a year.
- What is calculated, written by an action or chosen from a list of answers leaves only if nothing that must not leave
  as it is (and no external data) is mentioned in its expression, directly or through others: not a text, and not a
  number either, because a phone, a birthday and a position are numbers as well. `band`, `pseudonym` and up to four
  digits of a `prefix` may be made of such a thing; a `period` of a birth is a year there too. An expression that cannot
  be compiled is searched for names alone, which errs towards dropping.
- Nor does what takes its value from a number or a choice with the class drop or pseudonym leave as it is; what such an
  answer only decides may (schemas.survey.withheld).
- A calculated text leaves only where the judge has computed the same: a script can send any text in its place, and
  then, or where the expression cannot be computed here, it counts as unknown.
- A choice may be kept as its code was checked against the form's list. Nothing leaves of one whose list nobody can see
  (search(), select_one_external): a script can write any word there. Where the list is in a file that is not here, or
  an action of the form writes the answer, only a value that looks like a code leaves. A list that is made of answers,
  as of the names in a repeat, and a choice that is calculated are like a calculated text.
- `prefix` on a text or a number lets out digits alone (a postal code, an occupation code), at most four.
- `region:<n>` reads codes like those of ISO 3166-2 (`KE-30-..`): level 0 (or `country`) is the part before the first
  hyphen, each further level one part more. `region:<column>` looks the code up in the form's list of choices: the
  district's answer leaves as what stands in the column of the province. On positions both drop, for no polygons are
  here.

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
from schemas.survey.parents import Parents
from schemas.survey.subjects import USUAL, subject_of
from services.validate.lexical import canonical, day, decimal, whole
from services.validate.numbers import INT_MAX
from services.validate.periods import is_of_birth, period_of, unit_of
from services.validate.pseudonym import SurveySecrets
from services.validate.taint import Reading

Action = Callable[[str, SurveySecrets], Answer | None]
"""A trimmed answer that is not empty -> what leaves, or None if it is not usable."""
Rule = tuple[bool, Action | None]
"""Whether a missing answer is a code, and the action; None for an answer that leaves as it is."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A field of which something leaves, as it is where `action` is None. `categorical`: a missing answer is a code,
    else it is absent. `confirmed_only`: a text that leaves only if it is what the form computes."""

    path: str
    categorical: bool
    action: Action | None
    confirmed_only: bool = False


_CODE = re.compile(r"[^\W_][\w.:/+-]{0,39}")
_CODED_ROLES = (Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY)
_COPYING = (PrivacyKind.KEEP, PrivacyKind.REGION)
_NUMBERS = (FieldType.INT, FieldType.DECIMAL)
_SMALL = {str(number): number for number in range(200)}
"""Most numbers are ages and numbers of things."""
_CANONICAL = re.compile(r"(?:0|[1-9][0-9]{0,8}+)(?:\.[0-9]{0,8}[1-9])?")
"""Numbers that are written as they leave."""
_PLAIN = "0123456789."
"""Nothing is left of a text once these are stripped if it is made of them alone."""
_EXACT = 10
"""Characters of such a number that a float holds exactly enough."""
_PREFIX_DIGITS = 4


def leaving(definition: SurveyDefinition) -> list[Leaving]:
    """The fields of a survey of which something leaves, in the order of the form."""
    reading, written = Reading(definition), {action.path for action in definition.on_load}
    tainted = reading.tainted
    births = reading.after({field.path for field in definition.fields if is_of_birth(field)})
    above = Parents(definition)
    found = []
    for field in definition.fields:
        source = _Source(field.path in tainted, field.path in births, field.path in written, above)
        rule = _rule(field, source)
        if rule is not None:
            found.append(Leaving(field.path, *rule, _calculated(field) and _is_copied(field)))
    return found


def _is_copied(field: FieldDefinition) -> bool:
    """Whether words of an answer leave, and not only a number or a code made of it."""
    if field.privacy.kind is PrivacyKind.PREFIX:
        return field.is_choice
    return field.privacy.kind in _COPYING and (field.is_choice or field.type is FieldType.STRING)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the answers of a field come from. `tainted`: it holds what other answers say that must not leave; `born`:
    among them when somebody was born. `written`: an action of the form puts a value into it. `above`: what stands
    beside the codes in the form's lists."""

    tainted: bool
    born: bool
    written: bool
    above: Parents


def _shows(field: FieldDefinition) -> bool:
    """Whether what leaves tells the answer itself, or nearly so."""
    kind = field.privacy.kind
    return kind in (PrivacyKind.KEEP, PrivacyKind.REGION, PrivacyKind.ROUND) or (
        kind is PrivacyKind.PREFIX and field.is_choice
    )


def _rule(field: FieldDefinition, source: _Source) -> Rule | None:
    argument = field.privacy.argument.strip()
    if _shows(field) and (source.tainted or field.external):
        return None
    match field.privacy.kind:
        case PrivacyKind.DROP:
            return None
        case PrivacyKind.KEEP:
            return _keep(field, source.written)
        case PrivacyKind.PSEUDONYM:
            return True, _pseudonym(argument)
        case PrivacyKind.BAND:
            return _band(field, argument)
        case PrivacyKind.PREFIX:
            return _prefix(field, argument)
        case PrivacyKind.REGION:
            return _region(field, argument, source.above)
        case PrivacyKind.PERIOD:
            return _period(field, argument, source.born)
        case PrivacyKind.ROUND:
            return _round(field, argument)


def _pseudonym(argument: str) -> Action:
    subject = subject_of(argument)
    if subject is not None and subject.phone:
        name, country = subject.name, subject.country
        return lambda text, secrets: secrets.phone_pseudonym(name, text, country)
    name = argument or USUAL
    return lambda text, secrets: secrets.pseudonym(name, text)


def _keep(field: FieldDefinition, written: bool) -> Rule | None:
    is_checked = _list_is_known(field) and not written
    if field.type is FieldType.SELECT_ONE:
        return True, None if is_checked else _code
    if field.type in (FieldType.SELECT_MULTIPLE, FieldType.RANK):
        return True, _codes if is_checked else _checked_codes
    if field.type is FieldType.INT:
        return False, _whole
    if field.type is FieldType.DECIMAL:
        return False, _decimal
    if field.type is FieldType.STRING:
        if _calculated(field):
            return True, _text
        if field.role is Role.WEIGHT:
            return False, _decimal
        if field.role in _CODED_ROLES:
            return True, _code
    return None


def _list_is_known(field: FieldDefinition) -> bool:
    """Whether the judge has compared the answer with a list; it does not for what the form computes or nobody asks."""
    return field.choices is not None and field.asked and not _calculated(field)


def _band(field: FieldDefinition, argument: str) -> Rule | None:
    try:
        bounds = bounds_of(argument)
    except ValueError:
        return None
    if field.type not in _NUMBERS and not _calculated(field):
        return None
    codes = codes_of(bounds)
    small = {text: code_of(bounds, codes, number) for text, number in _SMALL.items()}

    def band(text: str, secrets: SurveySecrets) -> str | None:
        found = small.get(text)
        if found is not None:
            return found
        value = whole(text)
        if value is not None:
            return code_of(bounds, codes, value)
        number = decimal(text)
        return None if number is None else code_of(bounds, codes, number)

    return True, band


def _prefix(field: FieldDefinition, argument: str) -> Rule | None:
    if not argument.isdecimal() or int(argument) < 1:
        return None
    length = int(argument)
    if field.type is FieldType.SELECT_ONE:
        return True, lambda text, secrets: text[:length] if _CODE.fullmatch(text) else None
    if field.type in (FieldType.INT, FieldType.STRING) and length <= _PREFIX_DIGITS:
        return True, lambda text, secrets: text[:length] if text[:length].isdecimal() and len(text) >= length else None
    return None


def _region(field: FieldDefinition, argument: str, above: Parents) -> Rule | None:
    if argument != "country" and not argument.isdecimal():
        parents = above.of(field, argument)
        return None if parents is None else (True, lambda text, secrets: parents.get(text))
    level = 0 if argument == "country" else int(argument) if argument.isdecimal() else -1
    if level < 0 or field.type not in (FieldType.SELECT_ONE, FieldType.STRING):
        return None
    if field.type is FieldType.STRING and not _calculated(field) and field.role not in _CODED_ROLES:
        return None
    return True, lambda text, secrets: "-".join(text.split("-")[: level + 1]) if _CODE.fullmatch(text) else None


def _period(field: FieldDefinition, argument: str, of_birth: bool) -> Rule | None:
    unit = unit_of(field, argument, of_birth)
    if unit is None:
        return None

    def period(text: str, secrets: SurveySecrets) -> str | None:
        when = day(text)
        return None if when is None else period_of(when, unit)

    return True, period


def _round(field: FieldDefinition, argument: str) -> Rule | None:
    step = decimal(argument)
    if step is None or step <= 0 or (field.type not in _NUMBERS and not _calculated(field)):
        return None

    whole_step = int(step) if step == int(step) and step <= INT_MAX else 0
    half, is_int = whole_step / 2, field.type is FieldType.INT

    def rounded(text: str, secrets: SurveySecrets) -> Answer | None:
        # Halves go up: a rule that anyone can repeat. Of ten digits a float is exact enough: one that is not a half is
        # further from it than the float is from the number.
        if whole_step and len(text) <= _EXACT and not text.strip(_PLAIN):
            try:
                near = int((float(text) + half) // whole_step) * whole_step
            except ValueError:
                return None
            return near if is_int else str(near)
        number = decimal(text)
        if number is None:
            return None
        value = (number / step + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * step
        return int(value) if is_int and value == int(value) else canonical(value)

    return False, rounded


def _code(text: str, secrets: SurveySecrets) -> str | None:
    return text if _CODE.fullmatch(text) else None


def _codes(text: str, secrets: SurveySecrets) -> list[str]:
    if " " not in text:
        return [text]
    codes = text.split(" ")
    if "" not in codes and len(set(codes)) == len(codes):
        return codes
    return list(dict.fromkeys([code for code in codes if code]))


def _checked_codes(text: str, secrets: SurveySecrets) -> list[str] | None:
    codes = _codes(text, secrets)
    return codes if all(_CODE.fullmatch(code) for code in codes) else None


def _whole(text: str, secrets: SurveySecrets) -> int | None:
    small = _SMALL.get(text)
    return whole(text) if small is None else small


def _decimal(text: str, secrets: SurveySecrets) -> str | None:
    if _CANONICAL.fullmatch(text):
        return text
    number = decimal(text)
    return None if number is None else canonical(number)


MAX_TEXT = 200
"""Characters of a calculated text that may leave."""


def _text(text: str, secrets: SurveySecrets) -> str | None:
    return text if len(text) <= MAX_TEXT else None


def _calculated(field: FieldDefinition) -> bool:
    return field.calculate is not None
