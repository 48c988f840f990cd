"""A survey file to its definition: what `rihla survey check` and `rihla survey publish` do first."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from schemas.survey import indicators, tables
from schemas.survey.check import check
from schemas.survey.definition import (
    SURVEY_ID,
    VERSION_ID,
    IndicatorDefinition,
    IndicatorKind,
    SurveyDefinition,
    TableDefinition,
)
from schemas.survey.finding import Finding, Severity, SurveyError, error
from schemas.survey.names import Names
from schemas.survey.privacy import KEEP
from schemas.survey.workbook import read_sheets
from schemas.survey.xform import Form, read_xform
from schemas.survey.xlsform import SurveyFile, read_file, to_xform


@dataclass(frozen=True)
class Compiled:
    """`definition` is None where the file could not be read so far; it may be published only without errors."""

    definition: SurveyDefinition | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def publishable(self) -> SurveyDefinition | None:
        return None if self.errors else self.definition


def compile_survey(path: Path, keep_choices: bool = False) -> Compiled:
    """Reads and compiles a workbook (xlsx, csv, md) or an XForm (xml). Whatever is wrong with it is in the findings.

    With `keep_choices`, every choice question without a privacy class is kept.
    """
    try:
        return compile_file(read_file(Path(path)), keep_choices)
    except SurveyError as fault:
        return Compiled(None, [fault.finding])


def compile_file(file: SurveyFile, keep_choices: bool = False) -> Compiled:
    """As `compile_survey`, of a file in memory. Raises SurveyError if there is no form in it."""
    made = to_xform(file)
    form = read_xform(made.xml)
    findings = [*made.findings, *form.findings, *_identity(form)]
    if any(finding.code in ("SUR-060", "SUR-061") for finding in findings):
        return Compiled(None, findings)
    unclassified = set(form.unclassified)
    if keep_choices:
        choices = {path for path in unclassified if form.fields[path].is_choice}
        form.fields.update({path: form.fields[path].model_copy(update={"privacy": KEEP}) for path in choices})
        unclassified -= choices
    figures, counted = _statistics(file, form, findings)
    definition = SurveyDefinition(
        survey=form.survey,
        version=form.version,
        title=form.title or form.survey,
        root=form.root,
        languages=form.languages,
        xform=made.xml,
        groups=form.groups,
        fields=list(form.fields.values()),
        choice_lists=form.choice_lists,
        indicators=figures,
        tables=counted,
    )
    findings.extend(check(definition, unclassified))
    return Compiled(definition, findings)


def _statistics(
    file: SurveyFile, form: Form, findings: list[Finding]
) -> tuple[list[IndicatorDefinition], list[TableDefinition]]:
    """Indicators and tables of the extra sheets, or the default tables; their findings are added to `findings`."""
    names = Names(form.root, [*form.fields, *(group.path for group in form.groups if group.path)])
    sheets = read_sheets(file, (indicators.SHEET, tables.SHEET))
    read = indicators.read_indicators(sheets.get(indicators.SHEET, []), names)
    findings.extend(read.findings)
    figures = list(read.indicators)
    count = next((one.name for one in figures if one.kind is IndicatorKind.COUNT and one.universe is None), None)
    if count is None:
        taken = {one.name for one in figures}
        count = next(name for name in ("n", "count", "n_count", "n_all") if name not in taken)
        figures.append(tables.COUNT.model_copy(update={"name": count}))
    if tables.SHEET not in sheets:
        return figures, tables.default_tables(form.fields.values(), form.groups, count)
    sheet = tables.read_tables(sheets[tables.SHEET], names, form.groups, count)
    findings.extend(sheet.findings)
    return figures, sheet.tables


def _identity(form: Form) -> list[Finding]:
    findings = []
    if not re.fullmatch(SURVEY_ID, form.survey):
        findings.append(
            error(
                "SUR-060",
                f"The form id is {form.survey!r}. In the sheet settings, column form_id: begin with a letter or "
                "digit, then at most 63 letters, digits, '_', '.', '-'.",
            )
        )
    if not re.fullmatch(VERSION_ID, form.version):
        findings.append(
            error("SUR-061", f"The version is {form.version!r}: at most 64 letters, digits, '_', '.', '-'.")
        )
    return findings
