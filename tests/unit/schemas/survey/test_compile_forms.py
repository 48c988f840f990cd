"""Workbooks to definitions, and what is said about the wrong ones. Forms are markdown, which XLSForm knows as well."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from schemas.survey.compile import Compiled, compile_file, compile_survey
from schemas.survey.definition import FieldType, PrivacyKind, Role, SurveyDefinition
from schemas.survey.xlsform import SurveyFile, read_file

SETTINGS = """
| settings |
| | form_title | form_id | version | namespaces |
| | A test | test | 7 | rihla="https://rihla.example/xforms" |
"""

HOUSEHOLD = (
    """
| survey |
| | type | name | label | relevant | constraint | constraint_message | required | calculation | bind::rihla:privacy |
| | begin_group | house | House | | | | | | |
| | select_one roof | roof | Roof | | | | yes | | keep |
| | text | roof_other | Which | ${roof} = 'other' | | | | | |
| | end_group | | | | | | | | |
| | begin_repeat | member | Member | | | | | | |
| | text | first | Name | | | | | | drop |
| | integer | age | Age | | . >= 0 | Not below 0 | | | band:18,65 |
| | select_multiple work | work | Work | ${age} >= 18 | | | | | keep |
| | end_repeat | | | | | | | | |
| | calculate | members | | | | | | count(${member}) | keep |
| choices |
| | list_name | name | label |
| | roof | tin | Tin |
| | roof | other | Other |
| | work | farm | Farm |
| | work | shop | Shop |
"""
    + SETTINGS
)


def compiled(text: str, keep_choices: bool = False) -> Compiled:
    return compile_file(SurveyFile(".md", text.encode()), keep_choices)


def definition(text: str, keep_choices: bool = False) -> SurveyDefinition:
    made = compiled(text, keep_choices).publishable
    assert made is not None
    return made


def codes_of(result: Compiled) -> list[str]:
    return sorted(finding.code for finding in result.findings)


def with_sheets(*sheets: str) -> Compiled:
    return compiled(HOUSEHOLD + "".join(sheets))


def test_groups_and_fields_are_in_the_order_of_the_form() -> None:
    survey = definition(HOUSEHOLD)
    assert [(group.path, group.repeat) for group in survey.groups] == [("house", False), ("member", True)]
    assert [field.path for field in survey.fields] == [
        "house/roof",
        "house/roof_other",
        "member/first",
        "member/age",
        "member/work",
        "members",
    ]


def test_a_field_has_its_logic() -> None:
    survey = definition(HOUSEHOLD)
    age = survey.field("member/age")
    other = survey.field("house/roof_other")
    members = survey.field("members")
    assert age is not None and other is not None and members is not None
    assert (age.type, age.constraint, age.asked) == (FieldType.INT, ". >= 0", True)
    assert age.message is not None and age.message.startswith("sha256:")
    assert other.relevant is not None and " ".join(other.relevant.split()) == "/data/house/roof = 'other'"
    assert not members.asked and members.calculate is not None
    assert age.labels == {"": "Age"}


def test_meta_is_no_field() -> None:
    assert not any("meta" in field.path for field in definition(HOUSEHOLD).fields)


def test_without_a_sheet_every_kept_category_gets_a_table() -> None:
    tables = {table.name: table for table in definition(HOUSEHOLD).tables}
    assert {name: (table.dimensions, table.unit) for name, table in tables.items()} == {
        "house.roof": (["house/roof"], ""),
        "member.age": (["member/age"], "member"),
        "member.work": (["member/work"], "member"),
    }
    assert all(table.indicators == ["n"] for table in tables.values())


def test_unclassified_fields_are_dropped_and_named() -> None:
    result = compiled(HOUSEHOLD)
    assert codes_of(result) == ["SUR-074"]
    assert "house/roof_other" in result.findings[0].message


def test_keep_choices_keeps_choices_and_nothing_else() -> None:
    plain = HOUSEHOLD.replace("| keep |", "| |").replace("| drop |", "| |").replace("| band:18,65 |", "| |")
    assert definition(plain).tables == []
    assert "SUR-073" in codes_of(compiled(plain))
    survey = definition(plain, keep_choices=True)
    kept = {field.path for field in survey.fields if field.privacy.kind is PrivacyKind.KEEP}
    assert kept == {"house/roof", "member/work"}
    assert [table.name for table in survey.tables] == ["house.roof", "member.work"]


def test_keep_choices_respects_what_the_form_says() -> None:
    dropped = HOUSEHOLD.replace("| yes | | keep |", "| yes | | drop |")
    roof = definition(dropped, keep_choices=True).field("house/roof")
    assert roof is not None and roof.privacy.kind is PrivacyKind.DROP


TABLES = """
| tables |
| | name | dimensions | indicators | threshold |
| | by_work | ${work}, member/age | adults | 15 |
| | all | | | |
| indicators |
| | name | kind | universe | numerator |
| | adults | count | ${age} = 'Y_GE65' | |
| | roofed | share | | ${roof} = 'tin' |
"""


def test_sheets_name_fields_in_any_way() -> None:
    result = with_sheets(TABLES)
    assert result.errors == []
    assert result.definition is not None
    by_work, all_of = result.definition.tables
    assert (by_work.dimensions, by_work.unit, by_work.threshold) == (["member/work", "member/age"], "member", 15)
    assert (all_of.dimensions, all_of.unit, all_of.indicators) == ([], "", ["n"])
    adults, roofed, count = result.definition.indicators
    assert adults.universe == "/data/member/age = 'Y_GE65'"
    assert roofed.numerator == "/data/house/roof = 'tin'"
    assert count.name == "n"


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ("| tables |\n| | name | dimensions |\n| | t | nowhere |\n", "SUR-053"),
        ("| tables |\n| | name | dimensions |\n| | t | first |\n", "SUR-094"),
        ("| tables |\n| | name | dimensions |\n| | 1 t | roof |\n", "SUR-052"),
        ("| tables |\n| | name | dimensions |\n| | t | roof |\n| | t | work |\n", "SUR-051"),
        ("| tables |\n| | name | dimensions | mode |\n| | t | roof | blur |\n", "SUR-055"),
        ("| tables |\n| | name | dimensions |\n| | t | roof work age roof roof |\n", "SUR-054"),
        ("| tables |\n| | name | dimensions |\n| | t | roof roof |\n", "SUR-092"),
        ("| tables |\n| | name | dimensions | unit |\n| | t | work | house |\n", "SUR-090"),
        ("| tables |\n| | name | dimensions | indicators |\n| | t | roof | zzz |\n", "SUR-091"),
        ("| indicators |\n| | name | kind |\n| | i | mean |\n", "SUR-044"),
        ("| indicators |\n| | name | kind | numerator |\n| | i | count | 1 |\n", "SUR-044"),
        ("| indicators |\n| | name | kind | numerator |\n| | i | mean | ${nowhere} |\n", "SUR-042"),
        ("| indicators |\n| | name | kind | numerator |\n| | i | mean | 1 + |\n", "SUR-080"),
        ("| indicators |\n| | name | kind | numerator |\n| | i | mean | ${first} |\n", "SUR-084"),
        ("| indicators |\n| | name | kind | numerator |\n| | i | average | 1 |\n", "SUR-043"),
        ("| indicators |\n| | name | kind | numerator | largest |\n| | i | total | 1 | 1" + 25 * "0" + " |", "SUR-082"),
    ],
)  # fmt: skip
def test_wrong_rows_are_errors(sheet: str, code: str) -> None:
    result = with_sheets(sheet)
    assert code in [finding.code for finding in result.errors]
    assert result.publishable is None


def test_an_unknown_column_is_a_warning() -> None:
    result = with_sheets("| tables |\n| | name | dimension |\n| | t | roof |\n")
    assert "SUR-040" in codes_of(result) and result.errors == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("| drop |", "| keep |", "SUR-032"),
        ("| drop |", "| hide |", "SUR-030"),
        ("band:18,65", "band:65,18", "SUR-030"),
        ("band:18,65", "period:month", "SUR-032"),
        ("${age} >= 18", "${age} >=", "SUR-071"),
        ("${age} >= 18", "${age} >= nope()", "SUR-067"),
        ("${age} >= 18", "${work} != ''", "SUR-068"),
        ("${age} >= 18", "${age} >= /data/nowhere", "SUR-072"),
        ("| test |", "| a/b |", "SUR-060"),
        ("| 7 |", "| 7/8 |", "SUR-061"),
        ("| text | first |", "| geopoint | first |", "SUR-074"),
        ('| rihla="https://rihla.example/xforms" |', "| |", "SUR-006"),
        ("${roof} = 'other'", "${rof} = 'other'", "SUR-005"),
    ],
)
def test_wrong_forms(old: str, new: str, code: str) -> None:
    assert old in HOUSEHOLD
    assert code in codes_of(compile_text(HOUSEHOLD.replace(old, new)))


def compile_text(text: str, folder: Path | None = None) -> Compiled:
    """As `compiled`, with errors as findings, which is what compile_survey adds to it."""
    from schemas.survey.finding import SurveyError

    try:
        return compiled(text)
    except SurveyError as fault:
        return Compiled(None, [fault.finding])


def test_the_place_of_pyxforms_errors_comes_first() -> None:
    broken = HOUSEHOLD.replace("${roof} = 'other'", "${rof} = 'other'")
    assert str(compile_text(broken).findings[0]).startswith("survey!E6 (relevant): ")


def test_roles() -> None:
    header = "| | type | name | label | required | bind::rihla:privacy | bind::rihla:role |\n"
    rows = (
        "| | decimal | w | Weight | yes | keep | weight |\n| | text | stratum | Stratum | | keep | stratum |\n"
        "| | acknowledge | ok | Consent | | drop | |\n"
    )
    survey = definition("| survey |\n" + header + rows + SETTINGS)
    weight = survey.with_role(Role.WEIGHT)
    assert weight is not None and weight.path == "w"
    for old, new, code in [
        ("| keep | weight |", "| drop | weight |", "SUR-077"),
        ("decimal | w", "text | w", "SUR-077"),
        ("| yes | keep | weight |", "| | keep | weight |", "SUR-078"),
        ("| keep | stratum |", "| keep | weight |", "SUR-076"),
        ("| keep | stratum |", "| keep | layer |", "SUR-031"),
    ]:
        assert code in codes_of(compiled("| survey |\n" + header + rows.replace(old, new) + SETTINGS)), (old, new)


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = Workbook()
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    del book[book.sheetnames[0]]
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_workbook_with_numbers_and_empty_rows_in_its_sheets(tmp_path: Path) -> None:
    data = workbook(
        {
            "survey": [
                ["type", "name", "label", "bind::rihla:privacy"],
                ["select_one c", "q", "Q", "keep"],
                ["integer", "x", "X", "keep"],
            ],
            "choices": [["list_name", "name", "label"], ["c", 1, "One"], ["c", 2, "Two"]],
            "settings": [["form_id", "version", "namespaces"], ["wb", 3, 'rihla="https://rihla.example/xforms"']],
            "Indicators ": [["name", "kind", "numerator", "scale"], [None] * 4, ["m", "mean", "${x}", 0]],
            "tables": [["name", "dimensions", "threshold"], ["t", "q", 12]],
        }
    )
    path = tmp_path / "form.xlsx"
    path.write_bytes(data)
    result = compile_survey(path)
    assert result.findings == [] and result.definition is not None
    assert result.definition.tables[0].threshold == 12
    assert result.definition.indicators[0].scale == 0
    assert [choice.name for choice in result.definition.choice_lists["c"]] == ["1", "2"]


def test_an_old_workbook_under_a_new_name_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    assert read_file(path).suffix == ".xls"
    assert codes_of(compile_survey(path)) == ["SUR-007"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("form.pdf", b"", "SUR-001"),
        ("form.xlsx", b"no workbook", "SUR-007"),
        ("form.xml", b"\xff\xfe", "SUR-004"),
        ("form.xml", b"<a", "SUR-011"),
        ("form.xml", b"<a/>", "SUR-010"),
        ("form.md", b"no table", "SUR-007"),
    ],
)
def test_files_that_are_no_form(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert codes_of(compile_survey(path)) == [code]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert codes_of(compile_survey(tmp_path / "form.xlsx")) == ["SUR-003"]
