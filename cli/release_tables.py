"""Releases as tables for people to read. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

Document = Mapping[str, Any]

SUPPRESSED, NOT_YET, MISSING = "suppressed", "at closing", "–"
PERCENT = "percent"


def release_list(releases: Iterable[Document]) -> Table:
    table = Table("survey", "release", "made (UTC)", "kind", "tables", "rows", "suppressed", "hash", box=None)
    for place in (1, 4, 5, 6):
        table.columns[place].justify = "right"
    for release in releases:
        table.add_row(
            release["survey"],
            str(release["release"]),
            moment(release["made_at"]),
            "last" if release["closing"] else "progress",
            str(len(release["tables"])),
            str(sum(of["rows"] for of in release["tables"])),
            str(sum(of["suppressed"] for of in release["tables"])),
            release["content"][:12],
        )
    return table


def table_list(release: Document) -> Table:
    table = Table("table", "mode", "rounded to", "rows", "suppressed", "by", "label", box=None)
    for place in (2, 3, 4):
        table.columns[place].justify = "right"
    for of in release["tables"]:
        by = " × ".join(dimension["name"] for dimension in of["dimensions"]) or "all"
        step = "exact" if of["step"] == 1 else str(of["step"])
        table.add_row(of["name"], of["mode"], step, str(of["rows"]), str(of["suppressed"]), by, of["label"])
    return table


def published_table(description: Document, cells: Sequence[Document], everything: bool = False) -> Table:
    """A table of a release. Rows of which nothing is published are counted below it, unless `everything` is asked
    for."""
    title = f"{description['label'] or description['name']}"
    table = Table(title=title, title_justify="left", caption_justify="left", box=None, header_style="dim")
    for dimension in description["dimensions"]:
        table.add_column(dimension["name"])
    table.add_column("n", justify="right")
    weighted = any(cell["weighted"] is not None for cell in cells)
    if weighted:
        table.add_column("weighted", justify="right")
    indicators = [indicator for indicator in description["indicators"] if _says_more(indicator, weighted)]
    for indicator in indicators:
        unit = f" ({indicator['unit']})" if indicator["unit"] else ""
        table.add_column(f"{indicator['label'] or indicator['name']}{unit}", justify="right", max_width=24)
        table.add_column("s.e.", justify="right")
    hidden = 0
    for cell in cells:
        if cell["obs_value"] is None and not everything:
            hidden += 1
            continue
        total = "_T" in cell["codes"].values()
        row = [*cell["labels"].values(), count(cell)]
        if weighted:
            row.append(_number(cell["weighted"]))
        for indicator in indicators:
            row.extend(_figures(cell["figures"].get(indicator["name"]), indicator))
        table.add_row(*row, style="dim" if total and description["dimensions"] else None)
    if hidden:
        table.caption = f"{hidden} more rows are there and not published; --all shows them."
    return table


def count(cell: Document) -> str:
    return f"{cell['obs_value']:,}" if cell["obs_value"] is not None else _why(cell["conf_status"])


def _figures(figure: Document | None, indicator: Document) -> tuple[str, str]:
    if figure is None:
        return MISSING, ""
    if figure["obs_value"] is None:
        return (MISSING if figure["obs_status"] == "M" else _why(figure["conf_status"])), ""
    factor = 100 if indicator["unit"] == PERCENT and indicator["kind"] == "share" else 1
    flag = " (unreliable)" if figure["quality"] == "unreliable" else ""
    error = figure["standard_error"]
    return _number(figure["obs_value"] * factor) + flag, MISSING if error is None else _number(error * factor)


def _why(conf_status: str) -> str:
    return NOT_YET if conf_status == "N" else SUPPRESSED


def _says_more(indicator: Document, weighted: bool) -> bool:
    """A count of everybody is the column n, where all weigh alike."""
    return weighted or indicator["kind"] != "count" or indicator["name"] != "n"


def _number(value: float | None) -> str:
    if value is None:
        return MISSING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
