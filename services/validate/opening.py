"""Opening a submission as a phone does: its answers are read by type, then every rule of the form runs once.

What JavaRosa 5.1 stops at is a reason to refuse; nothing is asked of such a submission then.
"""

from collections.abc import Iterable

from schemas.events import Reason
from schemas.expressions import EvaluationError, Value, as_bool
from services.validate.homes import Home, Homes
from services.validate.moments import Unopenable
from services.validate.program import Action, Program, Step
from services.validate.reasons import NOT_EVALUABLE, WRONG_TYPE, reason
from services.validate.relevance import Relevance, unread
from services.validate.row import MAX_WRITTEN, Row, TooMuchWork
from services.validate.stored import Store, written
from services.validate.straight_steps import LONG, Hands, straight_steps

Rows = dict[str, list[Row]]
"""All rows of a submission by home, in the order of the submission."""


class Opening:
    """Of one version. Safe to share between threads."""

    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self._relevance = Relevance(homes)
        self._reopened = {home.path for home in homes if home.repeats}

    def __call__(self, root: Row, program: Program) -> tuple[Rows, list[Reason]]:
        """The reasons are what JavaRosa stops at: the rows are then not fit to be checked. Raises TooMuchWork."""
        rows: Rows = {"": [root]}
        if root.repeats:
            self._collect(root, rows)
        stops: list[Reason] = []
        for home, alike in rows.items():
            layout = self._homes.by_path[home]
            for row in alike:
                self._read(row, layout, root, stops)
        if stops:
            return rows, stops
        for action in program.actions:
            self._act(action, rows, stops)
        if program.straight is None:
            program.straight = straight_steps(program.steps, Hands(self._on, self._off, self._keep, self._run))
        program.straight(root, rows, stops)
        return rows, stops

    def one_by_one(self, program: Program) -> None:
        """Has the steps of a program run without writing them out: what they mean, to compare with."""

        def run(root: Row, rows: Rows, stops: list[Reason]) -> None:
            for step in program.steps:
                self._run(step, rows.get(step.home, ()), stops)

        program.straight = run

    def _collect(self, row: Row, rows: Rows) -> None:
        for repeat, instances in row.repeats.items():
            rows.setdefault(repeat, []).extend(instances)
            if repeat in self._reopened:
                for each in instances:
                    if each.repeats:
                        self._collect(each, rows)

    def _read(self, row: Row, home: Home, root: Row, stops: list[Reason]) -> None:
        form = row.form = root.form
        values = row.values
        if row.made:
            values = home.defaults
        else:
            absent = row.absent = home.paths.copy()
            absent.difference_update(values, row.groups)
        answers = row.answers
        reader_of = home.readers.get
        for path, text in values.items():
            if text:
                reader = reader_of(path)
                if reader is None:
                    answers[path] = text
                    continue
                value = reader(text)
                if value:
                    answers[path] = value
                elif value is None:
                    left = unread(row, path, text, home)
                    if left:
                        answers[path] = left
                elif value == "":
                    row.blank |= {path}
                    answers[path] = ""
                else:
                    answers[path] = value
        for path, timed in home.timed.items():
            text = values.get(path, "")
            if text:
                try:
                    value = timed(text, form.now)
                except Unopenable:
                    stops.append(reason(WRONG_TYPE, path, row.numbers))
                    continue
                if value is None:
                    answers.pop(path, None)
                    if path in home.typed:
                        row.unread |= {path}
                else:
                    answers[path] = value
        if home.fixed:
            answers.update(home.fixed)
        if home.never or home.in_group or (row.parent is not None and not row.parent.relevant):
            self._relevance.start(row)

    def _act(self, action: Action, rows: Rows, stops: list[Reason]) -> None:
        path = action.path
        for row in rows.get(self._homes.of(path).path, ()):
            try:
                value = written(action.run(row), action.kind, row.form.now)
            except EvaluationError:
                stops.append(reason(NOT_EVALUABLE, path, row.numbers))
                continue
            row.results[path] = "" if value is None else value
            row.unread -= {path}
            row.outside -= {path}
            row.blank = row.blank | {path} if value == "" else row.blank - {path}
            if path not in row.absent:
                if value is None:
                    row.answers.pop(path, None)
                else:
                    row.answers[path] = value
        for step in action.steps:
            self._run(step, rows.get(step.home, ()), stops)

    def _run(self, step: Step, rows: Iterable[Row], stops: list[Reason]) -> None:
        for row in rows:
            try:
                result = step.run(row)
            except EvaluationError:
                stops.append(reason(NOT_EVALUABLE, step.first, row.numbers))
                continue
            if step.phone is not None:
                self._compare(step, row, result)
            if step.own:
                self._switch(row, step.parts[0][1], result)
                continue
            if step.single is not None:
                self._keep(row, *step.single, result, stops)
                continue
            below = {home: _below(row, home) for home, _, _ in step.parts}
            if not step.relevance:
                self._store(step, below, result, stops)
                continue
            for home, targets, _ in step.parts:
                for each in below[home]:
                    self._switch(each, targets, result)

    def _switch(self, row: Row, targets: tuple[str, ...], result: Value) -> None:
        """Most often a node is already as it should be: off because it is missing, or on because it is there."""
        if result is True or (result is not False and as_bool(result)):
            if not row.relevant or not row.absent.isdisjoint(targets):
                self._on(row, targets)
        else:
            row.off.update(targets)
            if row.on or not row.absent.issuperset(targets):
                self._off(row, targets)

    def _on(self, row: Row, targets: Iterable[str]) -> None:
        for path in targets:
            if path in row.absent or (path == row.repeat and not row.relevant):
                self._relevance.on(row, path)

    def _off(self, row: Row, targets: Iterable[str]) -> None:
        for path in targets:
            self._relevance.off(row, path)

    def _store(self, step: Step, rows: Rows, result: Value, stops: list[Reason]) -> None:
        for home, targets, stores in step.parts:
            for row in rows.get(home, ()):
                for path, store in zip(targets, stores, strict=True):
                    self._keep(row, path, store, result, stops)

    def _keep(self, row: Row, path: str, store: Store, result: Value, stops: list[Reason]) -> None:
        """Stores a result in one node."""
        try:
            value, text = store(result, row.form.now)
        except EvaluationError:
            stops.append(reason(NOT_EVALUABLE, path, row.numbers))
            return
        if len(text) > LONG:
            row.form.written += len(text)
            if row.form.written > MAX_WRITTEN:
                raise TooMuchWork
        row.computed[path] = text
        row.results[path] = value
        if path not in row.absent:
            if value == "":
                row.answers.pop(path, None)
            else:
                row.answers[path] = value

    def _compare(self, step: Step, row: Row, result: Value) -> None:
        """With what JavaRosa computes where that is broken."""
        if step.phone is not None:
            theirs = step.phone(row)
            if (as_bool(result) is not as_bool(theirs)) if step.relevance else result != theirs:
                row.form.departs = True


def _below(row: Row, home: str) -> list[Row]:
    """The rows of a home that are a row or stand in it."""
    if row.repeat == home:
        return [row]
    found = []
    for repeat, instances in row.repeats.items():
        if home == repeat or home.startswith(f"{repeat}/"):
            for each in instances:
                found += _below(each, home)
    return found
