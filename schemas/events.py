"""Every message on the data topics and on `collectors`. Surveys are in schemas.survey.definition.

    submissions   value: a libsodium sealed box around `Submission`, `Withdrawal` or `Erasure`, JSON; headers below
    responses     value: one `Outcome` as JSON, for each record of `submissions`, on the same partition number
    collectors    key: sha256 of the token as hex; value: `Collector`, or none once revoked

Instance ids can be names or phone numbers: outside a sealed box they appear only as `InstanceHash`.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter

from schemas.message import Message, NewerMessage, Part

HEADER_KEY_ID = "key-id"
"""Kafka header of `submissions`: id of the sealing key, ASCII. Everything that a phone sent is sealed."""

HEADER_REPLAY_OF = "replay-of"
"""Kafka header of a record that `rihla replay` took from the quarantine: `Replayed` as text."""

InstanceHash = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$")]
"""HMAC-SHA-256 of survey and instance id, first 16 bytes, base64url without padding (services.runtime.keys)."""

Answer = int | str | list[str]
"""A generalised answer: a whole number, a code or decimal number as text, or the codes of a multiple choice."""


class BodyFormat(StrEnum):
    XML = "xml"
    JSON = "json"


class Submission(Message):
    """What a phone sent, before sealing. `body` is the instance: ODK XML, or the JSON of the v1 interface.

    `instance` and `replaces` are the ids as sent (meta/instanceID, meta/deprecatedID). `received_ms` is the ingest
    clock, epoch milliseconds. `missing_files` counts attachments that the XML names and the request did not hold.
    `encrypted` is the file submission.xml.enc, base64, where the form encrypts: `body` is its manifest then.
    """

    kind: Literal["submission"]
    survey: str
    version: str
    instance: str
    replaces: str | None = None
    format: BodyFormat
    body: str
    collector: str
    received_ms: int
    missing_files: int = 0
    encrypted: str = ""


class Withdrawal(Message):
    """A control message: take back what this instance contributed, and do not let it in again."""

    kind: Literal["withdrawal"]
    survey: str
    instance: str


class Erasure(Message):
    """A control message: take back all interviews that this person gave before now.

    `value` is what identifies the person, as it was typed or as it would be, one of `subjects` (the argument of the
    class `pseudonym:<subject>`); `countries` are those of the survey's phone numbers (alpha-2). "Before now" is
    `before`: by partition of `submissions` the end when it was asked for. What the same person sends later was given
    anew, and counts.
    """

    kind: Literal["erasure"]
    survey: str
    subjects: Annotated[list[str], Field(min_length=1)]
    value: Annotated[str, Field(min_length=1, repr=False)]
    countries: list[str] = []
    before: dict[int, int]


Sealed = Annotated[Submission | Withdrawal | Erasure, Field(discriminator="kind")]


class Replayed(Part):
    """The record of `submissions` whose sealed payload was written again from the quarantine."""

    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def read(cls, text: bytes | None) -> "Replayed | None":
        """From the header. None for what is not one: nothing but the reader's bookkeeping depends on it."""
        found = None if text is None else re.fullmatch(rb"([0-9]{1,6}):([0-9]{1,19})", text)
        return None if found is None else cls(partition=int(found[1]), offset=int(found[2]))


class Source(Part):
    """Where in `submissions` an outcome comes from. `at_ms` is the broker's append time, epoch milliseconds.
    `replay_of` is the earlier record that this one stands for, if it was written again from the quarantine."""

    topic_id: str
    partition: int
    offset: int
    at_ms: int
    replay_of: Replayed | None = None


class Reason(Part):
    """Why a submission was rejected: a stable code, the path of the question, the row of each repeat around it (from
    1, outermost first), and the id of the designer's message in the form. Never an answer."""

    code: str
    path: str | None = None
    rows: list[int] = []
    message: str | None = None


class Outcome(Message):
    """What became of one record of `submissions`. The subclasses are told apart by `kind`."""

    source: Source


