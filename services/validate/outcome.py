"""How an outcome is put together and written, and what the worker needs to know of it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from schemas.events import Erased, Erasure, Held, Reason, Refusal, Rejection, Replayed, Source, Submission, Withdrawn
from schemas.outcome_class import SEALED_BY_FORM
from schemas.topics import MAX_MESSAGE_BYTES
from services.validate.anonymise import Anonymised
from services.validate.reasons import OURS, TOO_LARGE, reason

MAX_OUTCOME_BYTES = MAX_MESSAGE_BYTES - 64 * 1024
"""Leaves room for the record's key, its headers and the batch around it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record of `submissions` as it came. `at_ms` is the broker's append time, epoch milliseconds. `replay_of` is the
    record whose payload it repeats from the quarantine."""

    partition: int
    offset: int
    at_ms: int
    key_id: str | None
    sealed: bytes
    replay_of: Replayed | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A record that is being judged. `message` is None if it could not be opened or read; `instance` and `replaces` are
    the hashes of its ids; `revision` is that of the survey's version, once this is known."""

    topic_id: str
    letter: Letter
    message: Submission | None = None
    instance: str | None = None
    replaces: str | None = None
    revision: int = 0

    @property
    def source(self) -> Source:
        letter = self.letter
        return Source(
            topic_id=self.topic_id,
            partition=letter.partition,
            offset=letter.offset,
            at_ms=letter.at_ms,
            replay_of=letter.replay_of,
        )

    @property
    def sealed(self) -> str:
        """Empty for a record that never was sealed: what was written here as plain text must get no further."""
        return "" if _is_text(self.letter.sealed) else base64.b64encode(self.letter.sealed).decode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wire` is the outcome as it is written to `responses`. `bad`: the record could not be opened or read, or our own
    code failed, so the limit of dlq_limit counts it; but not if it is a replay, which may well fail again. `waits`: why
    it is held."""

    wire: bytes
    kind: str
    codes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    replay: bool = False

    @property
    def waits(self) -> str:
        return SEALED_BY_FORM if self.kind == "held" else ""

    @property
    def bad(self) -> bool:
        return not self.replay and any(code in OURS for code in self.codes)


def response(
    case: Case,
    message: Submission,
    fingerprint: str,
    record_key: int,
    left: Anonymised,
    notes: list[str],
    subjects: Sequence[str] = (),
) -> Verdict:
    """A `Response`, written without making the model, which would cost a tenth of a verdict. A test compares both."""
    letter = case.letter
    wire = orjson.dumps(
        {
            "source": {
                "topic_id": case.topic_id,
                "partition": letter.partition,
                "offset": letter.offset,
                "at_ms": letter.at_ms,
                **({"replay_of": letter.replay_of.model_dump()} if letter.replay_of is not None else {}),
            },
            "kind": "response",
            "survey": message.survey,
            "version": message.version,
            **({"revision": case.revision} if case.revision else {}),
            "instance": case.instance,
            **({"replaces": case.replaces} if case.replaces is not None else {}),
            "fingerprint": fingerprint,
            "record_key": record_key,
            "answers": left.answers,
            **({"rows": left.rows} if left.rows else {}),
            **({"notes": notes} if notes else {}),
            **({"subjects": subjects} if subjects else {}),
        }
    )
    if len(wire) > MAX_OUTCOME_BYTES:
        return rejected(case, [reason(TOO_LARGE)])
    return Verdict(wire, "response", (), tuple(notes))


def rejected(case: Case, found: Sequence[Reason], subjects: Sequence[str] = ()) -> Verdict:
    codes = tuple(each.code for each in found)
    rejection = Rejection(
        source=case.source,
        kind="rejection",
        survey=None if case.message is None else case.message.survey,
        version=None if case.message is None else case.message.version,
        revision=case.revision,
        instance=case.instance,
        replaces=case.replaces,
        reasons=list(found),
        key_id=case.letter.key_id,
        sealed=case.sealed,
        subjects=list(subjects),
    )
    return _bounded(case, rejection, codes)


def held(case: Case, message: Submission) -> Verdict:
    outcome = Held(
        source=case.source,
        kind="held",
        survey=message.survey,
        version=message.version,
        instance=case.instance or "",
        replaces=case.replaces,
        key_id=case.letter.key_id or "",
        sealed=case.sealed,
    )
    return _bounded(case, outcome, ())


def refused(case: Case, message: Submission) -> Verdict:
    outcome = Refusal(
        source=case.source,
        kind="refusal",
        survey=message.survey,
        version=message.version,
        instance=case.instance or "",
        replaces=case.replaces,
    )
    return Verdict(outcome.to_wire(), "refusal")


def withdrawn(case: Case, survey: str, instance: str) -> Verdict:
    outcome = Withdrawn(source=case.source, kind="withdrawn", survey=survey, instance=instance)
    return Verdict(outcome.to_wire(), "withdrawn")


def erased(case: Case, message: Erasure, pseudonyms: list[str]) -> Verdict:
    outcome = Erased(
        source=case.source, kind="erased", survey=message.survey, pseudonyms=pseudonyms, before=message.before
    )
    return Verdict(outcome.to_wire(), "erased")


def _bounded(case: Case, outcome: Rejection | Held, codes: tuple[str, ...]) -> Verdict:
    """The broker would refuse a record that is too large, and then nothing after it could be written: the sealed
    payload is left out, which is all that can make it so large."""
    wire = outcome.to_wire()
    if len(wire) <= MAX_OUTCOME_BYTES:
        return Verdict(wire, outcome.kind, codes, replay=case.letter.replay_of is not None)
    found = [reason(TOO_LARGE), *(outcome.reasons if isinstance(outcome, Rejection) else ())]
    short = Rejection(
        source=case.source,
        kind="rejection",
        survey=outcome.survey,
        version=outcome.version,
        revision=case.revision,
        instance=outcome.instance,
        replaces=outcome.replaces,
        reasons=found,
        key_id=outcome.key_id,
        sealed="",
    )
    return Verdict(short.to_wire(), "rejection", tuple(each.code for each in found))


def _is_text(record: bytes) -> bool:
    """A sealed box is 48 random bytes and more; that these are UTF-8 does not happen."""
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return True
