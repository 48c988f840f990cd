"""A survey file to its definition: what `rihla survey check` and `rihla survey publish` do first."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from schemas.survey import indicators, tables
from schemas.survey.attached import media_of, missing, named_files
from schemas.survey.check import check
from schemas.survey.check_media import check_media
from schemas.survey.check_sample import USUAL_SAMPLE, expected_sample
from schemas.survey.definition import (
    SURVEY_ID,
    USUAL_RETENTION_DAYS,
    VERSION_ID,
    IndicatorDefinition,
    IndicatorKind,
    SurveyDefinition,
    TableDefinition,
)
from schemas.survey.finding import Finding, Severity, Subject, SurveyError, error
from schemas.survey.media_folder import folder_of, read_folder
from schemas.survey.names import Names
from schemas.survey.places import Places
from schemas.survey.privacy import KEEP
from schemas.survey.processing import processing, retention_days
from schemas.survey.rates import read_rates
from schemas.survey.workbook import Sheets
from schemas.survey.xform import Form, read_xform
from schemas.survey.xlsform import SurveyFile, read_file, to_xform

UNNAMED = "unnamed"


ReadFiles = Callable[[Iterable[str]], Mapping[str, bytes]]
"""The files of these names, without those that are not there."""


def _no_files(_: Iterable[str]) -> Mapping[str, bytes]:
    return {}


@dataclass(frozen=True)
class Compiled:
    """`definition` is None where the file could not be read so far; it may be published only without errors. A form
    without a proper id has a definition that is named `unnamed`."""

    definition: SurveyDefinition | None
    findings: list[Finding] = field(default_factory=list)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What comes with the form, by name: the content of `definition.media`."""
    missing: list[str] = field(default_factory=list)
    """Files that the form names and that did not come."""
    sample: int = USUAL_SAMPLE
    """Expected interviews."""

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def publishable(self) -> SurveyDefinition | None:
        return None if self.errors else self.definition


def compile_survey(
    path: Path, keep_choices: bool = False, media: Path | None = None, sample: int | None = None
) -> Compiled:
    """Reads and compiles a workbook (xlsx, csv, md) or an XForm (xml). Whatever is wrong with it is in the findings.

    With `keep_choices`, every choice question without a privacy class is kept. `media` is the folder of the files that
    come with the form; without it the one beside the form, if there is one. `sample` is the number of interviews that
    tables are measured against; without it what the survey says.
    """
    folder = media if media is not None else folder_of(Path(path))
    read = _no_files if folder is None else partial(read_folder, folder)
    try:
        return compile_file(read_file(Path(path)), keep_choices, read, sample)
    except SurveyError as fault:
        return Compiled(None, [replace(fault.finding, place=fault.finding.place or Path(path).name)])


def compile_file(
    file: SurveyFile, keep_choices: bool = False, read_files: ReadFiles = _no_files, sample: int | None = None
) -> Compiled:
    """As `compile_survey`, of a file in memory. Raises SurveyError if there is no form in it."""
    sheets = Sheets(file)
    places = Places(sheets)
    made = to_xform(file, places.of_message)
    form = read_xform(made.xml)
    findings = [*made.findings, *form.findings, *_identity(form)]
    unclassified = set(form.unclassified)
    if keep_choices:
        choices = {path for path in unclassified if form.fields[path].is_choice}
        form.fields.update({path: form.fields[path].model_copy(update={"privacy": KEEP}) for path in choices})
        unclassified -= choices
    figures, counted = _statistics(sheets, form, findings)
    rates = read_rates(sheets)
    findings.extend(rates.findings)
    named = named_files(made.xml)
    files = {**made.files, **read_files(missing(named, made.files))}
    lacking = missing(named, files)
    findings.extend(check_media(made.xml, files, lacking, places))
    kept = retention_days(sheets)
    if isinstance(kept, Finding):
        findings.append(kept)
        kept = USUAL_RETENTION_DAYS
    definition = SurveyDefinition(
        survey=form.survey if re.fullmatch(SURVEY_ID, form.survey) else UNNAMED,
        version=form.version if re.fullmatch(VERSION_ID, form.version) else "",
        title=form.title or form.survey or UNNAMED,
        root=form.root,
        languages=form.languages,
        default_language=form.default_language,
        form_key=form.form_key,
        on_load=form.on_load,
        xform=made.xml,
        media=media_of(files),
        groups=form.groups,
        fields=list(form.fields.values()),
        choice_lists=form.choice_lists,
        indicators=figures,
        tables=counted,
        retention_days=kept,
        processing=processing(sheets),
        currency=rates.currency,
        rates=rates.rates,
    )
    expected = sample if sample is not None else expected_sample(sheets)
    if isinstance(expected, Finding):
        findings.append(expected)
        expected = USUAL_SAMPLE
    findings.extend(check(definition, unclassified, expected))
    return Compiled(definition, places.locate(findings), files, lacking, expected)


def _statistics(
    sheets: Sheets, form: Form, findings: list[Finding]
) -> tuple[list[IndicatorDefinition], list[TableDefinition]]:
    """Indicators and tables of the extra sheets, or the default tables; their findings are added to `findings`."""
    names = Names(form.root, [*form.fields, *(group.path for group in form.groups if group.path)])
    read = indicators.read_indicators(sheets.rows(indicators.SHEET), names)
    findings.extend(read.findings)
    figures = list(read.indicators)
    count = next((one.name for one in figures if one.kind is IndicatorKind.COUNT and one.universe is None), None)
    if count is None:
        taken = {one.name for one in figures}
        count = next(name for name in ("n", "count", "n_count", "n_all") if name not in taken)
        figures.append(tables.COUNT.model_copy(update={"name": count}))
    if sheets.get(tables.SHEET) is None:
        return figures, tables.default_tables(form.fields.values(), form.groups, count)
    sheet = tables.read_tables(sheets.rows(tables.SHEET), names, form.groups, count)
    findings.extend(sheet.findings)
    return figures, sheet.tables


def _identity(form: Form) -> list[Finding]:
    findings = []
    if not re.fullmatch(SURVEY_ID, form.survey):
        findings.append(
            error(
                "SUR-060",
                f"the form id is {form.survey!r}. Begin with a letter or digit, then at most 63 letters, digits, '_', "
                "'.', '-'. (In an XForm it is the attribute id of the element in the first instance.)",
                Subject("settings", column="form_id"),
            )
        )
    if not re.fullmatch(VERSION_ID, form.version):
        findings.append(
            error(
                "SUR-061",
                f"the version is {form.version!r}. Write at most 64 letters, digits, '_', '.', '-'.",
                Subject("settings", column="version"),
            )
        )
    return findings
