"""Every finding has the address of the cell that a designer has to change."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook

from schemas.survey.compile import Compiled, compile_file, compile_survey
from schemas.survey.finding import Finding, Subject, SurveyError, warning
from schemas.survey.places import Places
from schemas.survey.workbook import Sheets
from schemas.survey.xlsform import SurveyFile

NAMESPACES = 'rihla="https://rihla.example/xforms"'
HEADER = ["type", "name", "label", "relevance", "constraint", "required", "calculation", "repeat_count",
          "bind::rihla:privacy", "bind::rihla:role"]  # fmt: skip
ROWS = [
    ["begin group", "home", "Home"],
    ["integer", "size", "Size"],
    ["end group"],
    [],
    ["begin_repeat", "member", "Member", None, None, None, None, "${number}"],
    ["begin_group", "home", "Home"],
    ["integer", "size", "Size", "${age} > 3"],
    ["end_group"],
    ["integer", "age", "Age"],
    ["end_repeat"],
    ["select_one yn or_other", "ok", "OK?"],
    ["integer", "number", "How many?"],
]
"""Row 2 of the sheet and below. `home/size` is there twice, in a group and in a group of a repeat."""


def workbook(cells: Mapping[str, object], more: dict[str, list[list[object]]] | None = None) -> SurveyFile:
    """The form above with some cells changed, by their address on the sheet survey."""
    book = Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in [HEADER, *ROWS]:
        survey.append(row)
    for address, value in cells.items():
        survey[address] = value
    sheets: dict[str, list[list[object]]] = {
        "choices": [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]],
        "settings": [["form_id", "version", "namespaces"], ["t", "1", NAMESPACES]],
        **(more or {}),
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for line in rows:
            sheet.append(line)
    data = io.BytesIO()
    book.save(data)
    return SurveyFile(".xlsx", data.getvalue())


def compiled(file: SurveyFile) -> Compiled:
    try:
        return compile_file(file)
    except SurveyError as fault:
        return Compiled(None, [fault.finding])


def places(result: Compiled) -> dict[str, str]:
    return {finding.code: finding.place for finding in result.findings}


@pytest.mark.parametrize(
    ("cells", "code", "place"),
    [
        ({"E8": ". >"}, "SUR-071", "survey!E8 (constraint)"),
        ({"E3": ". >"}, "SUR-071", "survey!E3 (constraint)"),
        ({"G10": "nope()"}, "SUR-067", "survey!G10 (calculation)"),
        ({"D10": "/data/nowhere = 1"}, "SUR-072", "survey!D10 (relevance)"),
        ({"D8": "${ok} = 'a' and ${nothing} = 2"}, "SUR-005", "survey!D8 (relevance)"),
        ({"I3": "keepp"}, "SUR-030", "survey!I3 (bind::rihla:privacy)"),
        ({"I3": "period:month"}, "SUR-032", "survey!I3 (bind::rihla:privacy)"),
        ({"J10": "boss"}, "SUR-031", "survey!J10 (bind::rihla:role)"),
        ({"J10": "weight", "I10": "keep"}, "SUR-077", "survey!J10 (bind::rihla:role)"),
        ({"J3": "weight", "I3": "keep"}, "SUR-078", "survey!F3 (required)"),
        ({"A3": "integr"}, "SUR-005", "survey!A3 (type)"),
        ({"B3": "a b"}, "SUR-005", "survey!B3 (name)"),
        ({"G13": "count(${member})"}, "SUR-089", "survey!H6 (repeat_count)"),
        ({"D13": "${number} > 1"}, "SUR-068", "survey!D13 (relevance)"),
        ({}, "SUR-073", "survey!I1 (bind::rihla:privacy)"),
    ],
)
def test_findings_have_addresses(cells: dict[str, object], code: str, place: str) -> None:
    assert places(compiled(workbook(cells))).get(code) == place


def test_what_pyxform_makes_stands_where_it_comes_from() -> None:
    sheets = Places(Sheets(workbook({})))
    assert sheets.of(Subject("survey", "member_count", "calculate")) == "survey!G6 (calculation)"
    assert sheets.of(Subject("survey", "ok_other", "relevant")) == "survey!D12 (relevance)"
    assert sheets.of(Subject("survey", "nowhere", "relevant")) == "nowhere (relevant)"


@pytest.mark.parametrize(
    ("sheet", "row", "code", "place"),
    [
        ("tables", ["t", "nowhere", "", ""], "SUR-053", "tables!B2 (Dimensions)"),
        ("tables", ["t", "home/size", "", ""], "SUR-094", "tables!B2 (Dimensions)"),
        ("tables", ["t", "", "zzz", ""], "SUR-091", "tables!C2 (indicators)"),
        ("tables", ["t", "", "", "blur"], "SUR-055", "tables!D2 (mode)"),
        ("tables", ["t", "", "", "none"], "SUR-097", "tables!D2 (mode)"),
        ("indicators", ["i", "mean", "${nowhere}", ""], "SUR-042", "indicators!C2 (numerator)"),
        ("indicators", ["i", "mean", "1 +", ""], "SUR-080", "indicators!C2 (numerator)"),
        ("indicators", ["i", "average", "1", ""], "SUR-043", "indicators!B2 (kind)"),
        ("indicators", ["i", "mean", "1", "x"], "SUR-040", "indicators!D1 (colour)"),
    ],
)
def test_rows_of_the_sheets_that_rihla_adds(sheet: str, row: list[object], code: str, place: str) -> None:
    headers: dict[str, list[object]] = {
        "tables": ["name", "Dimensions", "indicators", "mode"],
        "indicators": ["name", "kind", "numerator", "colour"],
    }
    assert places(compiled(workbook({}, {sheet: [headers[sheet], row]}))).get(code) == place


def test_settings() -> None:
    sheet: list[list[object]] = [
        ["form_id", "version", "namespaces", "rihla_sample"],
        ["a/b", "1/2", NAMESPACES, "many"],
    ]
    found = places(compiled(workbook({}, {"settings": sheet})))
    assert found["SUR-060"] == "settings!A2 (form_id)"
    assert found["SUR-061"] == "settings!B2 (version)"
    assert found["SUR-099"] == "settings!D2 (rihla_sample)"


def test_no_finding_is_without_a_place() -> None:
    cells = {
        "E8": ". >",
        "G10": "nope()",
        "I3": "keepp",
        "J10": "boss",
        "G13": "count(${member})",
        "D10": "/data/nowhere = 1",
    }
    tables: list[list[object]] = [
        ["name", "dimensions", "extra"],
        ["t", "ok home/size", 1],
        ["t", "ok", 1],
        ["u", "", ""],
    ]
    result = compiled(workbook(cells, {"tables": tables}))
    assert len(result.findings) > 8
    for finding in result.findings:
        assert finding.place, finding
        assert str(finding).startswith(finding.place)


@pytest.mark.parametrize("suffix", [".md", ".csv"])
def test_sheets_in_one_text(suffix: str) -> None:
    rows = [
        ("survey", "", "", "", ""), ("", "type", "name", "constraint", "label"), ("", "text", "b", "", "B"),
        ("", "integer", "a", ". >", "A"), ("settings", "", "", "", ""), ("", "form_id", "version", "", ""),
        ("", "t", "1", "", ""),
    ]  # fmt: skip
    text = "\n".join(",".join(row) if suffix == ".csv" else f"| {' | '.join(row)} |" for row in rows)
    assert places(compiled(SurveyFile(suffix, text.encode()))).get("SUR-071") == "survey!D4 (constraint)"


def test_an_xform_has_paths_for_places(tmp_path: Path) -> None:
    file = tmp_path / "form.xml"
    file.write_text(
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
        '<instance><data id="t"><g><a/></g></data></instance><bind nodeset="/data/g/a" relevant=". >"/>'
        "</model></h:head><h:body/></h:html>"
    )
    shown = [str(finding) for finding in compile_survey(file).errors]
    assert len(shown) == 1 and shown[0].startswith("g/a (relevant): ")


def test_a_finding_names_the_field_beside_the_cell() -> None:
    finding = warning("SUR-000", "mend it.", Subject("survey", "g/a", "relevant"))
    assert str(finding) == "g/a (relevant): mend it. (SUR-000)"
    placed = Finding(finding.severity, finding.code, finding.message, finding.at, "survey!D4 (relevance)")
    assert str(placed) == "survey!D4 (relevance), g/a: mend it. (SUR-000)"
