"""Which fields hold something that must not leave as it is, although they are calculates or choices: a name in a
`concat`, a birthday in a `format-date`, a list of choices made of the names that were given in a repeat.

A calculate is tainted if its expression reads a text, a date, a position or a file, or another tainted field, or
brings in external data; a choice question if its list is made of such answers; any field if an action of the form
writes such a thing into it. Condition or value makes no difference: telling them apart would be guessing. An expression
that does not compile is searched for names alone, which errs towards tainting.

It is tainted too if its value is taken from a number or a choice whose class is drop or a pseudonym: a phone number
that was asked as an integer, plus nothing. There the difference does count (schemas.survey.withheld): what such an
answer only decides is not tainted, for forms are full of classes made of an age that is not told.
"""

import re
from collections.abc import Collection, Iterator

from schemas.expressions import ExpressionError, Shape, compile_expression
from schemas.survey.definition import Itemset, SurveyDefinition
from schemas.survey.order import shape_of
from schemas.survey.withheld import PLAIN, made_of_withheld

_FOREIGN = frozenset({"pulldata", "instance", "property", "search", "choice-name", "*"})
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FUNCTION = re.compile(r"([^\W\d][\w.-]*)\s*\(")
_WORD = re.compile(r"[^\W\d][\w.-]*")
_OF_THE_FORM = re.compile(r"\s*instance\s*\(\s*['\"]([^'\"]+)")
"""How a list of choices begins that the designer wrote; any other is made of answers."""
_OF_THE_PHONE = re.compile(r"<instance\b(?=[^>]*\ssrc=['\"]jr://instance/)[^>]*\sid=['\"]([^'\"]+)")
"""The id of an instance that holds the answers given last on the phone."""


class Reading:
    """What the fields of a survey get from each other through expressions."""

    def __init__(self, definition: SurveyDefinition) -> None:
        shape = shape_of(definition)
        self._definition = definition
        self._reads = [(path, _reads(text, path, definition, shape)) for path, text in _sources(definition)]

    @property
    def tainted(self) -> frozenset[str]:
        """Paths of the fields that hold what an expression gives, and of which nothing may leave as it is."""
        never = {field.path for field in self._definition.fields if field.calculate is None and field.type not in PLAIN}
        return self.after(never) | made_of_withheld(self._definition)

    def after(self, seeds: Collection[str]) -> frozenset[str]:
        """Paths of the fields whose expressions read one of the seeds, directly or through others, or bring in other
        data, which can be anything."""
        found: set[str] = set()
        known = set(seeds)
        while True:
            more = {path for path, read in self._reads if path not in found and (read is None or read & known)}
            if not more:
                return frozenset(found)
            found |= more
            known |= more


def _sources(definition: SurveyDefinition) -> Iterator[tuple[str, str]]:
    """The expressions that fields get their values from, by path; a field can have several."""
    saved = frozenset(_OF_THE_PHONE.findall(definition.xform))
    for field in definition.fields:
        if field.calculate is not None:
            yield field.path, field.calculate
        if field.is_choice and field.itemset is not None and _is_of_answers(field.itemset, saved):
            yield field.path, f"{field.itemset.nodeset}/{field.itemset.value}"
    for action in definition.on_load:
        yield action.path, action.value


def _is_of_answers(itemset: Itemset, saved: frozenset[str]) -> bool:
    found = _OF_THE_FORM.match(itemset.nodeset)
    return found is None or found[1] in saved


def _reads(text: str, at: str, definition: SurveyDefinition, shape: Shape) -> set[str] | None:
    """The paths that an expression reads, or None if it brings in other data."""
    bare = _QUOTED.sub(" ", text)
    functions = set(_FUNCTION.findall(bare))
    if functions & _FOREIGN or "/*" in bare or "//" in bare:
        return None
    try:
        expression = compile_expression(text, at, shape)
    except ExpressionError:
        words = set(_WORD.findall(_FUNCTION.sub(" ", bare)))
        return {other.path for other in definition.fields if other.path.rpartition("/")[2] in words} - {at}
    functions |= {name.rpartition(":")[2] for name in expression.functions}
    if functions & _FOREIGN:
        return None
    paths = set(expression.paths)
    # A repeat or a group in an expression stands for all that is in it, the root for everything.
    below = {other.path for other in definition.fields if any(_is_below(other.path, path) for path in paths)}
    counted_only = functions <= {"count", "count-non-empty", "position"}
    return paths if counted_only else paths | below


def _is_below(path: str, above: str) -> bool:
    return not above or path.startswith(f"{above}/")