class Response(Outcome):
    """An accepted submission, generalised: what may leave the validator and nothing else.

    `answers` maps the path of a field below the root ("profile/sex") to its answer. A categorical field that has no
    answer holds a code: `_N` not applicable (the question was not asked), `_U` unknown (asked, left empty).
    A numeric field without an answer is absent. Decimal numbers are text as `Decimal` reads it.
    `rows` maps the path of a repeat to its instances, each a map like `answers` (full paths).
    `record_key` is 0..255, drawn from the lineage and not from the answers. `notes` are codes for the designer,
    such as a calculate that differs from what was sent. `revision` is that of the survey version that judged it.
    `subjects` are the pseudonyms of its respondents under every version of the key: of a record that was replayed, and
    of each one in a survey whose key was rotated.
    """

    kind: Literal["response"]
    survey: str
    version: str
    revision: int = 0
    instance: InstanceHash
    replaces: InstanceHash | None = None
    fingerprint: str
    record_key: Annotated[int, Field(ge=0, le=255)]
    answers: dict[str, Answer]
    rows: dict[str, list[dict[str, Answer]]] = {}
    notes: list[str] = []
    subjects: list[str] = []


class Rejection(Outcome):
    """A submission that does not fit its form, or a record that cannot be opened or read (then the names are None).

    `sealed` is the record as it was, base64, with the id of its key: it goes to the quarantine, so that a mended form
    can still judge it. `revision` is that of the survey version that judged it. `subjects` are pseudonyms of the
    respondents that it names, where it could be read: whoever asks to be erased is found by them here as well.
    """

    kind: Literal["rejection"]
    survey: str | None = None
    version: str | None = None
    revision: int = 0
    instance: InstanceHash | None = None
    replaces: InstanceHash | None = None
    reasons: Annotated[list[Reason], Field(min_length=1)]
    key_id: str | None = None
    sealed: str
    subjects: list[str] = []


class Refusal(Outcome):
    """No consent: counted, and nothing else kept. An edit that takes the consent back names what it `replaces`."""

    kind: Literal["refusal"]
    survey: str
    version: str
    instance: InstanceHash
    replaces: InstanceHash | None = None


class Held(Outcome):
    """Encrypted by its form, whose key is not here yet: neither accepted nor rejected."""

    kind: Literal["held"]
    survey: str
    version: str
    instance: InstanceHash
    replaces: InstanceHash | None = None
    key_id: str
    sealed: str


class Withdrawn(Outcome):
    """The control message `Withdrawal`, opened."""

    kind: Literal["withdrawn"]
    survey: str
    instance: InstanceHash


class Erased(Outcome):
    """The control message `Erasure`, opened: `pseudonyms` are all that the person can have in this survey, under every
    subject that was named and every version of the key. Who it is can be told from them no more."""

    kind: Literal["erased"]
    survey: str
    pseudonyms: list[str]
    before: dict[int, int]


class Lost(Outcome):
    """Not of validate but of `rihla repair accept`: the record is gone from `submissions` before it was judged, and
    somebody has accepted that. So the outcomes stay without a hole, and who was lost is counted."""

    kind: Literal["lost"]


AnyOutcome = Annotated[Response | Rejection | Refusal | Held | Withdrawn | Erased | Lost, Field(discriminator="kind")]


class Collector(Message):
    """Who may submit. The key of the record is the token's SHA-256; the token itself is shown once and not kept."""

    name: str
    surveys: list[str]
    created_ms: int

    def may_submit(self, survey: str) -> bool:
        """True if the collector was given this survey, or all of them ("*")."""
        return "*" in self.surveys or survey in self.surveys


_M = TypeVar("_M", bound=Message)
_QUIET = ConfigDict(hide_input_in_errors=True)
_SEALED: TypeAdapter[Submission | Withdrawal | Erasure] = TypeAdapter(Sealed, config=_QUIET)
_OUTCOME: TypeAdapter[Response | Rejection | Refusal | Held | Withdrawn | Erased | Lost] = TypeAdapter(
    AnyOutcome, config=_QUIET
)


def read_sealed(data: bytes) -> Submission | Withdrawal | Erasure:
    """Reads what was in a sealed box. Raises as `Message.from_wire`."""
    return _current(_SEALED.validate_json(data, extra="ignore"))


def read_outcome(data: bytes) -> Response | Rejection | Refusal | Held | Withdrawn | Erased | Lost:
    """Reads a record of `responses`. Raises as `Message.from_wire`."""
    return _current(_OUTCOME.validate_json(data, extra="ignore"))


def _current(message: _M) -> _M:
    if message.schema_version > message.VERSION:
        raise NewerMessage(f"{type(message).__name__} of version {message.schema_version}")
    return message
