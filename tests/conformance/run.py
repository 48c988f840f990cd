"""`make conformance`: submissions of our own forms, or of all forms below a folder, judged by Rihla, by JavaRosa, and
by ODK Web Forms (key `web_forms`).

Prints what cannot be read and why, each difference that no departure explains, and one JSON object as the last line.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.conformance.both import Both, CannotRead, Result
from tests.conformance.engine import JavaRosa
from tests.conformance.expression_values import Evaluator
from tests.conformance.form_file import NotAForm, forms_below, own_forms, read_form
from tests.conformance.random_expressions import RandomExpressions
from tests.conformance.web_forms import run as second_engine

GENERATED, ADVERSARIAL = 150, 50
"""Submissions of each form: 11,000 of our own forms, in some minutes."""

EXPRESSIONS = 20_000
"""Random expressions, asked beside our own forms."""

WEB_FORMS_OF_A_FOLDER = 4
"""Submissions of each form of a folder that ODK Web Forms opens as well: some real forms take it a second each."""

BATCH = 1_000
"""Expressions in one command."""

SHOWN = 4
"""Differences of a form that are printed."""


_NAMESPACE = re.compile(r"<\?xml[^>]*>| xmlns:\w+=\"[^\"]*\"")
_PREFIX = re.compile(r"(?<=<)ns\d+:|(?<=</)ns\d+:")


@dataclass
class Report:
    forms: int = 0
    submissions: int = 0
    accepted: int = 0
    unanswered: int = 0
    expressions: int = 0
    expressions_different: list[str] = field(default_factory=list)
    compared: int = 0
    different: int = 0
    false_rejections: int = 0
    by_departure: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[str, Result]] = field(default_factory=list)
    web_forms: second_engine.Report = field(default_factory=second_engine.Report)

    @property
    def good(self) -> bool:
        return not (self.defects or self.false_rejections or self.expressions_different or self.web_forms.defects)

    def add(self, name: str, result: Result) -> None:
        self.submissions += 1
        self.accepted += result.accepted
        self.unanswered += result.unanswered
        compared = result.compared
        self.compared += compared.items
        self.different += len(compared.differences)
        self.by_departure += compared.by_departure
        self.false_rejections += compared.false_rejection
        if compared.defects or compared.false_rejection:
            self.defects.append((name, result))

    @property
    def explained(self) -> int:
        return sum(self.by_departure.values())

    def as_json(self) -> str:
        return json.dumps(
            {
                "forms": self.forms,
                "submissions": self.submissions,
                "accepted": self.accepted,
                "verdicts_compared": self.compared,
                "different": self.different,
                "explained": self.explained,
                "false_rejections": self.false_rejections,
                "unanswered_by_javarosa": self.unanswered,
                "expressions": self.expressions,
                "expressions_different": len(self.expressions_different),
                "cannot_read": dict(self.unread),
                "by_departure": dict(sorted(self.by_departure.items())),
                "web_forms": self.web_forms.as_dict(),
            }
        )


def run(paths: list[Path], seed: int, generated: int, adversarial: int, say: bool = True) -> Report:
    report = Report()
    with JavaRosa() as javarosa:
        for path in paths:
            started = time.monotonic()
            try:
                form = read_form(path)
                both = Both(javarosa, form)
            except (NotAForm, CannotRead) as fault:
                whose = fault.whose if isinstance(fault, CannotRead) else "not a form"
                report.unread[whose] += 1
                if say:
                    print(f"{path.name}: cannot be read: {fault}", flush=True)
                continue
            report.forms += 1
            before = len(report.defects)
            for result in both.generated(Random(f"{seed} {form.name}"), generated):
                report.add(form.name, result)
            for result in both.adversarial(seed, adversarial) if adversarial else ():
                report.add(form.name, result)
            if say:
                found = len(report.defects) - before
                print(f"{path.name}: {found} submissions differ, {time.monotonic() - started:.1f} s", flush=True)
    return report


def ask_expressions(report: Report, seed: int, count: int) -> None:
    """Adds to the report."""
    expressions = RandomExpressions(Random(seed))
    with JavaRosa() as javarosa:
        evaluator = Evaluator(javarosa)
        for start in range(0, count, BATCH):
            asks = [expressions() for _ in range(min(BATCH, count - start))]
            report.expressions += len(asks)
            report.expressions_different += evaluator.differences(asks)


def describe(name: str, result: Result) -> str:
    lines = [f"{name}: {_PREFIX.sub('', _NAMESPACE.sub('', result.xml))}"]
    for each in result.compared.defects:
        path, rows = each.place
        lines.append(f"    {each.what} {path}{list(rows) or ''}: JavaRosa {each.javarosa!r}, Rihla {each.rihla!r}")
    if result.compared.false_rejection:
        lines.append("    a false rejection")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="forms to judge instead of our own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=GENERATED)
    parser.add_argument("--adversarial", type=int, default=ADVERSARIAL)
    parser.add_argument("--only", help="a part of the form's file name")
    options = parser.parse_args()
    paths = own_forms() if options.folder is None else list(forms_below(options.folder))
    paths = [path for path in paths if options.only is None or options.only in path.name]
    report = run(paths, options.seed, options.generated, options.adversarial)
    if options.folder is None and options.only is None:
        ask_expressions(report, options.seed, EXPRESSIONS)
    count = second_engine.COUNT if options.folder is None else WEB_FORMS_OF_A_FOLDER
    report.web_forms = second_engine.run(paths, options.seed, count)
    for name, difference in report.web_forms.defects[:SHOWN]:
        print(f"{name}: {difference.what} {difference.place}: differs from Web Forms, and no class explains it")
    print(*sorted(report.expressions_different, key=len)[:SHOWN], sep="\n")
    shown: Counter[str] = Counter()
    for name, result in sorted(report.defects, key=lambda each: len(each[1].xml)):
        shown[name] += 1
        if shown[name] <= SHOWN:
            print(describe(name, result))
    print(report.as_json())
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
