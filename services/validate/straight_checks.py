"""Whether there is nothing to say against a row: the checks of its home as one function.

It looks for nothing but the usual, sound row. `services.validate.checks` tells what is wrong with any other.
"""

from collections.abc import Callable, Mapping

from schemas.expressions import EvaluationError, as_bool
from schemas.expressions.source import Source
from schemas.survey.order import RuleKind
from services.validate.program import Checks
from services.validate.row import Row, following
from services.validate.rules import CONSTRAINT
from services.validate.straight import Lines

Clean = Callable[[Row], bool]
"""True only if `check` finds nothing; it may be False then too. Raises TooMuchWork where `check` does."""
Sources = Mapping[tuple[str, str], Source | None]
"""The rules, by path and kind, as they are written out."""


def straight_checks(checks: Checks, around: Mapping[str, str], sources: Sources) -> Clean | None:
    """None where choices are looked up, which also changes answers."""
    if checks.choices:
        return None
    lines = Lines("row")
    lines.add("if row.unread or row.outside or row.blank:\n    return False")
    lines.add("absent, answers = row.absent, row.answers\nget = answers.get")
    if checks.required:
        lines.add(f"if {lines.value(checks.required)}.difference(answers, absent):\n    return False")
    lines.add("try:\n    pass")
    holds = lines.value(as_bool)
    for path, run, asked in checks.conditions:
        wanted, at = lines.rule(sources.get((path, RuleKind.REQUIRED.value)), run), lines.value(path)
        empty = f"{at} not in answers and {at} not in absent" if asked else "False"
        lines.add(f"if {holds}({wanted}) and {empty}:\n    return False", 2)
    for path, run, _ in checks.constraints:
        kept, at = lines.rule(sources.get((path, CONSTRAINT)), run), lines.value(path)
        lines.add(f"if {at} in answers and not {holds}({kept}):\n    return False", 2)
    for path, run in checks.gates:
        here, group = lines.value(path), lines.value(around[path])
        lines.add(f"if {here} not in row.repeats and row.relevant and {group} not in absent:", 2)
        lines.add(f"{lines.value(run)}({lines.value(following)}(row, {here}))", 3)
    lines.add(f"except {lines.value(EvaluationError)}:\n    return False")
    lines.add("return True")
    clean: Clean = lines.function()
    return clean
