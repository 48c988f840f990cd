"""A record that was written again from the quarantine: the one that it repeats leaves it, and its class.

`rihla replay` writes a payload to `submissions` again and touches nothing else: the new record is an accepted record
with an offset of its own, and names the old one. When its outcome is applied, in the same transaction, the old one
goes from rejected or held to replayed and its payload is deleted. So at any moment each payload is in the quarantine,
or a record on its way or in a class stands for it; and the classes add up before and after.

A payload that was written again twice (replay was interrupted and called again) finds nothing left to move the second
time. Its record then is what any repetition is: a duplicate by content, or rejected or held once more.

Both can be in one batch: to a database that was restored from a backup the whole log comes again.
"""

from dataclasses import replace

from schemas.outcome_class import OutcomeClass
from services.aggregate.overlay import Overlay
from services.aggregate.slots import Arrival, Kind
from services.aggregate.withdrawing import unreject

UNKNOWN = -1
"""Offset of an origin that is not known any more: older than whatever was erased."""

CLASSES = {Kind.HELD: OutcomeClass.HELD, Kind.REJECTION: OutcomeClass.REJECTED}


def let_go(overlay: Overlay, arrival: Arrival) -> Arrival:
    """Before the arrival itself is judged: what it repeats must not be found in its way. Returned with its origin."""
    if arrival.replay_of is None:
        return arrival
    origin = arrival.replay_of[0], UNKNOWN
    if arrival.replay_of in overlay.decision.purged:
        return replace(arrival, origin=origin)
    fresh = [entry for entry in overlay.decision.quarantined if (entry.partition, entry.offset) == arrival.replay_of]
    for entry in fresh or overlay.stored_at(arrival.replay_of):
        if entry.instance not in (None, arrival.instance):
            # Not the same submission, whatever the header says: nothing of another one may be deleted.
            break
        origin = entry.origin or arrival.replay_of
        overlay.decision.quarantined = [other for other in overlay.decision.quarantined if other is not entry]
        overlay.decision.purged.add(arrival.replay_of)
        overlay.settled.add(arrival.replay_of)
        overlay.move(entry.partition, CLASSES[entry.kind], OutcomeClass.REPLAYED)
        if entry.kind is Kind.REJECTION:
            unreject(overlay, arrival.replay_of)
    return replace(arrival, origin=origin)
