"""What the sheet `settings` says about the processing itself: how long data are kept, why, and who answers for it."""

from schemas.survey.definition import (
    LONGEST_RETENTION_DAYS,
    SHORTEST_RETENTION_DAYS,
    USUAL_RETENTION_DAYS,
    Processing,
)
from schemas.survey.finding import Finding, Subject, error
from schemas.survey.workbook import Sheets

RETENTION_COLUMN = "rihla_retention_days"
COLUMNS = {name: f"rihla_{name}" for name in Processing.model_fields}
"""Part of the record of processing -> its column."""


def retention_days(sheets: Sheets) -> int | Finding:
    """Days after the survey is closed for which its data are kept."""
    text = _settings(sheets).get(RETENTION_COLUMN, "")
    if not text:
        return USUAL_RETENTION_DAYS
    plain = text.isascii() and text.isdigit() and len(text) < 10
    if not plain or not SHORTEST_RETENTION_DAYS <= int(text) <= LONGEST_RETENTION_DAYS:
        return error(
            "SUR-100",
            f"{text!r} is no number of days after the survey is closed. Write a whole number from "
            f"{SHORTEST_RETENTION_DAYS} (as long as the topics keep what came in last) to {LONGEST_RETENTION_DAYS}.",
            Subject("settings", column=RETENTION_COLUMN),
        )
    return int(text)


def processing(sheets: Sheets) -> Processing:
    """The texts as they are written; empty where there is no such column."""
    cells = _settings(sheets)
    return Processing(**{name: cells.get(column, "") for name, column in COLUMNS.items()})


def _settings(sheets: Sheets) -> dict[str, str]:
    row = next(iter(sheets.rows("settings")), None)
    return row.cells if row is not None else {}
