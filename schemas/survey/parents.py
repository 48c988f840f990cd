"""What stands beside the codes in the lists of a form: the province of a district, in a column of the sheet choices.

pyxform writes such a column as a node beside the code (`<item><name>d7</name><province>p2</province></item>`). Lists in
files that come with the form are not looked at.
"""

import re
from collections.abc import Mapping

from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition
from schemas.survey.secondary import read_instances

_LIST = re.compile(r"\s*instance\s*\(\s*['\"]([^'\"]+)['\"]\s*\)")
_CODE = re.compile(r"[^\W_][\w.:/+-]{0,39}")
"""A code has no blank and is short: another text in the column is a name that somebody wrote there."""


class Parents:
    """Of one version. The form is read at the first question that asks."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._definition = definition
        self._items: Mapping[str, list[Mapping[str, str]]] | None = None

    def of(self, field: FieldDefinition, column: str) -> Mapping[str, str] | None:
        """From the codes of a single choice to what the column says; None if its list has no such column. A code
        without one, or with several, is not in it."""
        found = None if field.itemset is None else _LIST.match(field.itemset.nodeset)
        if found is None or field.itemset is None or field.type is not FieldType.SELECT_ONE:
            return None
        if self._items is None:
            self._items = _items(self._definition)
        parents: dict[str, set[str]] = {}
        for item in self._items.get(found[1], []):
            code, parent = item.get(field.itemset.value, ""), item.get(column, "")
            if code and _CODE.fullmatch(parent):
                parents.setdefault(code, set()).add(parent)
        return {code: min(several) for code, several in parents.items() if len(several) == 1} or None


def _items(definition: SurveyDefinition) -> dict[str, list[Mapping[str, str]]]:
    if not definition.xform:
        return {}
    lists: dict[str, list[Mapping[str, str]]] = {}
    for name, holder in read_instances(definition.xform, {}).found.items():
        roots = holder.children
        lists[name] = [{node.name: node.text for node in item.children} for root in roots for item in root.children]
    return lists
