"""Whether what became of a run is what must have become of it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cli.compare import Difference, Figures, differences
from tests.chaos.history import Expected


@dataclass(frozen=True)
class Shown:
    """What the system says after the last fault is healed and nothing is in flight. `records` were accepted,
    `accounted` is how far the watermarks are, `classes` what they hold, `counted` the hashes in the ledger."""

    records: int
    accounted: int
    classes: Mapping[str, int]
    counted: Collection[str]
    figures: Figures


@dataclass(frozen=True)
class Findings:
    """All zero and empty if all is well. `lost` and `double` are submissions; `law` says where the law of conservation
    does not hold."""

    lost: int
    double: int
    wrong: tuple[Difference, ...]
    law: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not (self.lost or self.double or self.wrong or self.law)


def check(expected: Expected, shown: Shown) -> Findings:
    must, does = expected.counted, set(shown.counted)
    more = {of: shown.classes.get(of, 0) - number for of, number in (expected.exact + expected.at_least).items()}
    exact = {of: more[of] for of in expected.exact if of not in expected.at_least}
    at_least = {of: more[of] for of in expected.at_least}
    too_few = sum(-number for number in more.values() if number < 0)
    repeated = sum(number for number in at_least.values() if number > 0)
    too_many = sum(number for number in exact.values() if number > 0) + max(0, repeated - expected.unanswered)
    return Findings(
        lost=max(len(must - does), too_few),
        double=max(len(does - must), too_many),
        wrong=tuple(differences(expected.figures, shown.figures)),
        law=tuple(_law(expected, shown)),
    )


def _law(expected: Expected, shown: Shown) -> list[str]:
    broken = []
    in_classes = sum(shown.classes.values())
    if in_classes != shown.accounted:
        broken.append(f"the classes add up to {in_classes}, the watermarks to {shown.accounted}")
    if shown.accounted != shown.records:
        broken.append(f"{shown.records} records were accepted, {shown.accounted} are accounted for")
    least, most = expected.acknowledged, expected.acknowledged + expected.unanswered
    if not least <= shown.records <= most:
        broken.append(f"{shown.records} records are there, and it must be {least} to {most}")
    unknown = {of for of, number in shown.classes.items() if number} - {*expected.exact, *expected.at_least}
    if unknown:
        broken.append(f"records are in classes in which none must be: {', '.join(sorted(unknown))}")
    return broken
