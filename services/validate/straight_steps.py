"""The steps of a program as one function: what `services.validate.opening` does with each of them, written out for the
usual kinds. A test compares both."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.events import Reason
from schemas.expressions import EvaluationError, Value, as_bool
from services.validate.program import Step
from services.validate.reasons import NOT_EVALUABLE, reason
from services.validate.row import Row
from services.validate.stored import Store, store
from services.validate.straight import Lines

Rows = dict[str, list[Row]]
Run = Callable[[Row, Rows, list[Reason]], None]
"""The row outside of all repeats, all rows by home, and where faults are told. Raises TooMuchWork."""
LONG = 1_000
"""Characters of a computed text from which on it is added up: 2,000 rows of shorter ones are nothing."""

_SWITCH = """
if result is True or (result is not False and {as_bool}(result)):
    if not row.relevant or not row.absent.isdisjoint({own}):
        {on}(row, {paths})
else:
    row.off.update({own})
    if row.on or not row.absent >= {own}:
        {off}(row, {paths})
"""
"""Most often a node is already as it should be."""
_KEEP = """
if result.__class__ is str and len(result) <= {long}:
    row.computed[{path}] = row.results[{path}] = result
    if {path} not in row.absent:
        if result:
            answers[{path}] = result
        else:
            answers.pop({path}, None)
elif result != result:
    row.computed[{path}] = row.results[{path}] = ""
    answers.pop({path}, None)
else:
    {keep}(row, {path}, {store}, result, stops)
"""
"""In a node that holds a text or a number of any kind: of a result that is no number nothing is left."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the opening does where a step is not as usual: switches nodes on and off, stores a result, runs a step."""

    on: Callable[[Row, tuple[str, ...]], None]
    off: Callable[[Row, tuple[str, ...]], None]
    keep: Callable[[Row, str, Store, Value, list[Reason]], None]
    run: Callable[[Step, list[Row], list[Reason]], None]


def straight_steps(steps: list[Step], hands: Hands) -> Run:
    lines = Lines("root, rows, stops")
    lines.add("row, answers, get = root, root.answers, root.answers.get")
    for step in steps:
        usual = _usual(step, hands, lines)
        if usual is None:
            one, home, itself = lines.value(hands.run), lines.value(step.home), lines.value(step)
            lines.add(f"if {home} in rows:\n    {one}({itself}, rows[{home}], stops)")
        elif step.home:
            lines.add(
                f"for row in rows.get({lines.value(step.home)}, ()):\n    answers, get = row.answers, row.answers.get"
            )
            _evaluated(step, usual, lines, 2)
            lines.add("row, answers, get = root, root.answers, root.answers.get")
        else:
            _evaluated(step, usual, lines, 1)
    run: Run = lines.function()
    return run


def _evaluated(step: Step, usual: str, lines: Lines, depth: int) -> None:
    def fault(row: Row) -> Reason:
        return reason(NOT_EVALUABLE, step.first, row.numbers)

    lines.add(f"try:\n    result = {lines.rule(step.source, step.run)}", depth)
    lines.add(f"except {lines.value(EvaluationError)}:\n    stops.append({lines.value(fault)}(row))\nelse:", depth)
    lines.add(usual, depth + 1)


def _usual(step: Step, hands: Hands, lines: Lines) -> str | None:
    """What is done with the result; None for what is not usual."""
    if step.phone is not None:
        return None
    if step.own:
        return _switch(step.parts[0][1], hands, lines)
    if step.single is not None:
        return _kept(*step.single, hands, lines)
    if not step.relevance or step.home:
        return None
    parts = []
    for home, paths, _ in step.parts:
        switch = _switch(paths, hands, lines)
        if home:
            below = "\n".join(f"    {line}" for line in switch.splitlines())
            parts.append(f"for row in rows.get({lines.value(home)}, ()):\n{below}\nrow = root")
        else:
            parts.append(switch)
    return "\n".join(parts)


def _switch(paths: tuple[str, ...], hands: Hands, lines: Lines) -> str:
    own, ordered = lines.value(frozenset(paths)), lines.value(paths)
    on, off = lines.value(hands.on), lines.value(hands.off)
    return _SWITCH.format(as_bool=lines.value(as_bool), own=own, paths=ordered, on=on, off=off).strip()


def _kept(path: str, kept: Store, hands: Hands, lines: Lines) -> str:
    at, keep, by = lines.value(path), lines.value(hands.keep), lines.value(kept)
    if kept is not store:
        return f"{keep}(row, {at}, {by}, result, stops)"
    return _KEEP.format(path=at, keep=keep, store=by, long=LONG).strip()
