"""A risk report as tables for people, and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.survey_words import short
from schemas.survey.definition import SurveyDefinition
from services.release.risk.after import After
from services.release.risk.before import AT_RISK, Before
from services.release.risk.roles import Part, RiskField

ADVICE = 3
"""Fields that are advised on: those that carry most."""


def as_json(survey: str, found: Sequence[Before] | Sequence[After]) -> str:
    """One object with a report for each unit. A count is a range: {"least", "most", "of"}."""
    when = "before" if found and isinstance(found[0], Before) else "after"
    document: dict[str, Any] = {"survey": survey, "from": when, "units": [asdict(each) for each in found]}
    return json.dumps(document, indent=2)


def show_before(console: Console, definition: SurveyDefinition, found: Iterable[Before]) -> None:
    for each in found:
        expected = f"{each.interviews:,} expected" + (", one row in each" if each.unit else "")
        _head(console, definition, each.unit, f"before fieldwork, {expected}")
        _fields(console, definition, each.unit, each.fields)
        for missing in each.uncounted:
            _say(
                console,
                f"{short(missing.path, definition)} is left out: the form lists no codes. Real risk is higher; --codes "
                f"{missing.path}=N counts it.",
                "yellow",
            )
        if each.together is None:
            _say(console, "No key leaves: nobody can be looked for.", "bold")
            continue
        table = _table("combination of keys", "combinations", "stand alone", "below 3", "below 5", "below 10")
        for one in (*each.worst, each.together):
            names = "all of them" if one is each.together else _joined(one.fields, definition)
            alone = f"{one.uniques:,.0f} ({one.uniques / each.interviews:.0%})"
            table.add_row(names, f"{one.cells:,}", alone, *(f"{share:.0%}" for share in one.below.values()))
        _title(console, "Expected records that stand alone, and share in classes below 3, 5 and 10")
        console.print(table)
        table = _table("key", "codes", "shares", "load", "half the codes", "dropped")
        keys = sorted(each.keys, key=lambda key: -key.load)
        for key in keys:
            figures = (f"{share:.1%}" for share in (key.load, key.halved, key.dropped))
            table.add_row(escape(short(key.field.path, definition)), str(key.codes), key.source, *figures)
        _title(console, f"Load: share below {AT_RISK}, mean over combinations of three keys with this one")
        console.print(table)
        for key in keys[:ADVICE]:
            if key.load > 0:
                name, dropped = (
                    short(key.field.path, definition),
                    f"drop it ({key.dropped:.1%} instead of {key.load:.1%})",
                )
                coarser = f"a coarser band, region or prefix for {name} (with half the codes {key.halved:.1%}), or "
                _say(console, "Advice: " + (coarser + dropped if key.codes > 2 else f"{name}: {dropped}") + ".")
        _say(
            console,
            "Assumed: keys are independent; where shares are not given, all codes alike. Where it shows few, rare "
            "codes make more stand alone; where many, keys that hang together make fewer: measure after the pilot.",
            "dim",
        )


def show_after(console: Console, definition: SurveyDefinition, found: Iterable[After]) -> None:
    for each in found:
        _head(console, definition, each.unit, f"from the ledger, {each.records} records")
        _fields(console, definition, each.unit, each.fields)
        _title(console, "All keys together")
        table = _table("", "")
        table.show_header = False
        table.add_row("smallest class (k)", str(each.k))
        table.add_row("classes", str(each.classes))
        table.add_row("stand alone", str(each.uniques))
        for level, figure in each.below.items():
            table.add_row(f"in classes below {level}", str(figure))
        for sizes, figure in each.distribution:
            table.add_row(f"in classes of {sizes}", str(figure))
        table.add_row("prosecutor: highest, mean", f"{each.prosecutor_highest:g}, {each.prosecutor_mean:g}")
        journalist = (
            "not known: no weight and no --population"
            if each.journalist_highest is None
            else f"{each.journalist_highest:g}, {each.journalist_mean:g}"
        )
        table.add_row("journalist: highest, mean", journalist)
        table.add_row("marketer", f"{each.marketer:g}")
        console.print(table)
        _title(console, "Singled out by at most three keys (minimal sample uniques)")
        table = _table("keys", "records")
        for size, figure in each.by_size.items():
            table.add_row(f"by {size}", str(figure))
        for names, figure in each.combinations:
            table.add_row(_joined(names, definition), str(figure))
        console.print(table)
        table = _table("key", "codes", "singled out with it", "left without it", "left with half the codes")
        keys = sorted(each.keys, key=lambda key: (key.dropped.middle, -key.singled_out.middle))
        for key in keys:
            halved = "-" if key.halved is None else str(key.halved)
            name = escape(short(key.path, definition))
            table.add_row(name, str(key.codes), str(key.singled_out), str(key.dropped), halved)
        _title(console, f"By field (of {each.singled_out} singled out)")
        console.print(table)
        if each.sensitive:
            table = _table("sensitive field", "l", "entropy l", "told without being found")
            for one in each.sensitive:
                name = escape(short(one.path, definition)) + (" (special)" if one.special else "")
                table.add_row(name, str(one.distinct), f"{one.entropy:g}", str(one.told))
            _title(console, "Diversity of answers in classes of all keys")
            console.print(table)
        for key in keys[:ADVICE]:
            if key.singled_out.most:
                _say(
                    console,
                    f"Advice: a coarser class for {short(key.path, definition)} in the next version, or drop it "
                    f"(singled out then: {key.dropped}).",
                )


def _head(console: Console, definition: SurveyDefinition, unit: str, what: str) -> None:
    counts = f"rows of {unit}" if unit else "submissions"
    _say(console, f"\n{definition.title} ({definition.survey}), {counts}: {what}", "bold")


def _fields(console: Console, definition: SurveyDefinition, unit: str, fields: Sequence[RiskField]) -> None:
    """Those of the unit itself; a row of a repeat has those of its submission as well."""
    if unit:
        _say(console, "All fields of the submission, and those of the repeat:")
    for part, words in (
        (Part.KEY, "Keys, which others can know"),
        (Part.SENSITIVE, "Sensitive"),
        (Part.FIGURE, "Sensitive numbers"),
        (Part.TECHNICAL, "Neither"),
    ):
        names = [
            short(one.path, definition) + (f" ({one.why})" if part is Part.KEY else " (special)" if one.special else "")
            for one in fields
            if one.part is part and one.unit == unit
        ]
        if names:
            _say(console, f"{words}: {', '.join(names)}.")


def _joined(paths: Iterable[str], definition: SurveyDefinition) -> str:
    return escape(" x ".join(short(path, definition) for path in paths))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", overflow="fold")
    return table


def _title(console: Console, text: str) -> None:
    _say(console, f"\n{text}", "bold")


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style, markup=False, highlight=False)
