"""How releases are shown: suppressed rows say so, and a comparison sees each published number that differs."""

import io
from typing import Any

from rich.console import Console

from cli.release_diff import Change, changes
from cli.release_tables import published_table
from cli.release_words import refusal
from services.release.maker import Refused
from services.release.problems import NotReleased, Problem

FREE: dict[str, Any] = {"obs_status": "A", "conf_status": "F"}
TABLE: dict[str, Any] = {
    "name": "by_sex",
    "label": "Visits by sex",
    "dimensions": [{"name": "SEX"}],
    "indicators": [{"name": "paid", "label": "Paid", "kind": "share", "unit": "percent"}],
}


def cell(sex: str, number: int | None, paid: float | None, conf_status: str = "C") -> dict[str, Any]:
    hidden: dict[str, Any] = {"obs_status": "Q", "conf_status": conf_status}
    figure = {"obs_value": paid, "standard_error": 0.1, "quality": "unreliable", **(hidden if paid is None else FREE)}
    return {
        "table": "by_sex",
        "codes": {"SEX": sex},
        "labels": {"SEX": sex},
        "obs_value": number,
        "weighted": None,
        **(hidden if number is None else FREE),
        "figures": {"paid": figure},
    }


def shown(everything: bool) -> str:
    out = io.StringIO()
    cells = [cell("F", 1_500, 0.25), cell("M", None, None), cell("_U", 50, None, "N")]
    Console(file=out, width=120).print(published_table(TABLE, cells, everything))
    return out.getvalue()


def test_a_suppressed_row_is_counted_or_says_so() -> None:
    text = shown(everything=False)
    assert "1,500" in text and "25.0 (unreliable)" in text and "at closing" in text
    assert "1 more rows" in text and "suppressed" not in text
    assert "suppressed" in shown(everything=True)


def test_a_comparison_lists_numbers_that_differ() -> None:
    before = [cell("F", 100, 0.5), cell("M", 50, None)]
    after = [cell("F", 150, 0.5), cell("M", None, None)]
    assert changes(before, before) == []
    assert changes(before, after) == [
        Change("by_sex", ("F",), "", 100, 150),
        Change("by_sex", ("M",), "", 50, None),
    ]
    assert changes(before[:1], after) == [Change("by_sex", ("F",), "", 100, 150)]


def test_how_many_have_moved_is_said_to_operators_where_it_is_the_reason() -> None:
    assert "37 have moved" in refusal(Refused(NotReleased(Problem.FEW_MOVES, "100 needed"), 37))
    assert "37" not in refusal(Refused(NotReleased(Problem.RECOVERABLE), 37))
