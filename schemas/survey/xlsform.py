"""XLSForm (xlsx, csv, markdown) to XForm, by pyxform. An XForm as it is (xml) passes through."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.survey.attached import ITEMSETS
from schemas.survey.finding import Finding, SurveyError, error, warning

MAX_FILE_BYTES = 20 * 1024 * 1024
"""The largest published forms known are 6 MB; above this it is not a questionnaire."""

SUFFIXES = {".xlsx": ".xlsx", ".xlsm": ".xlsx", ".xls": ".xls", ".csv": ".csv", ".md": ".md", ".xml": ".xml"}

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

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
    """`files` are made from sheets of the workbook: itemsets.csv, from external_choices."""

    xml: str
    findings: list[Finding]
    files: dict[str, bytes] = field(default_factory=dict)


def read_file(path: Path) -> SurveyFile:
    """Reads the file from disk. Raises SurveyError with a sentence for the designer."""
    suffix = SUFFIXES.get(path.suffix.lower())
    if suffix is None:
        raise SurveyError("SUR-001", f"{path.name}: write the survey as one of {', '.join(sorted(SUFFIXES))}.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SurveyError("SUR-002", f"{path.name} is larger than {MAX_FILE_BYTES // 2**20} MB.")
        data = path.read_bytes()
    except OSError as fault:
        raise SurveyError("SUR-003", f"{path.name} cannot be read: {fault.strerror}.") from fault
    # Some programs save old workbooks under the new name.
    return SurveyFile(".xls" if suffix == ".xlsx" and data.startswith(_OLD_WORKBOOK) else suffix, data)


Where = Callable[[str, int, str], str | None]
"""The address of the cell that a message of pyxform is about: from sheet, row (0 if it names none) and message."""


def to_xform(file: SurveyFile, where: Where = lambda sheet, row, text: None) -> FormXml:
    """The XForm of a survey file, with pyxform's warnings as findings. Raises SurveyError, with a place where pyxform
    names one."""
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
        finding = _said(error, "SUR-005", str(fault), where)
        raise SurveyError(finding.code, finding.message, place=finding.place) from fault
    except Exception as fault:  # pyxform lets errors of its parsers through (openpyxl, zipfile, xml.dom, csv)
        text = str(fault)
        if _NO_PREFIX.search(text):
            raise SurveyError("SUR-006", DECLARE_NAMESPACE) from fault
        raise SurveyError(
            "SUR-007", f"This file cannot be read as an XLSForm: {text or type(fault).__name__}"
        ) from fault
    findings = [_said(warning, "SUR-008", text, where) for text in warnings]
    files = {ITEMSETS: result.itemsets.encode()} if result.itemsets else {}
    return FormXml(result.xform, findings, files)


def _said(make: Callable[..., Finding], code: str, text: str, where: Where) -> Finding:
    """pyxform's message as a finding, with the place that it names."""
    row, sheet = _ROW.search(text), _SHEET.search(text)
    name, number = sheet.group(1) if sheet else "survey", int(row.group(1)) if row else 0
    message = " ".join(_ROW.sub("", text).split())
    words = f"{name}!{number}" if number else name if sheet else ""
    return make(code, message, place=where(name, number, message) or words)
