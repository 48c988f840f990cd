"""Judges a submission against the version of the survey that it names: Accepted, or all reasons why not.

Pure. A phone's user could finalise whatever is accepted here and the other way round, but for the departures that the
modules of this package name (lexical, relevance, plan). A calculate that differs is a note for the designer.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.events import Reason
from schemas.expressions import Expression, ExpressionError, as_text
from schemas.survey.definition import SurveyDefinition
from services.validate.instance import Instance, Row
from services.validate.lexical import day, decimal, is_datetime
from services.validate.plan import FieldPlan, GroupPlan, Rule, plan_of
from services.validate.reasons import (
    CALCULATE_DIFFERS,
    CONSTRAINT,
    MAX_REASONS,
    NOT_IN_LIST,
    REQUIRED,
    WRONG_TYPE,
    note,
    reason,
)
from services.validate.relevance import NO, YES, Answers


@dataclass(frozen=True, slots=True)
class Accepted:
    """`instance` now knows the relevance of each of its fields. `notes` are codes with paths."""

    instance: Instance
    notes: list[str] = field(default_factory=list)


class Judge:
    """One version of a survey, compiled. Safe to share between threads."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._plan = plan_of(definition)

    @property
    def unsupported(self) -> list[str]:
        """Paths of rules that are not enforced because this release does not support their expression."""
        return list(self._plan.unsupported)

    def __call__(self, instance: Instance, received_ms: int) -> Accepted | list[Reason]:
        """`received_ms` (epoch) stands for the present where the submission does not say when it was made."""
        made = self._made_at(instance.root)
        now = made if made is not None else datetime.fromtimestamp(received_ms / 1000, UTC)
        trial = _Trial(Answers(self._plan, now, made is not None), list(instance.faults))
        trial.group(self._plan.root, instance.root)
        trial.answers.forget_scopes()
        if trial.reasons:
            return trial.reasons[:MAX_REASONS]
        return Accepted(instance, list(dict.fromkeys(trial.notes)))

    def _made_at(self, root: Row) -> datetime | None:
        for path in self._plan.made_at:
            text = root.values.get(path, "")
            if day(text) is None:
                continue
            try:
                made = datetime.fromisoformat(text)
            except ValueError:
                continue
            return made
        return None


class _Trial:
    """The walk through one submission."""

    def __init__(self, answers: Answers, reasons: list[Reason]) -> None:
        self.answers = answers
        self.reasons = reasons
        self.notes: list[str] = []

    def group(self, group: GroupPlan, row: Row) -> None:
        above = self.answers.relevance(group, row)
        if above == NO:
            return
        values, relevance = row.values, row.relevance
        for question in group.fields:
            asked = relevance.get(question.path)
            if asked is None:
                # As `Answers.relevance` decides, without the way there: this is where the time of a verdict goes.
                rule = question.relevant
                told = None if rule is None else self.answers.truth(rule, row)
                if told is not None:
                    asked = relevance[question.path] = above if told else NO
                elif rule is None and question.path in values:
                    asked = relevance[question.path] = above
                else:
                    asked = self.answers.relevance(question, row)
            if asked != NO:
                self._field(question, row, asked)
        for below in group.groups:
            for each in _instances(below, row):
                self.group(below, each)

    def _field(self, question: FieldPlan, row: Row, asked: int) -> None:
        text = row.values.get(question.path, "")
        if text:
            if question.choices is not None and not _in_list(question, text):
                self._add(reason(NOT_IN_LIST, question.path, row.numbers))
            elif question.check is not None and not question.check(text):
                self._add(reason(WRONG_TYPE, question.path, row.numbers))
            elif question.constraint is not None and asked == YES and self._breaks(question.constraint, row):
                self._add(reason(CONSTRAINT, question.path, row.numbers, question.message))
        elif question.required is not None and asked == YES and self.answers.truth(question.required, row):
            self._add(reason(REQUIRED, question.path, row.numbers))
        calculate = question.calculate
        if calculate is not None and calculate.compiled is not None and asked == YES:
            self._compare(question, calculate.compiled, text, row)

    def _breaks(self, constraint: Rule, row: Row) -> bool:
        return self.answers.truth(constraint, row) is False

    def _compare(self, question: FieldPlan, compiled: Expression, text: str, row: Row) -> None:
        try:
            computed = as_text(compiled.run(self.answers.scope(row)))
        except ExpressionError:
            return
        if computed == text or _is_same(computed, text):
            row.confirmed.add(question.path)
        else:
            self.notes.append(note(CALCULATE_DIFFERS, question.path))

    def _add(self, found: Reason) -> None:
        if len(self.reasons) < MAX_REASONS:
            self.reasons.append(found)


def _instances(group: GroupPlan, row: Row) -> Iterator[Row]:
    if group.repeat:
        yield from row.repeats.get(group.path, ())
    else:
        yield row


def _in_list(question: FieldPlan, text: str) -> bool:
    choices = question.choices or frozenset()
    if not question.many:
        return text in choices
    return all(code in choices for code in text.split(" ") if code)


def _is_same(computed: str, sent: str) -> bool:
    """Whether two ways to write a result are the same: engines write numbers, truths and days differently."""
    if computed in _NOTHING and sent in _NOTHING:
        return True
    if computed in _TRUTHS and sent in _TRUTHS:
        return _TRUTHS[computed] == _TRUTHS[sent]
    one, other = decimal(computed), decimal(sent)
    if one is not None and other is not None:
        # Java cuts and rounds where we compute exactly; a real difference is larger than this.
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return len(computed) >= 10 and computed[:10] == sent[:10] and day(computed) is not None and is_datetime(sent)


_NOTHING = ("", "NaN")
_TRUTHS = {"1": True, "true": True, "0": False, "false": False}
