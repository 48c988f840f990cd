"""The independent count of `rihla real`: codes, multiple choices, repeats, and what is missing."""

from pathlib import Path

import openpyxl
import pytest

from cli.independent_count import MISSING, Question, count, kept_choices

ROWS = [
    ["type", "name", "bind::rihla:privacy"],
    ["text", "name", "keep"],
    ["select_one town", "town", "keep"],
    ["select_one town", "birthplace", "drop"],
    ["begin group", "home", None],
    ["select_multiple things", "items", "keep"],
    ["begin_repeat", "member", None],
    ["select_one sex", "sex", "keep"],
    ["end_repeat", None, None],
    ["end group", None, None],
]
TOWN = Question("town", "", multiple=False)
ITEMS = Question("home/items", "", multiple=True)
SEX = Question("home/member/sex", "home/member", multiple=False)

FILES = [
    b"<data><town>A</town><home><items>tv radio</items>"
    b"<member><sex>F</sex></member><member><sex/></member></home></data>",
    b'<data xmlns="x"><town/><home><items>tv</items><member><sex>F</sex></member></home></data>',
    b"<data><home><items/></home></data>",
]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("survey")
    for row in ROWS:
        sheet.append(row)
    book.save(tmp_path / "form.xlsx")
    return tmp_path / "form.xlsx"


def test_kept_choice_questions_are_found_with_their_paths(workbook: Path) -> None:
    assert kept_choices(workbook) == [TOWN, ITEMS, SEX]


def test_codes_are_counted_by_unit() -> None:
    assert count([TOWN, ITEMS, SEX], FILES) == {
        "town": {"A": 1, MISSING: 2},
        "home/items": {"tv": 2, "radio": 1, MISSING: 1},
        "home/member/sex": {"F": 2, MISSING: 1},
    }
