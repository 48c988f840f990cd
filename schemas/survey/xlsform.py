"""XLSForm (xlsx, csv, markdown) to XForm, by pyxform. An XForm as it is (xml) passes through."""

import re
from dataclasses import dataclass
from pathlib import Path

from schemas.survey.finding import Finding, SurveyError, note, warning

MAX_FILE_BYTES = 20 * 1024 * 1024
"""The largest published forms known are 6 MB; above this it is not a questionnaire."""

SUFFIXES = {".xlsx": ".xlsx", ".xlsm": ".xlsx", ".xls": ".xls", ".csv": ".csv", ".md": ".md", ".xml": ".xml"}

_ROW = re.compile(r"\[row ?: ?(\d+)\]\s*")
_SHEET = re.compile(r"(?:On the|in the) '(\w+)' sheet", re.IGNORECASE)
_NO_PREFIX = re.compile(r"unbound prefix|prefix \w+ for \w+ on \w+ is not defined", re.IGNORECASE)

_UNREADABLE = "This file cannot be read as {}. Open it in a spreadsheet program and save it again."

DECLARE_NAMESPACE = (
    'Columns "bind::rihla:..." need the prefix: write  rihla="https://rihla.example/xforms"  '
    'in the column "namespaces" of the sheet "settings".'
)


@dataclass(frozen=True)
class SurveyFile:
    """A survey file as read. `suffix` is one of the values of SUFFIXES."""

    suffix: str
    data: bytes


@dataclass(frozen=True)
class FormXml:
    xml: str
    findings: list[Finding]


def read_file(path: Path) -> SurveyFile:
    """Reads the file from disk. Raises SurveyError with a sentence for the designer."""
    suffix = SUFFIXES.get(path.suffix.lower())
    if suffix is None:
        raise SurveyError("SUR-001", f"{path.name}: write the survey as one of {', '.join(sorted(SUFFIXES))}.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SurveyError("SUR-002", f"{path.name} is larger than {MAX_FILE_BYTES // 2**20} MB.")
        return SurveyFile(suffix, path.read_bytes())
    except OSError as fault:
        raise SurveyError("SUR-003", f"{path.name} cannot be read: {fault.strerror}.") from fault


def to_xform(file: SurveyFile) -> FormXml:
    """The XForm of a survey file, with pyxform's warnings as findings. Raises SurveyError with sheet and row where
    pyxform names them."""
    if file.suffix == ".xml":
        try:
            return FormXml(file.data.decode("utf-8-sig"), [])
        except UnicodeDecodeError as fault:
            raise SurveyError("SUR-004", "The XForm is not UTF-8 text.") from fault
    # pyxform takes 0.4 s to import, and only whoever compiles a workbook needs it.
    from pyxform.errors import PyXFormError, PyXFormReadError
    from pyxform.xls2xform import convert

    warnings: list[str] = []
    try:
        result = convert(file.data, warnings=warnings, file_type=file.suffix)
    except PyXFormReadError as fault:
        raise SurveyError("SUR-007", _UNREADABLE.format(file.suffix)) from fault
    except PyXFormError as fault:
        if "not recognized as a supported type" in str(fault):
            raise SurveyError("SUR-007", _UNREADABLE.format(file.suffix)) from fault
        raise SurveyError("SUR-005", _located(str(fault))) from fault
    except Exception as fault:  # pyxform lets errors of its parsers through (openpyxl, zipfile, xml.dom, csv)
        text = str(fault)
        if _NO_PREFIX.search(text):
            raise SurveyError("SUR-006", DECLARE_NAMESPACE) from fault
        raise SurveyError(
            "SUR-007", f"This file cannot be read as an XLSForm: {text or type(fault).__name__}"
        ) from fault
    findings = [warning("SUR-008", _located(text)) for text in warnings]
    if result.itemsets:
        findings.append(note("SUR-009", "Choices of the sheet external_choices are not checked by Rihla yet."))
    return FormXml(result.xform, findings)


def _located(text: str) -> str:
    """pyxform's message with the place in front: "survey, row 12: ..."."""
    row = _ROW.search(text)
    sheet = _SHEET.search(text)
    place = ", ".join(
        part
        for part in ((sheet.group(1) if sheet else "survey" if row else ""), f"row {row.group(1)}" if row else "")
        if part
    )
    rest = " ".join(_ROW.sub("", text).split())
    return f"{place}: {rest}" if place else rest
