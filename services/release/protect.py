"""From live tables to a release: the whole decision. Pure and deterministic.

All that is published is made of rounded quantities (or, where a closed survey suppresses, of counts that linear
programming found safe), so what one person can change in it is bounded before any figure is computed. What the next
release must remember is in `Memory`, which is as secret as `live`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.release.deduced import without_deduced
from services.release.delta import Fresh, settle, violations
from services.release.dominated import without_dominated
from services.release.epoch import Last, Moment, epoch
from services.release.identity import Identity, identity
from services.release.live_table import LiveTable
from services.release.manifest import Audit, Manifest, counted, manifest, note
from services.release.policy import Policy, treatments
from services.release.primary import Reason
from services.release.problems import NotReleased, Problem
from services.release.published import listed, published
from services.release.quantities import Quantities
from services.release.rounded import hidden_alike, without_recoverable
from services.release.rows import PublishedTable
from services.release.suppressed import Counted, pattern
from services.release.units import Unit, together


@dataclass(frozen=True)
class Memory:
    """What the next release is compared with. `steps`, `fresh` and `scales` by unit."""

    last: Last
    content: str
    steps: Mapping[str, int]
    fresh: Mapping[str, Mapping[Identity, Fresh]]
    scales: Mapping[str, Mapping[str, int]]


SECRET_BYTES = 32
"""Of a release key. Who can guess it can undo the rounding."""
NOTHING = Memory(Last(0, 0, False), "", {}, {}, {})
"""Before the first release."""


@dataclass(frozen=True)
class Release:
    """`manifest` and `tables` are for everybody; `memory` and `audit` for nobody but the service and the officer."""

    manifest: Manifest
    tables: tuple[PublishedTable, ...]
    memory: Memory
    audit: Audit


@dataclass(frozen=True)
class _Outcome:
    """Of one unit: what is published, what to remember, how many cells were kept back or hidden against subtraction."""

    published: Mapping[Identity, Quantities]
    fresh: Mapping[Identity, Fresh]
    kept: int = 0
    further: int = 0


def protect(
    survey: str, tables: Sequence[LiveTable], policy: Policy, previous: Memory | None, moment: Moment, secret: bytes
) -> Release | NotReleased:
    """The release of a survey's tables, or why there is none. `secret` is the survey's release key (32 bytes); one that
    changes between releases would let their mean tell the exact counts. Tables that contradict each other and a secret
    that is none are faults of the caller: ValueError."""
    before = previous or NOTHING
    by_unit: dict[str, list[LiveTable]] = {}
    for table in tables:
        by_unit.setdefault(table.unit, []).append(table)
    treated = treatments(tables, policy, moment.closing)
    if isinstance(treated, NotReleased):
        return treated
    if len(secret) < SECRET_BYTES and any(found.mode != "none" for found in treated.values()):
        raise ValueError(f"the release key of {survey} is shorter than {SECRET_BYTES} bytes")
    needed = max((found.moves for found in treated.values()), default=0)
    number = epoch(previous.last if previous else None, moment, needed, policy)
    if isinstance(number, NotReleased):
        return number

    units: dict[str, Unit] = {}
    outcomes: dict[str, _Outcome] = {}
    for name, own in by_unit.items():
        units[name] = together(survey, own, treated[name], policy, before.scales.get(name, {}), secret)
        outcome = _treated(units[name], before, policy)
        if isinstance(outcome, NotReleased):
            return outcome
        outcomes[name] = outcome

    results = tuple(published(table, units[table.unit], outcomes[table.unit].published) for table in tables)
    notes = tuple(note(result, treated[table.unit].threshold) for table, result in zip(tables, results, strict=True))
    public = manifest(survey, number, moment, policy, results, notes, before.content, secret)
    memory = Memory(
        Last(number, moment.now_ms, moment.closing),
        public.content,
        {name: unit.rounding.step("n") for name, unit in units.items()},
        {name: outcome.fresh for name, outcome in outcomes.items()},
        {name: unit.rounding.scales for name, unit in units.items()},
    )
    kept = {name: outcome.kept for name, outcome in outcomes.items()}
    further = sum(outcome.further for outcome in outcomes.values())
    reasons = {table.name: counted(_reasons(table, outcomes[table.unit].published)) for table in tables}
    return Release(public, results, memory, Audit(moment.watermark, moment.moved, kept, further, reasons))


def _treated(unit: Unit, before: Memory, policy: Policy) -> _Outcome | NotReleased:
    match unit.treatment.mode:
        case "none":
            quantities = unit.quantities()
            return _Outcome(quantities, _fresh(unit, quantities))
        case "suppress":
            return _suppressed(unit, before, policy)
        case _:
            return _rounded(unit, before, policy)


def _suppressed(unit: Unit, before: Memory, policy: Policy) -> _Outcome | NotReleased:
    counted = Counted(unit.cells, before.fresh.get(unit.name, {}), before.steps.get(unit.name, 1))
    hidden = pattern(unit.equations, counted, unit.treatment.threshold)
    if hidden is None:
        return NotReleased(Problem.RECOVERABLE)
    found = {
        at: Quantities({}, {"": hidden[at]}) if at in hidden else quantities
        for at, quantities in unit.quantities().items()
    }
    found = without_dominated(unit, without_deduced(unit, found), policy)
    further = sum(reason is Reason.COMPLEMENT for reason in hidden.values())
    return _Outcome(found, _fresh(unit, found), further=further)


def _rounded(unit: Unit, before: Memory, policy: Policy) -> _Outcome | NotReleased:
    quantities = unit.quantities()
    # What waits for the closing release does so by its definition: the day it is first shown it is new, whoever moved.
    later = {at: found for at, found in quantities.items() if found.waits}
    now = {at: (unit.cells[at], found) for at, found in quantities.items() if at not in later}
    # On another grid than before (the closing release) numbers change without anybody having moved: nothing to audit.
    step = unit.rounding.step("n")
    same_grid = before.steps.get(unit.name) == step
    remembered = before.fresh.get(unit.name, {}) if same_grid else {}
    known = {at: fresh for at, fresh in remembered.items() if at in now and not fresh.quantities.waits}
    least = policy.least_changed if same_grid else 0
    settled, kept = settle(known, now, least)
    alike = hidden_alike(unit.equations, later | {at: fresh.quantities for at, fresh in settled.items()})
    found = without_recoverable(unit.equations, alike, step, unit.treatment.threshold)
    if found is None:
        return NotReleased(Problem.RECOVERABLE)
    further = sum(found[at] is not alike[at] for at in found)
    found = without_dominated(unit, without_deduced(unit, found), policy)
    if violations(known, found, unit.cells, least):
        return NotReleased(Problem.DELTA)
    # A number that was shown and waits now may be shown again, and then it is compared with what it was.
    once = {at: fresh for at, fresh in remembered.items() if at in later and not fresh.quantities.waits}
    return _Outcome(found, once | settled, len(kept), further)


def _fresh(unit: Unit, quantities: Mapping[Identity, Quantities]) -> dict[Identity, Fresh]:
    return {at: Fresh(found, unit.cells[at].submissions, unit.cells[at].moves) for at, found in quantities.items()}


def _reasons(table: LiveTable, quantities: Mapping[Identity, Quantities]) -> list[Mapping[str, Reason]]:
    return [quantities[identity(table, codes)].reasons for codes in listed(table, quantities)]
