"""The sheets that Rihla adds to an XLSForm (`tables`, `indicators`), as rows of text. pyxform does not read them."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zipfile import BadZipFile

from schemas.survey.finding import SurveyError
from schemas.survey.xlsform import SurveyFile

MAX_ROWS = 2000
"""Of one sheet. A survey with more tables than this is a mistake."""


@dataclass(frozen=True)
class Row:
    """A row under the header. `number` is the row of the sheet as a spreadsheet shows it; empty cells are absent."""

    sheet: str
    number: int
    cells: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.sheet}, row {self.number}"


def read_sheets(file: SurveyFile, names: Iterable[str]) -> dict[str, list[Row]]:
    """The rows of each named sheet that the file has. A sheet that is there and empty is an empty list."""
    wanted = set(names)
    match file.suffix:
        case ".xlsx":
            tables = _xlsx(file.data, wanted)
        case ".csv":
            tables = _by_first_cell(enumerate(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))), 1), wanted)
        case ".md":
            tables = _by_first_cell(_markdown(file.data.decode("utf-8-sig")), wanted)
        case _:
            tables = {}
    return {name: _rows(name, lines) for name, lines in tables.items()}


Line = tuple[int, list[str]]


def _xlsx(data: bytes, wanted: set[str]) -> dict[str, list[Line]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError) as fault:
        raise SurveyError("SUR-007", f"This file cannot be read as a workbook: {fault}") from fault
    tables = {}
    for sheet in book:
        if sheet.title.strip().lower() in wanted:
            rows = sheet.iter_rows(values_only=True, max_row=MAX_ROWS)
            tables[sheet.title.strip().lower()] = [(n, [_text(cell) for cell in row]) for n, row in enumerate(rows, 1)]
    book.close()
    return tables


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


def _by_first_cell(lines: Iterable[Line], wanted: set[str]) -> dict[str, list[Line]]:
    """Sheets of a csv or markdown survey: a line with something in its first cell begins the sheet of that name."""
    tables: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for number, cells in lines:
        if cells and cells[0].strip():
            name = cells[0].strip().lower()
            current = tables.setdefault(name, []) if name in wanted else None
        if current is not None and any(cell.strip() for cell in cells[1:]):
            current.append((number, [cell.strip() for cell in cells[1:]]))
    return tables


def _rows(sheet: str, lines: list[Line]) -> list[Row]:
    if not lines:
        return []
    header = [name.strip().lower() for name in lines[0][1]]
    rows = []
    for number, cells in lines[1:]:
        filled = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell}
        if filled:
            rows.append(Row(sheet, number, filled))
    return rows
