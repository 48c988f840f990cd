"""Filled forms with an answer that does not fit, as a script or a broken phone sends them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random

from cli.filling.answers import Answer, Filled
from cli.filling.verdict import Validator, Verdict
from schemas.survey.definition import FieldType, Role, SurveyDefinition

TRIES = 8
NO_NUMBER = "forty"
NO_CODE = "no_such_code"
UNKNOWN = "not_in_the_form"

_NUMBERS = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.DATE, FieldType.DATETIME})


def spoil(filled: Filled, definition: SurveyDefinition, validator: Validator, random: Random, now: datetime) -> Filled:
    """A number that is none, a code that is not in the list, a missing answer; a question that the form does not have,
    where nothing else is refused."""
    fields = {field.path: field for field in definition.fields}
    texts = {}
    for answer in _leaves(filled.answers):
        field = fields[answer.path]
        if not answer.text or field.calculate or not field.asked or field.role is Role.CONSENT:
            continue
        wrong = NO_NUMBER if field.type in _NUMBERS else NO_CODE if field.is_choice else ""
        texts[answer.path] = [wrong, ""] if field.required else [wrong]
    paths = sorted(texts)
    for _ in range(TRIES if paths else 0):
        path = random.choice(paths)
        text = random.choice(texts[path])
        found = filled.with_answers(_changed(filled.answers, path, text))
        if validator(found, now) is Verdict.REJECTED:
            return found
    return filled.with_answers((*filled.answers, Answer(UNKNOWN, UNKNOWN, UNKNOWN, "1")))


def _leaves(answers: tuple[Answer, ...]) -> Iterator[Answer]:
    for answer in answers:
        if answer.group or answer.repeat:
            yield from _leaves(answer.below)
        else:
            yield answer


def _changed(answers: tuple[Answer, ...], path: str, text: str) -> tuple[Answer, ...]:
    """With another answer at a path, in each row."""
    return tuple(
        replace(answer, text=text)
        if answer.path == path and not answer.below
        else replace(answer, below=_changed(answer.below, path, text))
        if answer.below
        else answer
        for answer in answers
    )
