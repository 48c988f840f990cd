"""The sheets of an XLSForm as rows of text: those that Rihla adds (`tables`, `indicators`), and the others to say where
something stands. pyxform reads the form itself."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zipfile import BadZipFile

from schemas.survey.finding import SurveyError
from schemas.survey.xlsform import SurveyFile

MAX_ROWS = 20_000
"""Of one sheet. The longest questionnaires have 5,000 rows, the longest lists of choices are files of their own."""


@dataclass(frozen=True)
class Row:
    """A row under the header. `number` is the row of the sheet as a spreadsheet shows it; empty cells are absent.
    `headers` are those of the sheet, by their text in lower case, each with the letter of its column and as written."""

    sheet: str
    number: int
    cells: dict[str, str]
    headers: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.sheet}, row {self.number}"

    def at(self, column: str) -> str:
        """The address of a cell: `survey!G12 (constraint)`; of the row, where the sheet has no such column."""
        letter, title = self.headers.get(column, ("", column))
        return f"{self.sheet}!{letter}{self.number} ({title})"


@dataclass(frozen=True)
class Sheet:
    """`headers` as in Row. `first` is the row of the header."""

    name: str
    first: int
    headers: Mapping[str, tuple[str, str]]
    rows: list[Row]


class Sheets:
    """The sheets of a file by their name in lower case, each read when it is asked for."""

    def __init__(self, file: SurveyFile) -> None:
        self._file = file
        self._read: dict[str, Sheet | None] = {}

    def get(self, name: str) -> Sheet | None:
        """None if the file has no sheet of this name. Raises SurveyError if the file is no workbook."""
        if name not in self._read:
            lines = self._lines(name)
            self._read[name] = None if lines is None else _sheet(name, lines)
        return self._read[name]

    def rows(self, name: str) -> list[Row]:
        """The rows of a sheet; none where there is no such sheet."""
        sheet = self.get(name)
        return sheet.rows if sheet is not None else []

    def _lines(self, name: str) -> "list[Line] | None":
        match self._file.suffix:
            case ".xlsx":
                return self._xlsx.lines(name)
            case ".xls":
                return _xls(self._file.data, name)
            case ".csv" | ".md":
                return self._text.get(name)
            case _:
                return None

    @cached_property
    def _xlsx(self) -> "_Book":
        return _Book(self._file.data)

    @cached_property
    def _text(self) -> "dict[str, list[Line]]":
        text = self._file.data.decode("utf-8-sig")
        if self._file.suffix == ".md":
            return _by_first_cell(_markdown(text))
        return _by_first_cell(enumerate(csv.reader(io.StringIO(text)), 1))


Line = tuple[int, list[str]]


class _Book:
    """A workbook in today's format. Opening it is what costs, so it stays open."""

    def __init__(self, data: bytes) -> None:
        from openpyxl import load_workbook

        try:
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        except (BadZipFile, KeyError, ValueError) as fault:
            raise SurveyError("SUR-007", f"This file cannot be read as a workbook: {fault}") from fault
        self._sheets = {sheet.title.strip().lower(): sheet for sheet in book}

    def lines(self, name: str) -> list[Line] | None:
        sheet = self._sheets.get(name)
        if sheet is None:
            return None
        rows = sheet.iter_rows(values_only=True, max_row=MAX_ROWS)
        return [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, 1)]


def _xls(data: bytes, name: str) -> list[Line] | None:
    """A workbook in the format before 2007."""
    from xlrd import XLRDError, open_workbook

    try:
        book = open_workbook(file_contents=data)
    except (XLRDError, AssertionError, IndexError) as fault:
        raise SurveyError("SUR-007", f"This file cannot be read as a workbook: {fault}") from fault
    for sheet in book.sheets():
        if sheet.name.strip().lower() == name:
            return [
                (number + 1, [_text(cell) for cell in sheet.row_values(number)])
                for number in range(min(sheet.nrows, MAX_ROWS))
            ]
    return None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true()" if cell else "false()"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # spreadsheets keep whole numbers as floats
    return str(cell).strip()


def _markdown(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").replace("\\|", "\0").split("|")]
            yield number, [cell.replace("\0", "|") for cell in cells]


def _by_first_cell(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Sheets of a csv or markdown survey: a line with something in its first cell begins the sheet of that name."""
    tables: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for number, cells in lines:
        if cells and cells[0].strip():
            current = tables.setdefault(cells[0].strip().lower(), [])
        if current is not None and any(cell.strip() for cell in cells[1:]):
            # The column of the sheets' names stays, so that letters are those that a spreadsheet shows.
            current.append((number, ["", *(cell.strip() for cell in cells[1:])]))
    return tables


def _sheet(name: str, lines: list[Line]) -> Sheet:
    if not lines:
        return Sheet(name, 1, {}, [])
    (first, titles), *rest = lines
    keys = [title.strip().lower() for title in titles]
    headers = {key: (_letter(place), titles[place].strip()) for place, key in enumerate(keys) if key}
    rows = []
    for number, cells in rest:
        filled = {key: cell for key, cell in zip(keys, cells, strict=False) if key and cell}
        if filled:
            rows.append(Row(name, number, filled, headers))
    return Sheet(name, first, headers, rows)


def _letter(place: int) -> str:
    """A, B, ... Z, AA: of a column counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
