"""A unit as the expression engine sees it: what left the validator, in the shape of schemas.expressions.Scope."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.events import Answer
from schemas.expressions import Element, Form, Scope, Value
from schemas.survey.definition import NOT_APPLICABLE, UNKNOWN

MISSING = (None, "", NOT_APPLICABLE, UNKNOWN)


class Unit(NamedTuple):
    """What is counted. `rows` are those of the whole submission; `at_ms` is when it was received: its now()."""

    answers: Mapping[str, Answer]
    rows: Mapping[str, Sequence[Mapping[str, Answer]]]
    at_ms: int


def scope_of(unit: Unit, is_row: bool, numbers: Collection[str]) -> Scope:
    """`is_row` says that the unit is an instance of a repeat. `numbers` are the fields whose answers are numbers."""
    form = _Survey(datetime.fromtimestamp(unit.at_ms / 1000, UTC))
    whole = _Row(form, None, unit.answers, unit.rows, numbers)
    return _Row(form, whole, unit.answers, {}, numbers) if is_row else whole


def is_missing(unit: Unit, path: str, is_own: bool) -> bool:
    """`is_own`: the field belongs to the unit itself. The answers in the rows beside it are then none of its own; of
    any other field one answer in any row is enough."""
    if path in unit.answers:
        return not isinstance(unit.answers[path], list) and unit.answers[path] in MISSING
    if path in unit.rows:
        return False
    if is_own:
        return True
    return not any(row.get(path) not in MISSING for rows in unit.rows.values() for row in rows if path in row)


@dataclass(frozen=True, slots=True)
class _Survey:
    """schemas.expressions.Form of what left the validator: neither labels nor lists nor a phone."""

    now: datetime

    def instance(self, name: str) -> Element | None:
        return None

    def spend(self, conditions: int) -> None:
        pass

    def choice_label(self, path: str, value: str) -> str:
        return ""

    def itext(self, name: str) -> str:
        return ""

    def property(self, name: str) -> str:
        return ""


class _Row:
    """schemas.expressions.Scope over what left the validator. Of a repeat in a repeat the instances are not told apart
    by the one around them: the first has them all."""

    relevant = True
    absent: Collection[str] = ()

    def __init__(
        self,
        form: Form,
        parent: Scope | None,
        answers: Mapping[str, Answer],
        rows: Mapping[str, Sequence[Mapping[str, Answer]]],
        numbers: Collection[str],
        number: int = 1,
    ) -> None:
        self.form = form
        self.parent = parent
        self.number = number
        self.answers = _Answers(answers, numbers)
        self._rows = rows
        self._numbers = numbers

    def rows(self, repeat: str) -> Sequence[Scope]:
        return [
            _Row(self.form, self, row, self._rows if number == 1 else {}, self._numbers, number)
            for number, row in enumerate(self._rows.get(repeat, ()), 1)
        ]


class _Answers(Mapping[str, Value]):
    """Answers as expressions read them, each converted when it is read: most are not."""

    __slots__ = ("_answers", "_numbers")

    def __init__(self, answers: Mapping[str, Answer], numbers: Collection[str]) -> None:
        self._answers = answers
        self._numbers = numbers

    def __getitem__(self, path: str) -> Value:
        answer = self._answers[path]
        if not _is_known(answer):
            raise KeyError(path)
        return _value(answer, path in self._numbers)

    def __iter__(self) -> Iterator[str]:
        return (path for path, answer in self._answers.items() if _is_known(answer))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _is_known(answer: Answer | None) -> bool:
    return isinstance(answer, list) or answer not in MISSING


def _value(answer: Answer | None, is_number: bool) -> Value:
    if isinstance(answer, list):
        return " ".join(answer)
    if is_number:
        try:
            return float(str(answer))
        except ValueError:
            return ""
    return str(answer)
