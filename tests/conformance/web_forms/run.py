"""Forms through Rihla and ODK Web Forms: submissions as a browser would send them, and a count of what differs.

A random submission is opened by Web Forms and sent again as it then stands: choices that its filters allow, as many
rows as the form asks for, nothing that is irrelevant. That is what both judge.

    python -m tests.conformance.web_forms.run [FOLDER] [--count 50] [--seed 1] [--only NAME]
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from lxml import etree

from tests.conformance.both import CannotRead, definition_of
from tests.conformance.filler import Filler
from tests.conformance.form_file import FormFile, NotAForm, forms_below, own_forms, read_form
from tests.conformance.sketch import sketch
from tests.conformance.told import Place, Rihla, Told
from tests.conformance.web_forms.comparison import Compared, Difference, compare
from tests.conformance.web_forms.oracle import Opened, Refused, WebForms
from tests.conformance.web_forms.rules import Rules

NOW = datetime(2024, 6, 15, 14, 30, tzinfo=UTC)
"""The moment at which all submissions are made and judged."""

NOW_MS = int(NOW.timestamp() * 1000)

COUNT = 50
"""Submissions of each form: 2,700 of our own forms, in two minutes."""

SETTLING = 5
"""Openings after which a submission is taken as it is: chance gives another value each time."""

BLANKS = (0.0, 0.15, 0.5)
"""Shares of the questions without an answer; one is drawn for each submission."""

Judge = Callable[[str, int], Told]
"""What Rihla (tests.conformance.told.Rihla) says of an XML received at an epoch in milliseconds."""


@dataclass
class Report:
    """`unread` are forms that Web Forms does not load, `unopened` submissions that it does not open, by its own words.
    `defects` are differences that no class explains, with the name of the form."""

    forms: int = 0
    submissions: int = 0
    compared: int = 0
    different: int = 0
    by_departure: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    unopened: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[str, Difference]] = field(default_factory=list)

    def add(self, name: str, compared: Compared) -> None:
        self.submissions += 1
        self.compared += compared.items
        self.different += len(compared.differences)
        self.by_departure += compared.by_departure
        self.defects += [(name, difference) for difference in compared.defects]

    def as_dict(self) -> dict[str, object]:
        """For the JSON line of `make conformance`."""
        return {
            "forms": self.forms,
            "submissions": self.submissions,
            "compared": self.compared,
            "different": self.different,
            "explained": self.by_departure.total(),
            "by_departure": dict(sorted(self.by_departure.items())),
            "cannot_read": dict(self.unread),
            "cannot_open": dict(self.unopened),
        }


def run(paths: Iterable[Path], seed: int, count: int) -> Report:
    """`count` submissions of each form; what Rihla cannot read is left out. Raises deploy.local.failure.Failure if Web
    Forms cannot be installed."""
    with WebForms() as web:
        return compare_all(web, _readable(paths), seed, count)


def _readable(paths: Iterable[Path]) -> Iterator[tuple[FormFile, Judge]]:
    for path in paths:
        try:
            form = read_form(path)
            yield form, Rihla(definition_of(form), form.files)
        except (NotAForm, CannotRead):
            continue


def compare_all(web: WebForms, forms: Iterable[tuple[FormFile, Judge]], seed: int, count: int) -> Report:
    report = Report()
    for form, judge in forms:
        refused = web.load(form.xform, form.files)
        if refused is not None:
            report.unread[_said(refused)] += 1
            continue
        report.forms += 1
        rules = Rules(form.xform, sketch(form.xform, form.files))
        for opened in submissions(web, form, Random(f"{seed} {form.name}"), count):
            if isinstance(opened, Refused):
                report.unopened[_said(opened)] += 1
                continue
            told = judge(opened.saved, NOW_MS)
            report.add(form.name, _refused(told) or compare(rules, opened.leaves, told))
    return report


def submissions(web: WebForms, form: FormFile, random: Random, count: int) -> Iterator[Opened | Refused]:
    """Each as it stands after Web Forms has opened what it would send itself."""
    known = sketch(form.xform, form.files)
    fillers = [Filler(known, random, NOW, blanks) for blanks in BLANKS]
    for _ in range(count):
        yield settled(web, _text(random.choice(fillers).submission()))


def settled(web: WebForms, xml: str) -> Opened | Refused:
    """A submission that Web Forms itself would send, and what it makes of it: opened again until nothing changes."""
    for _ in range(SETTLING):
        opened = web.open(xml, NOW_MS)
        if isinstance(opened, Refused) or opened.saved == xml:
            return opened
        xml = opened.saved
    return opened


def _text(root: etree._Element) -> str:
    """With the namespace of the form as the default one: Web Forms takes prefixes for a part of the name."""
    namespace = etree.QName(root).namespace
    if namespace:
        default: Any = {None: namespace}
        renewed = etree.Element(root.tag, {str(name): str(text) for name, text in root.attrib.items()}, default)
        renewed.extend(list(root))
        root = renewed
        etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode")


def _refused(told: Told) -> Compared | None:
    if told.refused is None:
        return None
    nowhere: Place = ("", ())
    return Compared(1, [Difference("verdict", nowhere, "", told.refused)])


def _said(refused: Refused) -> str:
    return f"{refused.error}: {refused.why}" if refused.why else refused.error


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="forms to judge instead of our own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", default="", help="a part of the form's file name")
    options = parser.parse_args()
    paths = own_forms() if options.folder is None else forms_below(options.folder)
    report = run((path for path in paths if options.only in path.name), options.seed, options.count)
    for name, difference in report.defects:
        path, rows = difference.place
        print(f"{name}: {difference.what} {path}{list(rows) or ''}: differs, and no class explains it")
    print(json.dumps(report.as_dict()))
    return 1 if report.defects else 0


if __name__ == "__main__":
    sys.exit(main())
