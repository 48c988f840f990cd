"""Counts the answers of a form straight from the workbook and the XML files: openpyxl, lxml and a Counter.

None of the pipeline's code is used: what the tables show is compared with this.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from lxml import etree

MISSING = ""
"""The code under which an answer is counted that is not there: not asked, or left empty."""

Counts = dict[str, Counter[str]]
"""By the path of a question below the root ("member/Sex"): how often each code was chosen."""


@dataclass(frozen=True)
class Question:
    """A choice question that is kept. `repeat` is the path of the repeat around it, "" for none."""

    path: str
    repeat: str
    multiple: bool


def kept_choices(workbook: Path) -> list[Question]:
    """The choice questions of an XLSForm whose privacy class is `keep`."""
    sheet = openpyxl.load_workbook(workbook)["survey"].iter_rows(values_only=True)
    header = {str(name).strip(): place for place, name in enumerate(next(sheet)) if name is not None}
    groups: list[tuple[str, bool]] = []
    found = []
    for row in sheet:
        kind = str(row[header["type"]] or "").strip().replace(" ", "_", 1)
        name = str(row[header["name"]] or "").strip()
        if kind.startswith(("begin_group", "begin_repeat")):
            groups.append((name, kind.startswith("begin_repeat")))
        elif kind.startswith(("end_group", "end_repeat")):
            groups.pop()
        elif kind.startswith(("select_one_", "select_multiple_")) and row[header["bind::rihla:privacy"]] == "keep":
            around = [group for group, _ in groups]
            repeats = [depth for depth, (_, repeat) in enumerate(groups, start=1) if repeat]
            found.append(
                Question(
                    path="/".join([*around, name]),
                    repeat="/".join(around[: repeats[-1]]) if repeats else "",
                    multiple=kind.startswith("select_multiple"),
                )
            )
    return found


def count(questions: Iterable[Question], files: Iterable[bytes]) -> Counts:
    """Goes through the files once. Of a multiple choice each code counts; within a repeat each of its rows does."""
    counts: Counts = {question.path: Counter() for question in questions}
    plan = [(question, question.path.removeprefix(question.repeat).strip("/")) for question in questions]
    for data in files:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
        for question, below in plan:
            for unit in root.iterfind(_anywhere(question.repeat)) if question.repeat else [root]:
                counts[question.path].update(_codes(unit, below, question.multiple))
    return counts


def _codes(unit: etree._Element, below: str, multiple: bool) -> Iterator[str]:
    text = (unit.findtext(_anywhere(below)) or "").strip()
    yield from (set(text.split()) if multiple else [text]) or [MISSING]


def _anywhere(path: str) -> str:
    """The path in whatever namespace the form has."""
    return "/".join(f"{{*}}{name}" for name in path.split("/"))
