"""Which calculates hold something that must not leave as it is: a name in a `concat`, a birthday in a `format-date`.

A calculate is tainted if its expression reads a text, a date, a position or a file, or another tainted calculate, or
brings in external data. Condition or value makes no difference: telling them apart would be guessing. An expression
that does not compile is searched for names alone, which errs towards tainting.
"""

import re

from schemas.expressions import ExpressionError, compile_expression
from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition

_PLAIN = (
    FieldType.INT,
    FieldType.DECIMAL,
    FieldType.SELECT_ONE,
    FieldType.SELECT_MULTIPLE,
    FieldType.RANK,
)
"""Types whose answers are numbers or codes of a list."""

_FOREIGN = frozenset({"pulldata", "instance", "property", "search", "choice-name", "*"})
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FUNCTION = re.compile(r"([^\W\d][\w.-]*)\s*\(")
_WORD = re.compile(r"[^\W\d][\w.-]*")


def tainted_calculates(definition: SurveyDefinition) -> frozenset[str]:
    """Paths of the calculates of which nothing may leave as it is."""
    tainted = {f.path for f in definition.fields if f.calculate is None and f.type not in _PLAIN}
    reads = {f.path: _reads(f, definition) for f in definition.fields if f.calculate is not None}
    while True:
        more = {path for path, read in reads.items() if path not in tainted and (read is None or read & tainted)}
        if not more:
            return frozenset(tainted & set(reads))
        tainted |= more


def _reads(field: FieldDefinition, definition: SurveyDefinition) -> set[str] | None:
    """The paths that a calculate reads, or None if it brings in other data."""
    text = field.calculate or ""
    bare = _QUOTED.sub(" ", text)
    functions = set(_FUNCTION.findall(bare))
    if functions & _FOREIGN or "/*" in bare or "//" in bare:
        return None
    prefix = f"/{definition.root.strip('/')}/"
    try:
        paths = {path.removeprefix(prefix) for path in compile_expression(text, prefix + field.path).paths}
    except ExpressionError:
        words = set(_WORD.findall(_FUNCTION.sub(" ", bare)))
        return {other.path for other in definition.fields if other.path.rpartition("/")[2] in words} - {field.path}
    # A repeat or a group in an expression stands for all that is in it.
    below = {other.path for other in definition.fields if any(other.path.startswith(f"{path}/") for path in paths)}
    counted_only = functions <= {"count", "count-non-empty", "position"}
    return paths if counted_only else paths | below
