"""Everything that ingest may answer instead of success: one catalogue.

A code never changes its meaning. `name` is the metric label. The detail tells the sender what to do next; it may hold
the survey's id and version and a position, never an answer, a name, a token or the name of a file. Nothing was
written to Kafka, except possibly for `NOT_ACKNOWLEDGED` and `LOG_UNAVAILABLE`, whose texts say so.

Statuses are those that OpenRosa clients understand. They show the text to the person who holds the phone.
"""

from dataclasses import dataclass

MAX_ECHO = 80
"""Longest piece of a request that is repeated in an answer."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem. `detail` is a template for `str.format`; `retry_after_s` becomes the header of that name."""

    code: str
    status: int
    name: str
    title: str
    detail: str
    retry_after_s: int | None = None

    def of(self, **values: object) -> "Problem":
        """One occurrence. Text from the request is cut to `MAX_ECHO` characters and stripped of control characters."""
        return Problem(self, self.detail.format(**{name: _echo(value) for name, value in values.items()}))


@dataclass(frozen=True, slots=True)
class Problem:
    type: ProblemType
    detail: str


def _echo(value: object) -> str:
    text = "".join(char for char in str(value) if char.isprintable())
    return text if len(text) <= MAX_ECHO else text[:MAX_ECHO] + "..."


NO_TOKEN = ProblemType(
    "ING-001", 401, "no_token", "Who are you?",
    "This server needs a token. Use the address that `rihla collector add` printed, or send the token as a Bearer "
    "token, as the password of Basic authentication, or as ?st=.",
)  # fmt: skip
BAD_TOKEN = ProblemType(
    "ING-002", 401, "bad_token", "This token is not known",
    "The token is mistyped or was revoked. Ask the person who runs the survey for a new one; what is on this device "
    "can be sent then.",
)  # fmt: skip
BROKEN_KEY = ProblemType(
    # 403 and not 401: at 401 the apps ask for a password, which does not help here.
    "ING-003", 403, "broken_key", "This address is not known",
    "The token in the address is mistyped or was revoked. Scan the QR code again, or ask the person who runs the "
    "survey for a new one; what is on this device can be sent then.",
)  # fmt: skip
NOT_ALLOWED = ProblemType(
    "ING-004", 403, "not_allowed", "Not allowed for this collector",
    "This token may not submit to survey '{survey}'. Ask the person who runs the survey to allow it.",
)  # fmt: skip

UNKNOWN_SURVEY = ProblemType(
    "ING-010", 404, "unknown_survey", "There is no such survey",
    "This server has no survey '{survey}'. Check its id, or publish it with `rihla survey publish`; then send again.",
)  # fmt: skip
UNKNOWN_VERSION = ProblemType(
    "ING-011", 404, "unknown_version", "There is no such version of the survey",
    "Survey '{survey}' has no version '{version}' here. Publish that version, then send again.",
)  # fmt: skip
NO_ROUTE = ProblemType(
    "ING-012", 404, "no_route", "Nothing is at this address",
    "Check the server address: submissions go to /submission, forms are listed at /formList.",
)  # fmt: skip
SURVEY_CLOSED = ProblemType(
    # 403: apps show the text and keep the submission, and ask for no password.
    "ING-015", 403, "survey_closed", "The survey is closed",
    "Survey '{survey}' is closed and takes nothing more. What was sent before is counted. What is still on this device "
    "stays there; ask the person who ran the survey what to do with it.",
)  # fmt: skip
UNKNOWN_FILE = ProblemType(
    "ING-014", 404, "unknown_file", "There is no such file",
    "Survey '{survey}' has no file of this name. Refresh the list of forms and download the form again.",
)  # fmt: skip
WRONG_METHOD = ProblemType(
    "ING-013", 405, "wrong_method", "Wrong method for this address", "Use {allowed} at this address.",
)  # fmt: skip

