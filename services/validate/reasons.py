"""Every reason for which validate does not accept a record: one table of stable codes.

A code never changes its meaning; a new reason gets a new code. `label` is the value of a metric's label, `sentence`
is for the operator or the designer of the form. Neither ever holds an answer.
"""

from dataclasses import dataclass

from schemas.events import Reason

MAX_REASONS = 200
"""Reasons kept of one submission: a script that sends 10,000 wrong rows must not make an outcome of a megabyte."""


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    label: str
    sentence: str


CANNOT_OPEN = Code(
    "VAL-001", "cannot_open", "The record was not sealed for a key that is here. Restore the private keys of validate."
)
UNREADABLE_RECORD = Code(
    "VAL-002", "unreadable_record", "The opened record is not a submission. Something else than ingest writes here."
)
OUR_FAULT = Code("VAL-003", "our_fault", "Our own code failed on this record. Read the log of validate and report it.")
TOO_LARGE = Code("VAL-004", "too_large", "The submission has more rows or bytes than Rihla carries.")
UNKNOWN_SURVEY = Code("VAL-005", "unknown_survey", "No survey of this name is published. Publish it, then replay.")
UNKNOWN_VERSION = Code("VAL-006", "unknown_version", "This version of the survey is not published. Publish it.")
KEY_DESTROYED = Code(
    "VAL-007", "key_destroyed", "The survey's key was destroyed for good, so nothing can be counted in it any more."
)

NOT_XML = Code("VAL-010", "not_xml", "The body is not well-formed XML.")
NOT_JSON = Code("VAL-011", "not_json", "The body is not well-formed JSON with an object `answers`.")
DOCTYPE = Code("VAL-012", "doctype", "The XML declares a document type. No phone does; it is a way to attack a parser.")
WRONG_ROOT = Code("VAL-013", "wrong_root", "The root element is not that of the form.")

UNKNOWN_NODE = Code("VAL-020", "unknown_node", "An element is not in the form: the phone has another version of it.")
DOUBLED_NODE = Code("VAL-021", "doubled_node", "A question that is asked once has two answers.")
WRONG_SHAPE = Code("VAL-022", "wrong_shape", "A group, a repeat or an answer is not written as such.")

WRONG_TYPE = Code("VAL-030", "wrong_type", "The answer is not of the question's type.")
NOT_IN_LIST = Code("VAL-031", "not_in_list", "The answer is not in the list of choices.")
REQUIRED = Code("VAL-032", "required", "A required question has no answer.")
CONSTRAINT = Code("VAL-033", "constraint", "The answer breaks the question's constraint.")
NOT_EVALUABLE = Code(
    "VAL-034", "not_evaluable", "A rule of the form stops with an error on these answers: no phone opens or ends it."
)

FORM_KEY_FAILS = Code(
    "VAL-040", "form_key_fails", "The form's private key does not open it: it was encrypted for another, or damaged."
)
BROKEN_ENCRYPTION = Code(
    "VAL-041", "broken_encryption", "The encrypted answers are missing or not whole: padding or text is broken."
)
SIGNATURE_DIFFERS = Code(
    "VAL-042", "signature_differs", "The encrypted answers are not those that the manifest was signed for."
)
OTHER_INSIDE = Code(
    "VAL-043", "other_inside", "What was encrypted is of another survey, version or instance than its manifest."
)

CALCULATE_DIFFERS = Code("VAL-101", "calculate_differs", "A calculate is not what was sent. A note, never a rejection.")

CATALOGUE: tuple[Code, ...] = (
    CANNOT_OPEN,
    UNREADABLE_RECORD,
    OUR_FAULT,
    TOO_LARGE,
    UNKNOWN_SURVEY,
    UNKNOWN_VERSION,
    KEY_DESTROYED,
    NOT_XML,
    NOT_JSON,
    DOCTYPE,
    WRONG_ROOT,
    UNKNOWN_NODE,
    DOUBLED_NODE,
    WRONG_SHAPE,
    WRONG_TYPE,
    NOT_IN_LIST,
    REQUIRED,
    CONSTRAINT,
    NOT_EVALUABLE,
    FORM_KEY_FAILS,
    BROKEN_ENCRYPTION,
    SIGNATURE_DIFFERS,
    OTHER_INSIDE,
    CALCULATE_DIFFERS,
)
BY_CODE = {code.code: code for code in CATALOGUE}

OURS = frozenset({CANNOT_OPEN.code, UNREADABLE_RECORD.code, OUR_FAULT.code})
"""Codes that point at a bad deployment instead of at a respondent: the limit of dlq_limit counts them."""


def reason(code: Code, path: str | None = None, rows: tuple[int, ...] = (), message: str | None = None) -> Reason:
    """`rows` are the row numbers of the repeats around `path`, from 1, outermost first."""
    return Reason(code=code.code, path=path, rows=list(rows), message=message)


def note(code: Code, path: str) -> str:
    """What stands in `Response.notes`: the code and the path of the question."""
    return f"{code.code} {path}"
