"""Which instance of a lineage is counted: the rules of identity (design, section 4) as decisions on slots.

The rule that makes the order of arrival irrelevant is local: an accepted instance is counted if and only if no
accepted edit replaced it and it is not withdrawn. So everything that concerns an instance writes its slot; an edit or
a withdrawal writes the slot of its target too, and makes it if it is not there. Two transactions about one lineage
then write a common slot, and the database lets only one of them commit. (A duplicate writes nothing: it stays one
whatever happens beside it.)

A rejected (or held) instance is passed over: an edit of it is an edit of what it wanted to replace, whichever of the
two arrives first. If that shows only later that an accepted edit competes with an earlier one, it is rejected then.

Nothing here does I/O but through `Reader`; the order of the slots' writes does not matter.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from schemas.erasure import ErasureKind
from schemas.events import Reason
from schemas.outcome_class import SEALED_BY_FORM, OutcomeClass
from services.aggregate.erasing import Erasure, Taken, concerning
from services.aggregate.overlay import WALK_LIMIT, Decision, Overlay, Reader
from services.aggregate.replacing import EDIT_CONFLICT, carry_over, may_replace, replace_target
from services.aggregate.replaying import let_go
from services.aggregate.retention import SURVEY_ENDED
from services.aggregate.slots import (
    HOLDING,
    NO_RECORDS,
    WITHDRAWING,
    Arrival,
    Kind,
    Quarantined,
    RejectionEntry,
    Slot,
    State,
)
from services.aggregate.withdrawing import withdraw

INSTANCE_CONFLICT = "AGG-001"
EDIT_OF_ITSELF = "AGG-003"
EDIT_CIRCLE = "AGG-004"


def decide(
    arrivals: Iterable[Arrival], reader: Reader, taken_for_new: Iterable[str] = (), ended: Collection[str] = ()
) -> Decision:
    """Decides a batch in its order. Slots of `taken_for_new` are not looked up; each of them is in `created`, so that
    the database refuses it if it is there. Of the surveys `ended` nothing is counted or kept any more."""
    arrivals = list(arrivals)
    overlay = Overlay(reader, taken_for_new)
    overlay.prefetch(name for arrival in arrivals for name in (arrival.instance, arrival.replaces) if name is not None)
    overlay.prefetch_quarantine(
        arrival.instance for arrival in arrivals if arrival.instance is not None and arrival.kind in WITHDRAWING
    )
    _prefetch_erasures(overlay, arrivals)
    judge = _Judge(overlay, ended)
    for arrival in arrivals:
        judge.judge(arrival)
    return overlay.finish()


def _prefetch_erasures(overlay: Overlay, arrivals: Iterable[Arrival]) -> None:
    """Only what was replayed can be older than an erasure that is done."""
    named: dict[str, set[str]] = {}
    for arrival in arrivals:
        if arrival.replay_of is not None and arrival.subjects:
            named.setdefault(_survey(arrival), set()).update(arrival.subjects)
    for survey, pseudonyms in named.items():
        overlay.prefetch_erasures(survey, pseudonyms)


class _Judge:
    def __init__(self, overlay: Overlay, ended: Collection[str]) -> None:
        self._overlay = overlay
        self._ended = ended
        self._judges: dict[Kind, Callable[[Arrival], None]] = {
            Kind.RESPONSE: self._accepted,
            Kind.REFUSAL: self._accepted,
            Kind.REJECTION: self._not_accepted,
            Kind.HELD: self._not_accepted,
            Kind.WITHDRAWAL: self._withdrawal,
            Kind.ERASURE: self._erasure,
            Kind.FOUND: self._found,
            Kind.AGAIN: self._again,
            Kind.LOST: lambda arrival: self._overlay.class_now(OutcomeClass.LOST),
        }

    def judge(self, arrival: Arrival) -> None:
        self._overlay.now = arrival
        arrival = self._overlay.now = let_go(self._overlay, arrival)
        if arrival.survey is not None and arrival.survey in self._ended:
            self._too_late(arrival)
        else:
            self._judges[arrival.kind](arrival)

    # -- the kinds of record -----------------------------------------------------------------------------------

    def _accepted(self, arrival: Arrival) -> None:
        """A response or a refusal: valid under its form."""
        instance = _named(arrival)
        slot = self._overlay.get(instance)
        if self._is_withdrawn(arrival, slot):
            return
        if slot is not None and slot.state in HOLDING:
            same = slot.fingerprint == arrival.fingerprint and slot.replaces == arrival.replaces
            if same and (slot.state is State.REFUSED) == (arrival.kind is Kind.REFUSAL):
                self._overlay.class_now(OutcomeClass.DUPLICATE)
            else:
                self._reject_record(arrival, INSTANCE_CONFLICT)
            return
        if arrival.replaces is None:
            self._accept(arrival, slot)
            return
        if arrival.replaces == instance:
            self._reject(arrival, slot, EDIT_OF_ITSELF, wanted=None)
            return
        passed, target = self._overlay.resolve(arrival.replaces, instance)
        named = self._overlay.get(target) if target is not None else None
        if named is not None and named.state is State.WITHDRAWN:
            self._withdraw(arrival)
        elif len(passed) > WALK_LIMIT or (target is not None and target in self._overlay.edits_after(instance)):
            self._overlay.touch(arrival.replaces, _survey(arrival))
            self._reject(arrival, slot, EDIT_CIRCLE, wanted=None)
        elif named is not None and not may_replace(instance, slot, named):
            self._overlay.touch(arrival.replaces, _survey(arrival))
            self._overlay.touch(named.instance, named.survey)
            self._reject(arrival, slot, EDIT_CONFLICT, wanted=arrival.replaces)
        else:
            self._accept(arrival, slot)
            replace_target(self._overlay, instance, passed, target, _survey(arrival))

    def _not_accepted(self, arrival: Arrival) -> None:
        """A rejection by validate, or a submission that waits for its key."""
        held = arrival.kind is Kind.HELD
        if arrival.instance is None:
            self._overlay.class_now(OutcomeClass.REJECTED, arrival.reasons[0].code)
            self._note_rejection(arrival)
            self._quarantine(arrival)
            return
        slot = self._overlay.get(arrival.instance)
        if self._is_withdrawn(arrival, slot):
            return
        target = None
        if arrival.replaces not in (None, arrival.instance):
            _, target = self._overlay.resolve(arrival.replaces, arrival.instance)
        named = self._overlay.get(target) if target is not None else None
        if named is not None and named.state is State.WITHDRAWN:
            if slot is not None and slot.state in HOLDING:
                self._overlay.class_now(OutcomeClass.WITHDRAWN)
            else:
                self._withdraw(arrival)
            return
        if held:
            self._overlay.class_now(OutcomeClass.HELD, SEALED_BY_FORM)
        else:
            self._overlay.class_now(OutcomeClass.REJECTED, arrival.reasons[0].code)
            self._note_rejection(arrival)
        self._quarantine(arrival)
        if arrival.replaces not in (None, arrival.instance):
            # So that a withdrawal of the target beside this one cannot miss what is now in the quarantine.
            self._overlay.touch(arrival.replaces, _survey(arrival))
            if target is not None:
                self._overlay.touch(target, _survey(arrival))
        if slot is not None and slot.state in HOLDING:
            self._overlay.put(slot)
            return
        wanted = arrival.replaces if arrival.replaces != arrival.instance else None
        self._put_aside(arrival, slot, State.HELD if held else State.REJECTED, wanted)

    def _too_late(self, arrival: Arrival) -> None:
        """Of a survey whose retention is over. There is nothing left that a withdrawal could take back."""
        if arrival.kind in (Kind.WITHDRAWAL, Kind.ERASURE):
            self._overlay.class_now(OutcomeClass.CONTROL)
            kind = ErasureKind.INSTANCE if arrival.kind is Kind.WITHDRAWAL else ErasureKind.RESPONDENT
            nothing = Erasure(arrival.source, _survey(arrival), kind, arrival.at_ms, done_ms=arrival.at_ms)
            self._overlay.decision.erasures.append(nothing)
        elif arrival.kind not in NO_RECORDS:
            self._overlay.class_now(OutcomeClass.REJECTED, SURVEY_ENDED)

    def _withdrawal(self, arrival: Arrival) -> None:
        self._overlay.class_now(OutcomeClass.CONTROL)
        asked = Erasure(arrival.source, _survey(arrival), ErasureKind.INSTANCE, arrival.at_ms)
        self._overlay.decision.erasures.append(asked)
        self._overlay.note_taken(asked.source, withdraw(self._overlay, _named(arrival), asked.survey))

    def _erasure(self, arrival: Arrival) -> None:
        """Of a respondent: services.aggregate.finding does the rest."""
        self._overlay.class_now(OutcomeClass.CONTROL)
        assert arrival.erasure is not None
        self._overlay.decision.erasures.append(arrival.erasure)

    def _found(self, arrival: Arrival) -> None:
        self._overlay.note_taken(arrival.source, withdraw(self._overlay, _named(arrival), _survey(arrival)))

    def _again(self, arrival: Arrival) -> None:
        assert arrival.erasure is not None
        self._overlay.decision.erasures.append(arrival.erasure)
        if arrival.instance is not None:
            self._found(arrival)

    # -- accepting, rejecting ----------------------------------------------------------------------------------

    def _accept(self, arrival: Arrival, slot: Slot | None) -> None:
        replaced_by = slot.replaced_by if slot else None
        if arrival.kind is Kind.REFUSAL:
            state, of_record = State.REFUSED, OutcomeClass.REFUSED
        elif replaced_by is not None:
            state, of_record = State.SUPERSEDED, OutcomeClass.SUPERSEDED
        else:
            state, of_record = State.COUNTED, OutcomeClass.COUNTED
        applied = response = None
        epoch = 0
        if state is State.COUNTED:
            if arrival.contribution is None:
                raise ValueError("a response arrived without its contribution")
            applied, response = arrival.contribution.encode(), arrival.record
            epoch = arrival.contribution.epoch
            self._overlay.decision.added.append((_survey(arrival), arrival.partition, arrival.contribution))
        self._overlay.class_now(of_record)
        self._overlay.put(
            Slot(
                _named(arrival),
                _survey(arrival),
                state,
                arrival.partition,
                arrival.offset,
                arrival.version or "",
                arrival.fingerprint,
                arrival.replaces,
                replaced_by,
                applied,
                response,
                arrival.subjects,
                slot.linked if slot else (),
                arrival.origin if arrival.subjects else None,
                epoch=epoch,
            )
        )

    def _reject(self, arrival: Arrival, slot: Slot | None, code: str, wanted: str | None) -> None:
        """Rejects an edit here, of which validate found nothing wrong. Its id stays free."""
        self._reject_record(arrival, code)
        self._put_aside(arrival, slot, State.REJECTED, wanted)
        if arrival.replaces is not None and arrival.replaces != arrival.instance:
            self._overlay.link(_named(arrival), arrival.replaces, _survey(arrival))

    def _put_aside(self, arrival: Arrival, slot: Slot | None, state: State, wanted: str | None) -> None:
        """The slot of an instance that is not accepted, and what follows for an edit of it that was there first."""
        if slot is not None and slot.replaces is not None and (wanted is None or slot.replaced_by is not None):
            # An accepted edit already reached past it: the way that it took stays.
            wanted = slot.replaces
        self._overlay.put(
            Slot(
                _named(arrival),
                _survey(arrival),
                state,
                arrival.partition,
                arrival.offset,
                arrival.version or "",
                replaces=wanted,
                replaced_by=slot.replaced_by if slot else None,
                linked=slot.linked if slot else (),
            )
        )
        carry_over(self._overlay, _named(arrival))

    def _reject_record(self, arrival: Arrival, code: str) -> None:
        self._overlay.class_now(OutcomeClass.REJECTED, code)
        self._note_rejection(replace(arrival, reasons=(Reason(code=code),)))

    # -- what is withdrawn on arrival --------------------------------------------------------------------------

    def _is_withdrawn(self, arrival: Arrival, slot: Slot | None) -> bool:
        """Whether the arrival belongs to something that was withdrawn by its id, or replays what a respondent who was
        erased had sent before. It is withdrawn then."""
        if slot is not None and slot.state is State.WITHDRAWN:
            self._withdraw(arrival)
            return True
        if arrival.origin is None or not arrival.subjects:
            return False
        survey = _survey(arrival)
        found = self._overlay.erasures(survey, arrival.subjects)
        erasure = concerning(found, survey, arrival.subjects, arrival.origin)
        if erasure is not None:
            self._overlay.note_taken(erasure.source, self._withdraw(arrival) + Taken(payloads=1))
        return erasure is not None

    def _withdraw(self, arrival: Arrival) -> Taken:
        """An arrival, and with it the lineage in which it stands."""
        self._overlay.class_now(OutcomeClass.WITHDRAWN)
        instance, survey, named = _named(arrival), _survey(arrival), arrival.replaces
        taken = withdraw(self._overlay, instance, survey)
        if named is None or named == instance:
            return taken
        marker = self._overlay.get(instance)
        assert marker is not None
        if marker.replaces is None:
            self._overlay.put(replace(marker, replaces=named))
        return taken + withdraw(self._overlay, named, survey)

    # -- what is kept of a rejection ---------------------------------------------------------------------------

    def _note_rejection(self, arrival: Arrival) -> None:
        reasons = tuple(reason.model_dump(exclude_defaults=True) for reason in arrival.reasons)
        self._overlay.decision.rejections.append(
            RejectionEntry(arrival.partition, arrival.offset, arrival.at_ms, arrival.survey, arrival.version, reasons)
        )

    def _quarantine(self, arrival: Arrival) -> None:
        if arrival.sealed is not None:
            self._overlay.decision.quarantined.append(
                Quarantined(
                    arrival.partition,
                    arrival.offset,
                    arrival.kind,
                    arrival.survey,
                    arrival.version,
                    arrival.instance,
                    arrival.replaces,
                    arrival.key_id,
                    arrival.sealed,
                    arrival.subjects,
                    arrival.origin,
                )
            )


def _named(arrival: Arrival) -> str:
    assert arrival.instance is not None
    return arrival.instance


def _survey(arrival: Arrival) -> str:
    return arrival.survey or ""
