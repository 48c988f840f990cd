"""The expressions of indicators over what left the validator, compiled to functions of one unit.

A unit is a mapping of field paths to answers: the submission's, or those of a row of a repeat above the
submission's. Most expressions are a path or a path compared with a code; they are looked up without the engine.

Missing answers (absent, `_N`, `_U`) are "" to the engine, as unanswered questions are in the form. A measure all of
whose fields are missing is missing itself: whoever was not asked whether they borrowed did not answer no.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.events import Answer
from schemas.expressions import Expression, as_bool, as_number, compile_expression
from schemas.survey.definition import NOT_APPLICABLE, UNKNOWN, FieldType, PrivacyKind, SurveyDefinition
from services.aggregate.numbers import scaled

MISSING = (None, "", NOT_APPLICABLE, UNKNOWN)

_EQUALS = re.compile(r"""\s*(/[\w./-]+)\s*=\s*(?:'([^'"]*)'|"([^'"]*)")\s*""")
_PLAIN = re.compile(r"\s*(/[\w./-]+)\s*")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted. `rows` are those of the whole submission; `at_ms` is when it was received: its now()."""

    answers: Mapping[str, Answer]
    rows: Mapping[str, Sequence[Mapping[str, Answer]]]
    at_ms: int


Number = Callable[[Unit], int | None]
"""A measure at its scale, or None if it is missing."""
Condition = Callable[[Unit], bool | None]
"""A condition, or None if everything that it asks about is missing."""


class Compiler:
    """Compiles the expressions of one version of a survey. Raises as schemas.expressions.compile_expression."""

    def __init__(self, survey: SurveyDefinition) -> None:
        self._root = f"/{survey.root.strip('/')}/"
        self._repeats = tuple(group.path for group in survey.groups if group.repeat)
        self._types = {
            self._root + field.path: field.type.value
            for field in survey.fields
            if field.type in (FieldType.INT, FieldType.DECIMAL)
            and field.privacy.kind in (PrivacyKind.KEEP, PrivacyKind.ROUND)
        }
        self._lists = frozenset(
            field.path for field in survey.fields if field.type in (FieldType.SELECT_MULTIPLE, FieldType.RANK)
        )

    def number(self, text: str, scale: int, largest: int) -> Number:
        plain = _PLAIN.fullmatch(text)
        if plain and plain.group(1).startswith(self._root):
            path = plain.group(1).removeprefix(self._root)
            return lambda unit: scaled(unit.answers.get(path), scale, largest)
        expression, paths = self._compile(text)

        def evaluate(unit: Unit) -> int | None:
            if paths and all(self._is_missing(unit, path) for path in paths):
                return None
            return scaled(as_number(expression(self._scope(unit))), scale, largest)

        return evaluate

    def condition(self, text: str) -> Condition:
        equals = _EQUALS.fullmatch(text)
        if equals and equals.group(1).startswith(self._root):
            path, code = equals.group(1).removeprefix(self._root), equals.group(2) or equals.group(3) or ""
            if code and path not in self._lists and self._root + path not in self._types:
                return lambda unit: None if (answer := unit.answers.get(path)) in MISSING else str(answer) == code
        expression, paths = self._compile(text)

        def evaluate(unit: Unit) -> bool | None:
            if paths and all(self._is_missing(unit, path) for path in paths):
                return None
            return as_bool(expression(self._scope(unit)))

        return evaluate

    def _compile(self, text: str) -> tuple[Expression, tuple[str, ...]]:
        expression = compile_expression(
            text, self._root.rstrip("/"), self._types, frozenset(self._root + path for path in self._repeats)
        )
        paths = tuple(sorted(path.removeprefix(self._root) for path in expression.paths if path.startswith(self._root)))
        return expression, paths

    def _scope(self, unit: Unit) -> "_AnswerScope":
        return _AnswerScope(unit, self._root, self._repeats)

    def _is_missing(self, unit: Unit, path: str) -> bool:
        if path in unit.answers:
            return not isinstance(unit.answers[path], list) and unit.answers[path] in MISSING
        if path in unit.rows:
            return False
        return not any(row.get(path) not in MISSING for rows in unit.rows.values() for row in rows if path in row)


class _AnswerScope:
    """schemas.expressions.Scope over what left the validator."""

    def __init__(self, unit: Unit, root: str, repeats: tuple[str, ...]) -> None:
        self._unit = unit
        self._root = root
        self._repeats = repeats

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._unit.at_ms / 1000, UTC)

    def value(self, path: str) -> str:
        below = path.removeprefix(self._root)
        if below in self._unit.answers:
            return _text(self._unit.answers[below])
        found = self.values(path)
        return found[0] if found else ""

    def values(self, path: str) -> list[str]:
        below = path.removeprefix(self._root)
        if below in self._repeats:
            return [""] * len(self._unit.rows.get(below, ()))
        home = max((repeat for repeat in self._repeats if below.startswith(repeat + "/")), key=len, default="")
        if home:
            return [_text(row.get(below)) for row in self._unit.rows.get(home, ())]
        return [_text(self._unit.answers[below])] if below in self._unit.answers else []


def _text(answer: Answer | None) -> str:
    if isinstance(answer, list):
        return " ".join(answer)
    return "" if answer in MISSING else str(answer)
