"""The JSON of the v1 interface -> Instance, so that it is judged as the XML of the same answers.

`{"answers": {...}}`: a group is an object, a repeat a list of objects, a multiple choice a list of codes or a text
with blanks. A number is taken as the text that was sent, so `1.50` stays what it is. `null` is an empty element; a
name that is absent is an absent element. `true` and `false` are the texts.
"""

import json
import re
from typing import Any, NoReturn

from services.validate.instance import CLIENT, XML_SPACE, Instance, Kind, Node, Unreadable, bound, path_of_unknown
from services.validate.reasons import DOUBLED_NODE, NOT_JSON, UNKNOWN_NODE, WRONG_SHAPE
from services.validate.row import Row

ANSWERS = "answers"
_MARKS, _EDGE = ",:[{", '"'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What JSON can write and XML cannot hold: control characters, half a surrogate pair."""


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its names as they came: a doubled name must be seen."""


def read_json(body: str, tree: Node) -> Instance:
    """Raises `Unreadable`."""
    bound(body, _MARKS, _EDGE)
    try:
        document = _DECODER.decode(body)
    except (ValueError, RecursionError):
        raise Unreadable(NOT_JSON) from None
    if not isinstance(document, _Pairs):
        raise Unreadable(NOT_JSON)
    answers = [value for name, value in document if name == ANSWERS]
    if len(answers) != 1 or not isinstance(answers[0], _Pairs):
        raise Unreadable(NOT_JSON)
    instance = Instance()
    _walk(answers[0], tree, instance.root, instance)
    instance.weigh(body)
    return instance


def _walk(pairs: _Pairs, node: Node, row: Row, instance: Instance) -> None:
    names = node.children
    seen: set[str] = set()
    for name, value in pairs:
        known = names.get(name)
        if known is None:
            if node.path or name not in CLIENT:
                instance.fault(UNKNOWN_NODE, path_of_unknown(node), row)
        elif name in seen:
            instance.fault(DOUBLED_NODE, known.path, row)
        elif known.kind is Kind.FIELD:
            text = _text(value)
            if text is None:
                instance.fault(WRONG_SHAPE, known.path, row)
            row.values[known.path] = text or ""
        elif known.kind is Kind.GROUP:
            if value is None:
                value = _Pairs()
            if isinstance(value, _Pairs):
                row.groups.add(known.path)
                _walk(value, known, row, instance)
            else:
                instance.fault(WRONG_SHAPE, known.path, row)
        else:
            _rows(value, known, row, instance)
        seen.add(name)


def _rows(value: object, node: Node, row: Row, instance: Instance) -> None:
    if value is None:
        return
    if type(value) is not list:
        instance.fault(WRONG_SHAPE, node.path, row)
        return
    for item in value:
        below = instance.new_row(node, row)
        if below is None:
            return
        if isinstance(item, _Pairs):
            _walk(item, node, below, instance)
        elif item is not None:
            instance.fault(WRONG_SHAPE, node.path, below)


def _text(value: object) -> str | None:
    """An answer as XML would hold it, or None if XML could not."""
    if type(value) is str:
        return value.strip(XML_SPACE) if value.isprintable() or _NOT_XML.search(value) is None else None
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is list:
        codes = [_text(item) for item in value if type(item) is str]
        if len(codes) != len(value) or any(code is None or not code or " " in code for code in codes):
            return None
        return " ".join(code for code in codes if code)
    return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_no_constant)
