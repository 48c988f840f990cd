"""Replacing what an edit names: directly, past what is not accepted, and later than the edit was accepted."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.outcome_class import OutcomeClass
from services.aggregate.overlay import Overlay
from services.aggregate.slots import HOLDING, PASSED_OVER, RejectionEntry, Slot, State
from services.aggregate.withdrawing import withdraw

EDIT_CONFLICT = "AGG-002"


def may_replace(edit: str, own: Slot | None, target: Slot) -> bool:
    """False if another accepted edit of the target stands. An edit of `edit` itself, which reached the target
    while `edit` was not accepted, is no competitor: it comes after it."""
    return target.replaced_by in (None, edit) or (own is not None and own.replaced_by == target.replaced_by)


def replace_target(overlay: Overlay, edit: str, passed: list[str], target: str | None, survey: str) -> None:
    _pass_over(overlay, passed, edit)
    if target is None:
        return
    slot = overlay.get(target)
    if slot is None:
        overlay.put(Slot(target, survey, State.AWAITED, replaced_by=edit))
        return
    if slot.state is State.COUNTED:
        overlay.take_back(slot)
        overlay.move(slot.partition, OutcomeClass.COUNTED, OutcomeClass.SUPERSEDED)
        slot = replace(slot, state=State.SUPERSEDED, applied=None, response=None)
    overlay.put(replace(slot, replaced_by=edit))


def _pass_over(overlay: Overlay, passed: Iterable[str], edit: str) -> None:
    for instance in passed:
        slot = overlay.get(instance)
        if slot is not None and (slot.state in PASSED_OVER or slot.replaced_by is None):
            overlay.put(replace(slot, replaced_by=edit))


def carry_over(overlay: Overlay, instance: str) -> None:
    """A rejected instance that an accepted edit named before it arrived: that edit now reaches further."""
    slot = overlay.get(instance)
    while slot is not None and slot.replaced_by is not None:
        edit = overlay.get(slot.replaced_by)
        if edit is None or edit.state not in HOLDING:
            return
        passed, target = overlay.resolve(instance, edit.instance)
        if target is None or target == instance:
            _pass_over(overlay, passed, edit.instance)
            return
        named = overlay.get(target)
        if named is not None and named.state is State.WITHDRAWN:
            withdraw(overlay, edit.instance, edit.survey)
            return
        if target in overlay.edits_after(edit.instance):
            return
        if named is None or may_replace(edit.instance, edit, named):
            replace_target(overlay, edit.instance, passed, target, edit.survey)
            return
        overlay.touch(target, edit.survey)
        _reject_accepted(overlay, edit)
        # Whatever edited that edit now reaches past it as well.
        instance, slot = edit.instance, overlay.get(edit.instance)


def _reject_accepted(overlay: Overlay, edit: Slot) -> None:
    """Takes back an edit that turned out to compete with an earlier one."""
    before = OutcomeClass(edit.state.value)
    overlay.take_back(edit)
    overlay.move(edit.partition, before, OutcomeClass.REJECTED)
    overlay.decision.rejections.append(
        RejectionEntry(
            edit.partition,
            edit.offset,
            overlay.now.at_ms,
            edit.survey,
            edit.version,
            ({"code": EDIT_CONFLICT},),
        )
    )
    named, seen = edit.replaces, {edit.instance}
    while named is not None and named not in seen:
        seen.add(named)
        slot = overlay.get(named)
        if slot is None:
            break
        if slot.replaced_by == edit.instance:
            overlay.put(replace(slot, replaced_by=None))
        if slot.state not in PASSED_OVER:
            break
        named = slot.replaces
    overlay.put(
        replace(edit, state=State.REJECTED, fingerprint="", applied=None, response=None, subjects=(), origin=None)
    )
    if edit.replaces is not None:
        overlay.link(edit.instance, edit.replaces, edit.survey)
