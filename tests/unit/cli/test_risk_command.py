"""`rihla risk FORM` as a designer sees it; the measures are tested beside them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import build

FORM = """
| survey |
| | type | name | label | bind::rihla:privacy | bind::rihla:concept | bind::rihla:role |
| | select_one sex | sex | Sex | keep | SEX | |
| | integer | age | Age | band:15,25,65 | AGE | |
| | text | psu | Cluster | keep | | psu |
| | select_one yn | injured | Injured? | keep | | |
| | text | name | Name | drop | | |
| choices |
| | list_name | name | label |
| | sex | F | Woman |
| | sex | M | Man |
| | yn | yes | Yes |
| | yn | no | No |
| settings |
| | form_id | version | namespaces | rihla_sample |
| | t | 1 | rihla="https://rihla.example/xforms" | 60 |
"""


@pytest.fixture
def form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    file = tmp_path / "form.md"
    file.write_text(FORM)
    return file


def risk(file: Path, *options: str) -> Result:
    return CliRunner().invoke(build(["risk"]), ["risk", str(file), *options])


def test_tables_for_people(form: Path) -> None:
    result = risk(form)
    assert result.exit_code == 0, result.output
    shown = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "t (t), submissions: before fieldwork, 60 expected" in shown
    assert "Keys, which others can know: sex (concept SEX), age (concept AGE), psu (role psu)." in shown
    assert "Sensitive: injured (special)." in shown
    assert "psu is left out: the form lists no codes. Real risk is higher; --codes psu=N counts it." in shown
    assert "sex x age 8 0 (0%) 0% 5% 69%" in shown  # scipy: binom.cdf(k - 2, 59, 1 / 8)
    advice = [line for line in shown if line.startswith("Advice: ")]
    assert advice == [
        "Advice: sex: drop it (0.0% instead of 5.3%).",
        "Advice: a coarser band, region or prefix for age (with half the codes 0.0%), "
        "or drop it (0.0% instead of 5.3%).",
    ]


def test_json_and_options(form: Path) -> None:
    shares = form.parent / "shares.csv"
    shares.write_text("field,code,share\nsex,F,0.95\nsex,M,0.05\n")
    result = risk(form, "--json", "--codes", "psu=30", "--sample", "200", "--shares", str(shares), "--key", "injured")
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    [unit] = document["units"]
    assert (document["survey"], document["from"], unit["interviews"], unit["uncounted"]) == ("t", "before", 200, [])
    assert unit["together"]["cells"] == 2 * 4 * 30 * 2
    assert {key["field"]["path"]: (key["source"], key["codes"]) for key in unit["keys"]} == {
        "sex": ("given", 2),
        "age": ("all codes alike", 4),
        "psu": ("all codes alike", 30),
        "injured": ("all codes alike", 2),
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--key", "name"], "Nothing of a field name leaves the validator"),
        (["--codes", "psu"], "is not FIELD=NUMBER"),
        (["--codes", "psu=0"], "is not FIELD=NUMBER"),
        (["--codes", "nobody=3"], "is not FIELD=NUMBER"),
        (["--shares", "nowhere.csv"], "columns field, code and share"),
    ],
)
def test_what_is_wrong_is_said(form: Path, options: list[str], said: str) -> None:
    result = risk(form, *options)
    assert result.exit_code == 1
    assert said in str(result.exception)


@pytest.mark.parametrize(
    "text",
    [
        "field,code\nsex,F\n",
        "field,code,share\nsex,F,-1\n",
        "field,code,share\nsex,F,0\n",
        "field,code,share\nsex,F,nan\n",
    ],
)
def test_shares_that_are_none(form: Path, text: str) -> None:
    file = form.parent / "shares.csv"
    file.write_text(text)
    assert "columns field, code and share" in str(risk(form, "--shares", str(file)).exception)
