"""Withdrawing an interview: what it contributed is taken back, what is kept of it deleted, and markers left.

An interview is a lineage: an instance, what it was an edit of, and every edit of it, the rejected and held ones
included. Whoever withdraws one of them withdraws all, in whichever order they arrive: a marker spreads to what names
it and to what it names. So no version of a withdrawn interview can be counted in the place of another.
"""

from collections.abc import Mapping

from schemas.outcome_class import OutcomeClass
from services.aggregate.erasing import Source, Taken
from services.aggregate.overlay import Overlay
from services.aggregate.slots import HOLDING, PASSED_OVER, Kind, Slot, State


def withdraw(overlay: Overlay, instance: str, survey: str) -> Taken:
    """Withdraws the lineage of an instance. Markers that are there stay as they are, and their lineage is closed."""
    taken = Taken()
    waiting: list[str] = [instance]
    before: dict[str, Slot] = {}
    while waiting:
        name = waiting.pop()
        slot = overlay.get(name) or Slot(name, survey, State.AWAITED)
        if slot.state is State.WITHDRAWN:
            continue
        before[name] = slot
        edits, payloads = _purge(overlay, name)
        counted = slot.state is State.COUNTED
        if slot.state in HOLDING:
            overlay.take_back(slot)
            overlay.decision.erased.add((slot.survey, slot.partition))
            overlay.move(slot.partition, OutcomeClass(slot.state.value), OutcomeClass.WITHDRAWN)
        elif slot.state is State.REJECTED and (slot.partition, slot.offset) not in overlay.settled:
            # Rejected here and not by validate: no payload, but a line on the list of rejections.
            overlay.decision.erased.add((slot.survey, slot.partition))
            overlay.move(slot.partition, OutcomeClass.REJECTED, OutcomeClass.WITHDRAWN)
            unreject(overlay, (slot.partition, slot.offset))
        kept = slot.state is not State.AWAITED
        taken += Taken(int(counted), int(kept), payloads)
        overlay.put(
            Slot(
                name,
                slot.survey,
                State.WITHDRAWN,
                overlay.now.partition,
                overlay.now.offset,
                replaces=slot.replaces,
                replaced_by=slot.replaced_by,
                taken=_first_counted(overlay, slot, before) if counted else None,
            )
        )
        waiting.extend(link for link in (slot.replaces, slot.replaced_by, *slot.linked, *edits) if link is not None)
    return taken


def _first_counted(overlay: Overlay, slot: Slot, before: Mapping[str, Slot]) -> Source:
    """Since which record there was an answer of this interview in the cells, without a break: whoever was counted,
    edited and then withdrew is missed by a release from before the edit. `before` are the versions that are withdrawn
    already, as they were."""
    first, name, seen = slot, slot.replaces, {slot.instance}
    while name is not None and name not in seen:
        seen.add(name)
        earlier = before.get(name) or overlay.get(name)
        if earlier is None or earlier.state not in {State.SUPERSEDED, *PASSED_OVER}:
            break
        # A version that came later than its edit was never in the cells; offsets of two partitions say nothing.
        if earlier.state is State.SUPERSEDED and (
            earlier.partition != first.partition or earlier.offset < first.offset
        ):
            first = earlier
        name = earlier.replaces
    return first.partition, first.offset


def _purge(overlay: Overlay, instance: str) -> tuple[list[str], int]:
    """Drops what the quarantine holds of an instance and of edits of it. Returns the edits that it held, and how many
    payloads were dropped."""
    decision = overlay.decision
    stored = overlay.stored_quarantine(instance)
    fresh = [entry for entry in decision.quarantined if instance in (entry.instance, entry.replaces)]
    decision.quarantined = [entry for entry in decision.quarantined if entry not in fresh]
    decision.purged.update((entry.partition, entry.offset) for entry in stored)
    for entry in (*stored, *fresh):
        source = entry.partition, entry.offset
        overlay.settled.add(source)
        if entry.kind is Kind.HELD:
            overlay.move(entry.partition, OutcomeClass.HELD, OutcomeClass.WITHDRAWN)
        else:
            overlay.move(entry.partition, OutcomeClass.REJECTED, OutcomeClass.WITHDRAWN)
            unreject(overlay, source)
    edits = {entry.instance for entry in (*stored, *fresh) if entry.instance is not None}
    passed_over = sorted(edit for edit in edits if edit != instance and _is_passed_over(overlay, edit))
    return passed_over, len(stored) + len(fresh)


def unreject(overlay: Overlay, source: Source) -> None:
    """Off the list that staff see, also if it is only about to get there."""
    decision = overlay.decision
    listed = [entry for entry in decision.rejections if (entry.partition, entry.offset) != source]
    if len(listed) == len(decision.rejections):
        decision.unrejected.add(source)
    decision.rejections = listed


def _is_passed_over(overlay: Overlay, instance: str) -> bool:
    slot = overlay.get(instance)
    return slot is not None and slot.state in PASSED_OVER
