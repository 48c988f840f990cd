"""An attached CSV file as a secondary instance: root/item/column, as JavaRosa reads it."""

import csv
import io

from schemas.expressions.elements import Element
from schemas.survey.instance_budget import Budget, UnreadableInstance


def read_csv(data: bytes) -> Element:
    """The root element. Raises UnreadableInstance.

    The first row names the columns. The separator is a semicolon if there is one in the first line, else a comma.
    Empty lines are left out; a row that is too short has empty cells, what stands beyond the columns is ignored.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UnreadableInstance("it is not UTF-8 text. Save it again as CSV UTF-8") from fault
    first = io.StringIO(text).readline()
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",")
    budget = Budget()
    items = []
    try:
        names = next((row for row in rows if row), [])
        named = [name for name in names if name]
        if not named:
            raise UnreadableInstance("its first row names no columns")
        if len(set(named)) < len(named):
            # The engine would take values from the wrong column.
            raise UnreadableInstance("its first row names a column twice")
        for row in rows:
            if row:
                cells = [*row[: len(names)], *[""] * (len(names) - len(row))]
                columns = (budget.node(name, cell.strip()) for name, cell in zip(names, cells, strict=True) if name)
                items.append(budget.node("item", "", tuple(columns)))
    except csv.Error as fault:
        raise UnreadableInstance(f"line {rows.line_num}: {fault}") from fault
    return budget.node("root", "", tuple(items))
