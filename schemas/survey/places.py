"""Where something stands in the workbook: the path of a field to the cell that a designer has to change."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from schemas.survey.finding import Finding, Subject
from schemas.survey.workbook import Row, Sheets

COLUMNS: dict[str, tuple[str, ...]] = {
    "relevant": ("relevant", "relevance", "bind:relevant"),
    "calculate": ("calculation", "calculate", "bind:calculate"),
    "constraint": ("constraint", "bind:constraint"),
    "required": ("required", "bind:required"),
    "count": ("repeat_count", "jr:count"),
    "choices": ("choice_filter", "type"),
    "privacy": ("bind:rihla:privacy",),
    "concept": ("bind:rihla:concept",),
    "role": ("bind:rihla:role",),
}
"""Headers of each part of a question, the usual one first, with runs of colons as one colon and blanks as `_`."""

_BEGIN = re.compile(r"begin[ _]+(group|repeat|loop|lgroup)\b")
_END = re.compile(r"end[ _]+(group|repeat|loop|lgroup)\b")
_QUOTED = re.compile(r"\$\{[^}]*\}?|'([^']+)'")


class Places:
    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets

    def locate(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings with the address of what each is about, as far as the workbook has it."""
        return [
            replace(finding, place=self.of(finding.at)) if finding.at is not None and not finding.place else finding
            for finding in findings
        ]

    def of(self, subject: Subject) -> str:
        """The address of a cell, or the subject in words where it stands in no sheet."""
        if not subject.of and subject.sheet != "settings":
            return self._header(subject) or str(subject)
        row = self._row(subject)
        if row is None:
            return str(subject)
        column = next((header for header in _headers(subject.column) if header in _keys(row)), None)
        return row.at(_keys(row)[column] if column is not None else subject.column)

    def mention(self, text: str) -> str | None:
        """The first cell of the survey or the choices that holds a text: the name of a file, say."""
        for row in (*self._sheets.rows("survey"), *self._sheets.rows("choices")):
            for column, cell in row.cells.items():
                if text in cell:
                    return row.at(column)
        return None

    def of_message(self, sheet: str, number: int, text: str) -> str | None:
        """The cell that a message of pyxform is about: the column that it quotes, or the cell that holds what it
        quotes. `number` counts the rows of the sheet from its header, 1; 0 is any."""
        found = self._sheets.get(sheet)
        if found is None:
            return None
        quotes = [match[1] or match[0] for match in _QUOTED.finditer(text)]
        row = next((row for row in found.rows if row.number == found.first + number - 1), None) if number else None
        if row is not None:
            column = next((quote.lower() for quote in quotes if quote.lower() in row.headers), None)
            holding = (name for quote in quotes for name, cell in row.cells.items() if quote in cell)
            column = column or next(holding, None)
            return row.at(column) if column is not None else f"{sheet}!{row.number}"
        cells = (
            row.at(column)
            for quote in quotes
            for row in found.rows
            for column in ("name", "type")
            if row.cells.get(column) == quote
        )
        return next(cells, None)

    def _header(self, subject: Subject) -> str | None:
        sheet = self._sheets.get(subject.sheet)
        if sheet is None:
            return None
        plain = {_plain(header): header for header in sheet.headers}
        for header in _headers(subject.column):
            if header in plain:
                letter, title = sheet.headers[plain[header]]
                return f"{sheet.name}!{letter}{sheet.first} ({title})"
        return None

    def _row(self, subject: Subject) -> Row | None:
        if subject.sheet == "survey":
            return self._survey.get(subject.of) or self._survey.get(_made_of(subject.of))
        rows = self._sheets.rows(subject.sheet)
        if subject.sheet == "settings":
            return rows[0] if rows else None
        return next((row for row in rows if row.cells.get("name") == subject.of), None)

    @cached_property
    def _survey(self) -> dict[str, Row]:
        return dict(_paths(self._sheets.rows("survey")))


def _paths(rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    """Each row of the sheet survey with the path that its question has in the form."""
    groups: list[str] = []
    for row in rows:
        kind, name = row.cells.get("type", "").lower(), row.cells.get("name", "")
        if _END.match(kind):
            if groups:
                groups.pop()
            continue
        if name:
            yield "/".join((*groups, name)), row
        if _BEGIN.match(kind):
            groups.append(name)


def _made_of(path: str) -> str:
    """What pyxform makes beside a question: `x_count` of a repeat with a count, `x_other` of a choice with or_other."""
    return re.sub(r"_(count|other)$", "", path)


def _headers(column: str) -> tuple[str, ...]:
    return COLUMNS.get(column, (_plain(column),))


def _keys(row: Row) -> dict[str, str]:
    """Plain header -> header, of the cells that are filled first: of two columns for one thing it is that one."""
    found = {_plain(header): header for header in row.headers}
    return found | {_plain(header): header for header in row.cells}


def _plain(header: str) -> str:
    return re.sub(r":+", ":", header.strip().lower().replace(" ", "_"))
