"""Where an expression gives another value in Rihla than in JavaRosa. Numbers are compared bit by bit."""

import math
import struct
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from lxml import etree

from schemas.expressions import (
    EvaluationError,
    Expression,
    ExpressionError,
    Value,
    as_bool,
    as_number,
    as_text,
    compile_expression,
)
from schemas.survey.order import shape_of
from services.validate.instance import tree_of
from services.validate.judge import Judge
from services.validate.row import Row
from services.validate.xml_instance import read_xml
from tests.conformance.both import EAST, definition_of
from tests.conformance.engine import JavaRosa
from tests.conformance.form_file import FormFile

FORM = Path(__file__).with_name("expressions") / "form.xml"
ZONE_NAME, ZONE = EAST
KINDS = {str: "text", float: "number", bool: "truth", datetime: "moment"}

INEXACT = ("sin(", "cos(", "tan(", "atan2(", "log", "exp", "pow(", "sqrt(", "area(", "distance(", "decimal")
"""Java's mathematics and C's may differ in the last digit."""

YEARS = "years 1 to 9999"
"""What Rihla says of a date outside of them: DEP-06."""


class Evaluator:
    """The form in both engines, with the submission that its own instance is."""

    def __init__(self, javarosa: JavaRosa) -> None:
        self._javarosa = javarosa
        xform = FORM.read_text(encoding="utf-8")
        javarosa.load(xform, {}, ZONE_NAME)
        definition = definition_of(FormFile("expressions", xform))
        document = etree.fromstring(xform.encode())
        instance = next(document.iter("{*}instance"))
        next(instance.iter("{*}end")).text = datetime.now(ZONE).isoformat(timespec="milliseconds")
        self._xml = etree.tostring(instance[0], encoding="unicode")
        self._shape = shape_of(definition)
        read = read_xml(self._xml, self._shape.root, tree_of(definition))
        Judge(definition).examine(read, 0)
        self._root = read.root

    def differences(self, asks: list[tuple[str, str]]) -> list[str]:
        """One line for each expression, place first, of which the two say something else."""
        answers = self._javarosa.evaluate(self._xml, asks)["results"]
        found = []
        for (place, text), answer in zip(asks, answers, strict=True):
            difference = self._difference(place, text, answer)
            if difference:
                found.append(f"{place} | {text} | {difference}")
        return found

    def _difference(self, place: str, text: str, answer: Mapping[str, Any]) -> str:
        path, row = _at(place, self._root)
        try:
            expression = compile_expression(text, path, self._shape)
        except ExpressionError as fault:
            return "" if "load" in answer else f"Rihla does not load it: {fault}"
        if "load" in answer:
            # JavaRosa fails on the way of a path that ends outside of the form; what it means there is nothing.
            return "" if "IndexOutOfBounds" in answer["load"] else f"JavaRosa does not load it: {answer['load']}"
        return _compare(text, expression, row, answer)


def _at(place: str, root: Row) -> tuple[str, Row]:
    """ "/data/r[2]/n" -> the path below the root, and the row."""
    path, row = "", root
    for step in place.split("/")[2:]:
        name, _, number = step.partition("[")
        path = f"{path}/{name}" if path else name
        if number:
            row = row.repeats[path][int(number.rstrip("]")) - 1]
    return path, row


def _compare(text: str, expression: Expression, row: Row, answer: Mapping[str, Any]) -> str:
    try:
        value = (expression.phone or expression.run)(row)
    except EvaluationError as fault:
        return "" if "fault" in answer or YEARS in str(fault) else f"Rihla stops: {fault}"
    except Exception as fault:  # a fault of ours, to be shown with its expression
        return f"Rihla fails: {fault!r}"
    if "fault" in answer:
        # A library of the hash functions is not in the jar of ODK Validate.
        return "" if "NoClassDefFound" in answer["fault"] else f"JavaRosa stops: {answer['fault']}; Rihla {value!r}"
    if answer["kind"] == "none" or ("digest(" in text and any(name in text for name in INEXACT)):
        return ""
    if KINDS[type(value)] != answer["kind"] or not _is_same(value, answer, any(name in text for name in INEXACT)):
        return f"JavaRosa {answer['kind']} {answer['text']!r}, Rihla {value!r}"
    return ""


def _is_same(value: Value, answer: Mapping[str, Any], inexact: bool, zone: tzinfo = ZONE) -> bool:
    if isinstance(value, float):
        (exact,) = struct.unpack(">d", struct.pack(">Q", int(answer["exact"], 16)))
        if inexact or value != exact:
            return _close(value, exact) if inexact else value != value and exact != exact
    if isinstance(value, datetime) and round(value.replace(tzinfo=zone).timestamp() * 1000) != int(answer["exact"]):
        return False
    number = float(answer["number"].replace("Infinity", "inf"))
    texts = as_text(value) == answer["text"]
    if isinstance(value, float) and not texts:  # another shortest way to write the same number
        texts = _close(float(as_text(value)), number)
    return texts and _close(as_number(value), number) and as_bool(value) == answer["truth"]


def _close(one: float, other: float) -> bool:
    if not (math.isfinite(one) and math.isfinite(other)):
        return one == other or (one != one and other != other)
    return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
