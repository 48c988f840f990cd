"""The bytes of one record of `submissions` -> exactly one outcome, whatever they are.

Expected failures are outcomes with codes. Our own failure on one record is an outcome too (VAL-003), so that no record
can stop the stream. Only what concerns all records is raised: a `Fatal` (a key or a release is missing), and what the
catalogue raises while it cannot look. No I/O but through the catalogue and the key files.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from schemas.events import BodyFormat, Erasure, Submission, Withdrawal, read_sealed
from schemas.message import NewerMessage
from schemas.survey.definition import SurveyDefinition
from services.runtime.faults import OperatorStop
from services.runtime.keys import PrivateKeys
from services.runtime.sealing import CannotOpen, Opener
from services.validate import reasons
from services.validate.compiled import CompiledSurvey, CompiledSurveys, Files
from services.validate.encrypted_forms import Clear, without_keys
from services.validate.instance import Instance, Unreadable
from services.validate.judge import Accepted
from services.validate.known_secrets import KnownSecrets
from services.validate.outcome import Case, Letter, Verdict, erased, held, refused, rejected, response, withdrawn
from services.validate.pseudonym import SurveySecrets
from services.validate.reasons import Code, reason


class Catalogue(Protocol):
    """The published surveys (services.runtime.surveys)."""

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        """Reads `surveys` to its present end before it answers None. Raises if it cannot."""
        ...

    def latest(self, survey: str) -> SurveyDefinition | None: ...


OnFault = Callable[[BaseException, Letter], None]
"""Told of our own failure on a record, to log its type and place. The text of the exception may quote an answer."""


class Verdicts:
    """Not thread-safe in what it caches; one worker calls it from one thread at a time."""

    def __init__(
        self,
        opener: Opener,
        keys: PrivateKeys,
        catalogue: Catalogue,
        topic_id: str,
        on_fault: OnFault,
        on_compiled: Callable[[CompiledSurvey], None] = lambda _: None,
        clear: Clear = without_keys,
        files: Files = lambda _: {},
    ) -> None:
        self._opener = opener
        self._keys = keys
        self._catalogue = catalogue
        self._topic_id = topic_id
        self._on_fault = on_fault
        self._clear = clear
        self._surveys = CompiledSurveys(on_compiled, files)
        self._secrets = KnownSecrets(keys)

    def __call__(self, letter: Letter) -> Verdict:
        case = Case(self._topic_id, letter)
        try:
            message = read_sealed(self._opener.open(letter.key_id, letter.sealed))
        except CannotOpen:
            return rejected(case, [reason(reasons.CANNOT_OPEN)])
        except NewerMessage as newer:
            raise OperatorStop(f"{newer}. Upgrade validate first, then ingest.") from None
        except ValueError as fault:
            self._on_fault(fault, letter)
            return rejected(case, [reason(reasons.UNREADABLE_RECORD)])
        except Exception as fault:
            return self._failed(case, fault)
        if isinstance(message, Withdrawal):
            try:
                return withdrawn(case, message.survey, self._hash(message.survey, message.instance))
            except Exception as fault:
                return self._failed(case, fault)
        if isinstance(message, Erasure):
            return self._erasure(Case(self._topic_id, replace(letter, sealed=b"")), message)
        definition = self._catalogue.find(message.survey, message.version)
        secrets = None if definition is None else self._secrets(message.survey)
        files = {} if definition is None else self._surveys.files_for(definition)
        try:
            case = self._case(letter, message)
            if definition is None:
                known = self._catalogue.latest(message.survey) is not None
                return rejected(case, [reason(reasons.UNKNOWN_VERSION if known else reasons.UNKNOWN_SURVEY)])
            if secrets is None:
                # Its payload is not kept either: nothing can ever be counted in this survey again.
                return rejected(replace(case, letter=replace(letter, sealed=b"")), [reason(reasons.KEY_DESTROYED)])
            return self._judged(case, message, self._surveys.of(definition, files), secrets)
        except Exception as fault:
            return self._failed(case, fault)

    def _judged(self, case: Case, message: Submission, survey: CompiledSurvey, secrets: SurveySecrets) -> Verdict:
        case = replace(case, revision=survey.definition.revision)
        read = survey.read_xml if message.format is BodyFormat.XML else survey.read_json
        try:
            instance = read(message.body)
        except Unreadable as unreadable:
            return rejected(case, [reason(unreadable.code)])
        if instance.encrypted:
            return self._opened(case, message, survey, secrets)
        try:
            return self._weighed(case, message, survey, secrets, instance)
        finally:
            instance.release()

    def _weighed(
        self, case: Case, message: Submission, survey: CompiledSurvey, secrets: SurveySecrets, instance: Instance
    ) -> Verdict:
        consent = survey.anonymiser.consent(instance.root)
        if consent is False:
            # Before any judgement: whatever else is wrong with it, nothing of it may be kept.
            return refused(case, message)
        judged = survey.judge(instance, message.received_ms)
        if not isinstance(judged, Accepted):
            return rejected(case, judged, survey.respondents(instance.root, secrets))
        root = instance.root
        if not survey.anonymiser.agreed(root):
            return refused(case, message)
        left = survey.anonymiser(root, secrets)
        may_be_older = secrets.rotated or case.letter.replay_of is not None
        return response(
            case,
            message,
            secrets.fingerprint(root),
            secrets.record_key(message.replaces or message.instance),
            left,
            judged.notes,
            survey.respondents.beside(left, root, secrets) if may_be_older else (),
        )

    def _opened(self, case: Case, message: Submission, survey: CompiledSurvey, secrets: SurveySecrets) -> Verdict:
        """Of a submission that its form encrypted. What comes out is not encrypted again: `decipher` refuses that."""
        clear = self._clear(message, survey.definition)
        if clear is None:
            return held(case, message)
        if isinstance(clear, Code):
            return rejected(case, [reason(clear)])
        return self._judged(self._case(case.letter, clear), clear, survey, secrets)

    def _erasure(self, case: Case, message: Erasure) -> Verdict:
        """`case` is without the payload: it says who the person is, and nobody is to keep that for a later try."""
        if self._catalogue.latest(message.survey) is None:
            # Looks once more; a version of this name there is none.
            self._catalogue.find(message.survey, "")
            if self._catalogue.latest(message.survey) is None:
                return rejected(case, [reason(reasons.UNKNOWN_SURVEY)])
        secrets = self._secrets(message.survey)
        if secrets is None:
            return rejected(case, [reason(reasons.KEY_DESTROYED)])
        try:
            found = [secrets.pseudonyms(each, message.value, message.countries) for each in message.subjects]
            return erased(case, message, sorted({name for names in found for name in names}))
        except Exception as fault:
            return self._failed(case, fault)

    def _failed(self, case: Case, fault: Exception) -> Verdict:
        self._on_fault(fault, case.letter)
        return rejected(case, [reason(reasons.OUR_FAULT)])

    def _case(self, letter: Letter, message: Submission) -> Case:
        replaces = None if message.replaces is None else self._hash(message.survey, message.replaces)
        return Case(self._topic_id, letter, message, self._hash(message.survey, message.instance), replaces)

    def _hash(self, survey: str, instance: str) -> str:
        return self._keys.instance_hash(survey, instance)
