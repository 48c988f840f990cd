"""Judges a submission against the version of the survey that it names: Accepted, or all reasons why not.

Pure. A phone's user could finalise whatever is accepted here and the other way round, as JavaRosa 5.1 opens and
validates it, but for the departures that the modules of this package name. A calculate that differs is a note for the
designer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.events import Reason
from schemas.survey.definition import SurveyDefinition
from schemas.survey.secondary import Instances, read_instances
from services.validate.blank import first_instances
from services.validate.checks import check
from services.validate.counts import MissingRows
from services.validate.form import Form, FormData
from services.validate.instance import Instance
from services.validate.opening import Opening, Rows
from services.validate.plan import Plan
from services.validate.present import Clock, Known
from services.validate.program import Program
from services.validate.reasons import CALCULATE_DIFFERS, MAX_REASONS, REQUIRED, TOO_LARGE, note, reason
from services.validate.row import Row, TooMuchWork
from services.validate.same import is_same

MAX_ROUNDS = 4
"""How often missing rows may bring about further missing rows."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """`instance` now knows the relevance of each of its fields. `notes` are codes with paths."""

    instance: Instance
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examination:
    """All that the judge can tell, also of a submission that is not accepted; the rows of the instance tell more."""

    reasons: list[Reason]
    notes: list[str]

    @property
    def accepted(self) -> bool:
        return not self.reasons


class Judge:
    """One version of a survey, compiled. Safe to share between threads. `files` are those that come with the form, by
    name. `plodding` leaves out whatever makes it fast: a test compares both."""

    def __init__(
        self, definition: SurveyDefinition, files: Mapping[str, bytes] | None = None, plodding: bool = False
    ) -> None:
        self._plodding = plodding
        instances = read_instances(definition.xform, files or {}) if definition.xform else Instances()
        self._plan = plan = Plan(definition, instances)
        self._data = FormData(definition, instances.found)
        self._opening = Opening(plan.homes)
        self._missing = MissingRows(plan.homes, plan.counts, first_instances(definition))
        self._clock = Clock(definition)
        self._programs: dict[int, Program] = {}
        self._program(Known.MOMENT)

    def _program(self, known: Known, departs: bool = False) -> Program:
        key = 2 * known + departs  # to hash a member of an enumeration takes as long as a rule
        found = self._programs.get(key)
        if found is None:
            found = self._programs[key] = self._plan.program(known, departs)
            if self._plodding:
                self._opening.one_by_one(found)
                for checks in found.checks.values():
                    checks.clean = None
        return found

    @property
    def unsupported(self) -> list[str]:
        """Paths of rules that are not enforced because they cannot be evaluated here."""
        return list(self._plan.unsupported)

    def __call__(self, instance: Instance, received_ms: int) -> Accepted | list[Reason]:
        """`received_ms` (epoch) stands for the present where the submission does not say when it was made."""
        found = self.examine(instance, received_ms)
        return found.reasons or Accepted(instance, found.notes)

    def examine(self, instance: Instance, received_ms: int) -> Examination:
        """The same, with the notes also of what is refused."""
        if instance.too_large:
            return Examination(instance.faults, [])
        if instance.is_heavy:
            return Examination([reason(TOO_LARGE)], [])
        root = instance.root
        present = self._clock(root, received_ms)
        program = self._program(present.known)
        root.form = Form(self._data, present.now)
        try:
            rows, stops = self._open(root, program)
            if root.form.departs:
                program = self._program(present.known, departs=True)
            reasons = [*instance.faults, *(stops or self._check(root, program))]
        except TooMuchWork:
            return Examination([reason(TOO_LARGE)], [])
        return Examination(reasons[:MAX_REASONS], [] if stops else _notes(rows, program))

    def _open(self, root: Row, program: Program) -> tuple[Rows, list[Reason]]:
        rows, stops = self._opening(root, program)
        if self._missing.possible:
            rounds = 0
            while not stops and rounds < MAX_ROUNDS and self._missing.make(rows):
                rounds += 1
                for row in _all(root):
                    row.forget()
                rows, stops = self._opening(root, program)
            if stops and rounds:
                # A phone makes one row after the other; that all of them at once stop a rule says nothing.
                _take_away(root)
                for row in _all(root):
                    row.forget()
                rows, stops = self._opening(root, program)
        return rows, stops

    def _check(self, root: Row, program: Program) -> list[Reason]:
        found = check(root, self._plan.homes.root, program.checks[""])
        if root.repeats:
            self._check_below(root, program, found)
            _take_away(root)
        return found

    def _check_below(self, row: Row, program: Program, found: list[Reason]) -> None:
        homes = self._plan.homes.by_path
        for repeat, instances in row.repeats.items():
            home, checks = homes[repeat], program.checks[repeat]
            for each in instances:
                if len(found) >= MAX_REASONS:
                    return
                reasons = check(each, home, checks)
                found += [each_one for each_one in reasons if each_one.code == REQUIRED.code] if each.made else reasons
                if each.repeats:
                    self._check_below(each, program, found)


def _all(row: Row) -> Iterator[Row]:
    yield row
    for instances in row.repeats.values():
        for each in instances:
            yield from _all(each)


def _take_away(row: Row) -> None:
    """The rows that a phone would have made: they were looked at, and were not sent."""
    for repeat, instances in list(row.repeats.items()):
        if instances and instances[-1].made:
            instances[:] = [each for each in instances if not each.made]
        if not instances:
            del row.repeats[repeat]
        for each in instances:
            if each.repeats:
                _take_away(each)


def _notes(rows: Rows, program: Program) -> list[str]:
    """Compares what was computed with what was sent, and remembers what is the same."""
    notes: dict[str, None] = {}
    for alike in rows.values():
        for row in alike:
            if not row.computed:
                continue
            values, absent = row.values, row.absent
            same: list[str] = []
            for path, computed in row.computed.items():
                if path in absent or row.made:
                    continue
                sent = values.get(path, "")
                if computed == sent or is_same(computed, sent):
                    if path in program.trusted:
                        same.append(path)
                elif path in program.noted:
                    notes[note(CALCULATE_DIFFERS, path)] = None
            row.confirmed = frozenset(same)
    return list(notes)
