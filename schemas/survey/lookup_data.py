"""The data that a form brings along for its choices and lookups, without the texts beside them."""

from lxml import etree

from schemas.survey.safe_xml import local_name, parse

_TEXTS = frozenset({"label", "itextId", "image", "big-image", "audio", "video"})
"""Columns that are shown and never looked up: the texts of choices, and their pictures and sounds."""

Rows = frozenset[tuple[tuple[str, str], ...]]


def lookup_data(xform: str) -> dict[str, Rows]:
    """Name of each secondary instance written in the form -> its rows, each as sorted pairs of column and text; whole
    branches count as text. "" has none. Raises BadXml."""
    if not xform:
        return {}
    instances = [each for each in parse(xform.encode()).iter("{*}instance") if each.get("id") and len(each)]
    return {each.get("id", ""): frozenset(_row(row) for row in each[0]) for each in instances}


def _row(row: etree._Element) -> tuple[tuple[str, str], ...]:
    columns = [column for column in row if local_name(column) not in _TEXTS]
    return tuple(sorted((local_name(column), "".join(map(str, column.itertext())).strip()) for column in columns))
