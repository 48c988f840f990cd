"""What leaves the phone of a form that is finished: the relevant nodes, with what the form computed."""

import re
from datetime import datetime

from cli.filling.answers import Answer
from cli.filling.blank_form import Blank
from cli.filling.form_rules import FormRules
from schemas.expressions import EvaluationError
from schemas.survey.definition import FieldType
from services.validate.row import Row
from services.validate.stored import STORES, store

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold. Only a calculate makes such: base64-decode()."""

MANY = frozenset({FieldType.SELECT_MULTIPLE, FieldType.RANK})


def left_of(rules: FormRules, row: Row, blanks: tuple[Blank, ...], now: datetime) -> tuple[Answer, ...]:
    """`row` was examined by the judge."""
    found: list[Answer] = []
    for blank in blanks:
        if blank.path in row.absent:
            continue
        if blank.repeat:
            found += [
                Answer(blank.tag, blank.name, blank.path, repeat=True, below=left_of(rules, each, blank.children, now))
                for each in row.repeats.get(blank.path, ())
                if each.relevant and not each.made
            ]
        elif blank.group:
            below = left_of(rules, row, blank.children, now)
            found.append(Answer(blank.tag, blank.name, blank.path, group=True, below=below))
        else:
            field = rules.fields[blank.path]
            text = _text(rules, row, blank.path, now)
            # A calculate can store a text in a node of any type.
            found.append(
                Answer(
                    blank.tag,
                    blank.name,
                    blank.path,
                    text,
                    several=field.type in MANY and not field.calculate,
                    whole=field.type is FieldType.INT and not field.calculate,
                )
            )
    return tuple(found)


def _text(rules: FormRules, row: Row, path: str, now: datetime) -> str:
    computed = row.computed.get(path)
    if computed is not None:
        return _NO_XML.sub("", computed)
    if path in rules.on_load and path in row.results:
        try:
            return STORES.get(rules.fields[path].type, store)(row.results[path], now)[1]
        except EvaluationError:
            return ""
    return row.values.get(path, "")
