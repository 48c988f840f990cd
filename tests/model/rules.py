"""The rules of the protocol as switches: what the design says, and what a mutation breaks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.aggregate.slots import State
from services.aggregate.watermark import Arrived, Plan, Watermark, plan

Planner = Callable[[Mapping[int, Watermark], Iterable[Arrived]], Plan]


LOOK, DONE, LOST = "look", "done", "lost"
"""What a worker does that hears nothing of its commit: look at the watermarks, or take it for one or the other."""


@dataclass(frozen=True)
class Rules:
    """The defaults are the protocol.

    `apart`: collections whose documents are written in a transaction of their own, after the batch (or before it, if
    `apart_first`). `notes`: slots that a batch makes in one of these states for an instance that is not its own go
    to a document of the writer's instead; readers put both together, so one after the other all goes well.
    `patches`: attributes of the real modules that are replaced while the model runs, as (object, name, value).
    `only_owners_write` and `serial` are invariants that are asked for: the first of every commit, the second that
    each content is one that one worker alone could have made.
    """

    compare_values: bool = True
    compare_owner: bool = True
    compare_when_nothing_is_new: bool = True
    compare_revisions: bool = True
    refuse_existing: bool = True
    end_sessions: bool = True
    unknown_commit: str = LOOK
    resume_at_watermark: bool = True
    apart: frozenset[str] = frozenset()
    apart_first: bool = False
    notes: frozenset[State] = frozenset()
    planner: Planner = plan
    patches: tuple[tuple[Any, str, Any], ...] = field(default=())
    only_owners_write: bool = True
    serial: bool = True


PROTOCOL = Rules()
