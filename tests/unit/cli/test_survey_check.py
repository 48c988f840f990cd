"""`rihla survey check` as a designer sees it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.survey import app
from cli.survey_words import formula, leaves
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
)

FORM = """
| survey |
| | type | name | label | calculation | bind::rihla:privacy |
| | text | name | Name | | {privacy} |
| | select_one yn | ok | OK? | | keep |
| | calculate | copy | | {calculation} | keep |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| settings |
| | form_id | version | namespaces |
| | t | 1 | rihla="https://rihla.example/xforms" |
"""


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


GOOD = """
| survey |
| | type | name | label | calculation | media::image | bind::rihla:privacy | bind::rihla:role |
| | begin_group | profile | Profile | | | | |
| | text | phone | Phone | | | drop | |
| | integer | age | Age | | face.png | band:15,25 | |
| | select_one sex | sex | Sex | | | keep | stratum |
| | end_group | | | | | | |
| | begin_repeat | cost | Cost | | | | |
| | integer | amount | Amount | | | keep | |
| | end_repeat | | | | | | |
| choices |
| | list_name | name | label |
| | sex | F | Woman |
| | sex | M | Man |
| tables |
| | name | dimensions | indicators |
| | by_age_sex | age sex | n old |
| | costs | | mean |
| indicators |
| | name | kind | numerator | universe | unit |
| | n | count | | | persons |
| | old | share | ${{age}} = 'Y_GE25' | ${{sex}} = 'F' | percent |
| | mean | mean | ${{amount}} | | USD |
| settings |
| | form_id | version | form_title | namespaces | rihla_sample |
| | t | 1 | A form | rihla="https://rihla.example/xforms" | {sample} |
"""


def lines_of(screen: CliRunner, file: Path, *options: str) -> tuple[int, list[str]]:
    result = screen.invoke(app, ["check", str(file), *options])
    return result.exit_code, [" ".join(line.split()) for line in result.output.splitlines()]


def test_a_good_survey(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(GOOD.format(sample="1200"))
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "face.png").write_bytes(b"png")
    code, lines = lines_of(screen, file)
    assert code == 0
    assert lines == [
        "A form (t@1), one language",
        "",
        "4 fields",
        "field type privacy what leaves role, concept",
        "profile/",
        "phone string drop nothing",
        "age int band:15,25 Y_LT15 Y15T24 Y_GE25",
        "sex select_one keep its code stratum",
        "cost/ in the repeat cost",
        "amount int keep the number",
        "Dropped, 1 field: profile/phone.",
        "",
        "1 file",
        "file size is for",
        "face.png 1 kB phones",
        "",
        "2 tables (cells without those for missing answers)",
        "table dimensions counts cells per cell indicators",
        "by_age_sex age x sex submissions 6 200 n old",
        "costs none submissions 1 1,200 mean",
        "per cell: 1,200 expected interviews over the number of cells.",
        "",
        "3 indicators",
        "indicator is",
        "n number, of all, in persons",
        "old share with profile/age = 'Y_GE25', of those with profile/sex = 'F', in percent",
        "mean mean of cost/amount, of all, in USD",
        "",
        "Kept for 365 days after the survey is closed.",
        "Not stated, for the record of processing: rihla_purpose, rihla_legal_basis, rihla_controller, rihla_contact, "
        "rihla_subjects, rihla_recipients, rihla_transfers.",
        "",
        "0 errors, 0 warnings: can be published.",
    ]


def test_options_for_sample_and_media(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(GOOD.format(sample=""))
    (tmp_path / "elsewhere").mkdir()
    code, lines = lines_of(screen, file, "--sample", "50", "--media", str(tmp_path / "elsewhere"))
    assert code == 0
    assert "by_age_sex age x sex submissions 6 8 n old" in lines
    shown = " ".join(lines)
    assert "warning: survey!F6 (media::image): the file face.png did not come with the form" in shown
    assert "6 cells for 50 interviews are 8.3 in a cell on average, below its threshold of 10" in shown
    assert lines[-1] == "0 errors, 2 warnings: can be published."


def test_nothing_but_a_note(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(
        "| survey |\n| | type | name | label |\n| | note | hello | Hello |\n| settings |\n| | form_id |\n| | t |\n"
    )
    code, lines = lines_of(screen, file)
    assert code == 0
    assert "Dropped, 1 field: hello." in lines
    assert "0 tables (cells without those for missing answers)" in lines
    assert "1 indicator" in lines


@pytest.mark.parametrize("width", ["80", "100"])
def test_no_line_is_wider_than_the_screen(
    monkeypatch: pytest.MonkeyPatch, screen: CliRunner, tmp_path: Path, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    file = tmp_path / "form.md"
    file.write_text(GOOD.format(sample="20"))
    result = screen.invoke(app, ["check", str(file)])
    assert max(len(line) for line in result.output.splitlines()) <= int(width)


def test_a_wrong_survey(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(FORM.format(privacy="keep", calculation="1 + 1"))
    result = screen.invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    assert "error: survey!F4 (bind::rihla:privacy), name: free text never leaves." in result.output
    assert result.output.rstrip().endswith("1 error, 0 warnings: cannot be published.")


def test_a_calculate_that_copies_a_text_is_shown_as_dropped(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(FORM.format(privacy="drop", calculation="concat(${name}, '!')"))
    result = screen.invoke(app, ["check", str(file)])
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "copy string, calculated keep nothing: it reads text or dates, or is one" in lines


def test_what_leaves_has_words_for_every_class() -> None:
    for kind in PrivacyKind:
        argument = {PrivacyKind.BAND: "1,2", PrivacyKind.PERIOD: "month"}.get(kind, "2")
        field = FieldDefinition(path="x", type=FieldType.INT, privacy=Privacy(kind=kind, argument=argument))
        assert leaves(field)


def test_every_indicator_has_a_formula() -> None:
    survey = SurveyDefinition(survey="s", version="1", title="S", root="data", xform="", fields=[])
    for kind in IndicatorKind:
        indicator = IndicatorDefinition(
            name="i", kind=kind, numerator="/data/a", denominator="/data/b", universe="/data/c = 1", unit="USD"
        )
        text = formula(indicator, survey)
        assert text.endswith(", of those with c = 1, in USD") and "/data/" not in text
