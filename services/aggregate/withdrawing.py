"""Withdrawing an instance: what it contributed is taken back, what is kept of it deleted, and a marker left."""

from schemas.outcome_class import OutcomeClass
from services.aggregate.overlay import Overlay
from services.aggregate.slots import HOLDING, PASSED_OVER, Kind, Slot, State


def withdraw(overlay: Overlay, instance: str, survey: str) -> None:
    """Withdraws an instance and every later edit of it, rejected and held ones included."""
    waiting, seen = [instance], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        slot = overlay.get(name)
        if slot is None:
            slot = Slot(name, survey, State.AWAITED)
        if slot.state in HOLDING:
            overlay.take_back(slot)
            overlay.decision.erased.add((slot.survey, slot.partition))
            overlay.move(slot.partition, OutcomeClass(slot.state.value), OutcomeClass.WITHDRAWN)
        overlay.put(Slot(name, slot.survey, State.WITHDRAWN, replaces=slot.replaces, replaced_by=slot.replaced_by))
        if slot.replaced_by is not None:
            waiting.append(slot.replaced_by)
        waiting.extend(_purge(overlay, name))


def _purge(overlay: Overlay, instance: str) -> list[str]:
    """Drops what the quarantine holds of an instance and of edits of it; returns the edits that it held."""
    decision = overlay.decision
    stored = overlay.stored_quarantine(instance)
    fresh = [entry for entry in decision.quarantined if instance in (entry.instance, entry.replaces)]
    decision.quarantined = [entry for entry in decision.quarantined if entry not in fresh]
    decision.purged.update((entry.partition, entry.offset) for entry in stored)
    for entry in (*stored, *fresh):
        if entry.kind is Kind.HELD:
            overlay.move(entry.partition, OutcomeClass.HELD, OutcomeClass.WITHDRAWN)
    edits = {entry.instance for entry in (*stored, *fresh) if entry.instance is not None}
    return sorted(edit for edit in edits if edit != instance and _is_passed_over(overlay, edit))


def _is_passed_over(overlay: Overlay, instance: str) -> bool:
    slot = overlay.get(instance)
    return slot is not None and slot.state in PASSED_OVER