TOO_LARGE = ProblemType(
    "ING-020", 413, "too_large", "The submission is too large",
    "One submission may have {limit} bytes (without its attachments). It stays on the device; ask the person who runs "
    "the survey to raise RIHLA_INGEST__MAX_SUBMISSION_BYTES or to shorten the form.",
)  # fmt: skip
REQUEST_TOO_LARGE = ProblemType(
    "ING-021", 413, "request_too_large", "The request is too large",
    "One request may have {limit}. Send it in smaller parts.",
)  # fmt: skip
NOT_A_FORM = ProblemType(
    "ING-022", 415, "not_a_form", "Not a multipart form",
    "Send the submission as multipart/form-data with the XML in a part named xml_submission_file, or as text/xml.",
)  # fmt: skip
BROKEN_FORM = ProblemType(
    "ING-023", 400, "broken_form", "The multipart form is broken",
    "The body of the request is not complete multipart/form-data: a boundary or a part's header is missing or "
    "malformed. Send it again.",
)  # fmt: skip
NO_XML = ProblemType(
    "ING-024", 400, "no_xml", "The form holds no XML",
    "There must be exactly one part named xml_submission_file that holds the XML of the submission.",
)  # fmt: skip
MALFORMED_XML = ProblemType(
    "ING-025", 400, "malformed_xml", "The XML is malformed",
    "The submission is not well-formed XML (line {line}, column {column}), or nested more than 256 deep.",
)  # fmt: skip
DOCTYPE = ProblemType(
    "ING-026", 400, "doctype", "The XML has a document type",
    "Submissions must not contain <!DOCTYPE: entities are not read. Send the XML without it.",
)  # fmt: skip
BAD_CHARACTERS = ProblemType(
    "ING-027", 400, "bad_characters", "Characters that may not be in a submission",
    "The submission must be UTF-8 without control characters (see byte or line {place}). Remove them and send again.",
)  # fmt: skip
NO_SURVEY_ID = ProblemType(
    "ING-028", 400, "no_survey_id", "The XML does not name its survey",
    "The root element must have the attribute id (or xmlns) with the survey's id.",
)  # fmt: skip
BAD_INSTANCE_ID = ProblemType(
    "ING-029", 400, "bad_instance_id", "The instance id cannot be used",
    "instanceID and deprecatedID must be text of at most {limit} characters without control characters.",
)  # fmt: skip
# ING-030 was "Encrypted forms are not taken yet", up to release 0.1. Codes are not used twice.
BROKEN_MANIFEST = ProblemType(
    "ING-034", 422, "broken_manifest", "The manifest of an encrypted submission is broken",
    "It must name its instanceID, base64EncryptedKey, and submission.xml.enc as encryptedXmlFile, and come as "
    "multipart/form-data together with that file. It stays on the device; send it with an app that encrypts as ODK "
    "Collect does.",
)  # fmt: skip
MALFORMED_JSON = ProblemType(
    "ING-031", 400, "malformed_json", "The JSON is malformed",
    "The submission is not JSON in UTF-8 (RFC 8259).",
)  # fmt: skip
WRONG_SHAPE = ProblemType(
    "ING-032", 422, "wrong_shape", "Not a submission",
    '{what} Expected: {{"version": "1", "instance": "uuid:...", "replaces": null, "answers": {{...}}}}.',
)  # fmt: skip
NOT_JSON = ProblemType(
    "ING-033", 415, "not_json", "Not JSON", "Send Content-Type: {expected}.",
)  # fmt: skip

BUSY = ProblemType(
    "ING-040", 503, "busy", "The server is busy",
    "Too much is on its way at the moment. Nothing was stored; send it again in a moment.", retry_after_s=5,
)  # fmt: skip
NOT_ACKNOWLEDGED = ProblemType(
    "ING-041", 504, "not_acknowledged", "Not confirmed in time",
    "It could not be confirmed in time that the submission is stored. Send it again: a submission that arrives twice "
    "is counted once.", retry_after_s=15,
)  # fmt: skip
LOG_UNAVAILABLE = ProblemType(
    "ING-042", 503, "log_unavailable", "The server cannot store anything at the moment",
    "The submission was not confirmed. Send it again later: a submission that arrives twice is counted once.",
    retry_after_s=30,
)  # fmt: skip
FILE_UNAVAILABLE = ProblemType(
    "ING-045", 503, "file_unavailable", "The file cannot be read at the moment",
    "The server could not read this file in time. Download the form again in a moment.", retry_after_s=15,
)  # fmt: skip
STARTING = ProblemType(
    "ING-043", 503, "starting", "The server is starting",
    "The server does not know its surveys yet. Nothing was stored; send it again in a moment.", retry_after_s=5,
)  # fmt: skip
TIMED_OUT = ProblemType(
    "ING-044", 408, "timed_out", "The request did not arrive in time",
    "Nothing arrived for {seconds} seconds, so the server stopped waiting. Send it again.",
)  # fmt: skip
FAULT = ProblemType(
    "ING-050", 500, "fault", "A fault inside the server",
    "The server failed and has logged it. Send it again later; a submission that arrives twice is counted once.",
)  # fmt: skip

CATALOGUE: tuple[ProblemType, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, ProblemType)
)
