"""How a compiled form stands to what is published of its survey, in the words of `rihla survey`. Pure but for the
printing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console

from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition
from schemas.survey.drift import breaking, drift
from schemas.survey.finding import Finding, Severity
from schemas.survey.revision import Revision, revise
from schemas.survey.wording import version_of

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


class Standing(StrEnum):
    """What a form is to the published version of its name."""

    NEW = "new"
    """There is no such version."""
    SAME = "same"
    """It is that version, with the rules by which it is judged now."""
    BEFORE_REVISION = "before_revision"
    """It is that version as it was first published; its rules were revised since."""
    RULES_DIFFER = "rules_differ"
    """Only rules differ: it could be a revision."""
    OTHER = "other"


@dataclass(frozen=True)
class Versions:
    """The published versions of one survey, in the order of their publication."""

    published: Sequence[SurveyDefinition]

    @property
    def last(self) -> SurveyDefinition | None:
        return self.published[-1] if self.published else None

    @property
    def next_edition(self) -> int:
        return 1 + max((one.edition for one in self.published), default=0)

    def of(self, version: str) -> SurveyDefinition | None:
        return next((one for one in self.published if one.version == version), None)


def versions_of(survey: str, published: Iterable[SurveyDefinition]) -> Versions:
    return Versions([one for one in published if one.survey == survey])


def standing(published: SurveyDefinition | None, file: SurveyDefinition) -> Standing:
    if published is None:
        return Standing.NEW
    if file.model_copy(update={"revision": published.revision, "edition": published.edition}) == published:
        return Standing.SAME
    revision = revise(published, file)
    if revision.refusals:
        return Standing.OTHER
    if published.revision and published.xform == file.xform:
        return Standing.BEFORE_REVISION
    if revision.definition is not None:
        return Standing.RULES_DIFFER
    # A text changed, which is part of what phones have: only a revision has its texts from elsewhere.
    return Standing.SAME if published.revision else Standing.OTHER


def already(published: SurveyDefinition, how: Standing) -> str:
    """What to say of a version that need not be published again."""
    if how is Standing.BEFORE_REVISION:
        return (
            f"{published.key} is published, and was revised since: submissions are judged by its revision "
            f"{published.revision}, and stay so. To judge by this file again: `rihla survey revise`."
        )
    since = f", and is judged by these rules since its revision {published.revision}" if published.revision else ""
    return f"{published.key} is published already, with the same content{since}. Nothing to do."


def other_content(key: str, how: Standing) -> str:
    mend = (
        " Only rules differ from it: `rihla survey revise` judges by them without a new version."
        if how is Standing.RULES_DIFFER
        else ""
    )
    return (
        f"{key} is published with other content, and a published version stays. Give the form a new version (sheet "
        f"settings, column version).{mend}"
    )


def refuse_breaks(console: Console, last: SurveyDefinition, file: SurveyDefinition, force: bool) -> None:
    """Prints what the new version changes in the statistics. Raises `Failure` if it breaks them, unless forced."""
    findings = drift(last, file)
    broken = breaking(findings)
    show_drift(console, findings, overridden=force)
    if broken and not force:
        raise Failure(
            f"{file.key} was not published: {_many(len(broken), 'change')} since {version_of(last)} would break its "
            "statistics. Mend the form, or publish it under another form id, or use --force to break them."
        )
    if broken:
        console.print(f"--force: {_many(len(broken), 'break')} overridden.", markup=False, highlight=False)


def show_drift(console: Console, findings: Sequence[Finding], overridden: bool = False) -> None:
    order = list(Severity)
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity)):
        breaks = "break, overridden" if overridden else "break"
        _say(console, finding, breaks if finding.severity is Severity.ERROR else finding.severity.value)


def compare_versions(console: Console, old: SurveyDefinition, new: SurveyDefinition) -> bool:
    """Prints the drift from one version to the other. True if nothing breaks."""
    findings = drift(old, new)
    show_drift(console, findings)
    broken = len(breaking(findings))
    named = f"{old.key}{f' revision {old.revision}' if old.revision else ''}"
    verdict = f"{_many(broken, 'break')} since {named}" if findings else f"Comparable with {named}"
    console.print(f"{verdict}.", markup=False, highlight=False, soft_wrap=True)
    return not broken


def show_revision(console: Console, published: SurveyDefinition, revision: Revision) -> None:
    """Prints what a revision changes and what it does to the statistics. Raises `Failure` if it is none."""
    if revision.refusals:
        show_drift(console, revision.refusals)
        raise Failure(
            f"{published.key} was not revised: a revision mends required, relevant, constraint, calculation, choice "
            "filter and repeat count, and nothing else. Give the form a new version for the rest."
        )
    for change in revision.changes:
        console.print(change, markup=False, highlight=False, soft_wrap=True)
    if revision.definition is not None:
        for finding in drift(published, revision.definition):
            _say(console, finding, "warning")


def _say(console: Console, finding: Finding, word: str) -> None:
    line = f"{word}: {finding}"
    console.print(line, style=_STYLES[finding.severity], markup=False, highlight=False, soft_wrap=True)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
