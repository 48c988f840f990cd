"""What may leave of one kind of row, as one function."""

from collections.abc import Callable, Sequence

from schemas.events import Answer
from schemas.survey.definition import NOT_APPLICABLE, UNKNOWN
from services.validate.privacy import Leaving
from services.validate.pseudonym import SurveySecrets
from services.validate.row import Row
from services.validate.straight import Lines

Answers = dict[str, Answer]
Leave = Callable[[Row, SurveySecrets], Answers]

_BEGIN = """
values, absent = row.values, row.absent
get = values.get
answers = {{path: {not_applicable} if path in absent else get(path) or {unknown} for path in {codes}}}
"""
_ONE = """
{begin}
    text = {text}
    left = {left} if text else None
    if left is not None and left != "":
        answers[{path}] = left{otherwise}
"""


def straight_leaving(fields: Sequence[Leaving]) -> Leave:
    """`fields` are those of the row; of any other nothing leaves."""
    codes = [field.path for field in fields if _is_code(field)]
    lines = Lines("row, secrets")
    nothing = {"not_applicable": lines.value(NOT_APPLICABLE), "unknown": lines.value(UNKNOWN)}
    lines.add(_BEGIN.format(codes=lines.value(codes), **nothing).strip())
    for field in fields:
        if not _is_code(field):
            lines.add(_one(field, nothing, lines))
    lines.add("return answers")
    leave: Leave = lines.function()
    return leave


def _is_code(field: Leaving) -> bool:
    """Whether it leaves as it is, as most do."""
    return field.categorical and field.action is None and not field.confirmed_only


def _one(field: Leaving, nothing: dict[str, str], lines: Lines) -> str:
    path = lines.value(field.path)
    # What was sent can be anything that counts as the same: what leaves is what we have computed.
    computed = f'row.computed[{path}] if {path} in row.confirmed else ""'
    return _ONE.format(
        begin=f"if {path} in absent:\n    answers[{path}] = {nothing['not_applicable']}\nelse:"
        if field.categorical
        else f"if {path} not in absent:",
        text=computed if field.confirmed_only else f"get({path})",
        left="text" if field.action is None else f"{lines.value(field.action)}(text, secrets)",
        path=path,
        otherwise=f"\n    else:\n        answers[{path}] = {nothing['unknown']}" if field.categorical else "",
    ).strip()
