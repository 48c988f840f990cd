"""Findings about rules that hang together wrongly, and about tables that are too fine for their sample."""

import pytest

from schemas.survey.check_sample import USUAL_SAMPLE
from schemas.survey.compile import Compiled, compile_file
from schemas.survey.finding import Finding
from schemas.survey.xlsform import SurveyFile

FORM = """
| survey |
| | type | name | label | relevant | calculation | repeat_count | bind::rihla:privacy |
| | integer | n | How many | | | | |
| | begin_repeat | r | R | | | {count} | |
| | integer | a | A | | | | |
| | end_repeat | | | | | | |
| | calculate | all | | | {all} | | |
| | calculate | once | | {relevant} | {once} | | |
| settings |
| | form_id | version | namespaces |
| | t | 1 | rihla="https://rihla.example/xforms" |
"""


def findings(code: str, **cells: str) -> list[Finding]:
    text = FORM.format(**({"count": "${n}", "all": "1", "relevant": "", "once": "1"} | cells))
    return [finding for finding in compile_file(SurveyFile(".md", text.encode())).findings if finding.code == code]


def test_rules_in_a_circle_are_an_error_that_shows_it() -> None:
    [circle] = findings("SUR-068", all="${once} + 1", once="${all} + 1")
    assert "all -> once -> all" in circle.message or "once -> all -> once" in circle.message
    [own] = findings("SUR-068", relevant="${once} > 1")
    assert own.place == "survey!E9 (relevant)"
    assert findings("SUR-068", all="${n}", once="${all}") == []


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({}, []),
        ({"count": "3"}, []),
        ({"count": "${n} + 1"}, []),
        ({"count": "${a}"}, ["SUR-088"]),
        ({"count": "${all}", "all": "count(${r})"}, ["SUR-089"]),
        ({"count": "${all}", "all": "${n}"}, []),
    ],
)
def test_counts_that_never_end(cells: dict[str, str], codes: list[str]) -> None:
    found = [
        finding.code for code in ("SUR-069", "SUR-087", "SUR-088", "SUR-089") for finding in findings(code, **cells)
    ]
    assert found == codes


def test_a_count_that_is_no_path() -> None:
    """Collect's engine takes a path, and nothing else."""
    xform = (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa"><h:head><model><instance><data id="t"><n/><r><a/></r></data>'
        '</instance></model></h:head><h:body><group ref="/data/r"><repeat nodeset="/data/r" jr:count="COUNT">'
        '<input ref="/data/r/a"/></repeat></group></h:body></h:html>'
    )

    def codes(count: str) -> set[str]:
        made = compile_file(SurveyFile(".xml", xform.replace("COUNT", count).encode()))
        return {finding.code for finding in made.findings if finding.code in ("SUR-069", "SUR-087")}

    assert codes("/data/n + 1") == {"SUR-069"}
    assert codes("/data/m") == {"SUR-087"}
    assert codes("/data/n") == codes("../n") == codes("current()/../n") == set()


def test_functions_that_phones_do_not_know() -> None:
    [finding] = findings("SUR-067", once="lower-case(${n})")
    assert finding.place == "survey!F9 (calculation)" and "lower-case" in finding.message


SAMPLED = """
| survey |
| | type | name | label | bind::rihla:privacy |
| | select_one c | a | A | keep |
| | select_one c | b | B | keep |
| | select_one_from_file far.csv | far | Far | keep |
| choices |
| | list_name | name | label |
{choices}
| tables |
| | name | dimensions | threshold | mode | signed_off |
| | fine | a b | 10 | | |
| | coarse | a | 10 | | |
| | open | a b | 10 | none | The office |
| | all | | | | |
| settings |
| | form_id | version | namespaces | rihla_sample |
| | t | 1 | rihla="https://rihla.example/xforms" | {sample} |
"""


def sampled(expected: str, sample: int | None = None) -> Compiled:
    choices = "\n".join(f"| | c | c{number} | C{number} |" for number in range(20))
    text = SAMPLED.format(choices=choices, sample=expected)
    return compile_file(SurveyFile(".md", text.encode()), sample=sample)


@pytest.mark.parametrize(
    ("expected", "option", "tables"),
    [
        ("", None, ["fine"]),  # 400 cells, 4000 interviews wanted
        ("4000", None, []),
        ("3,999", None, ["fine"]),
        ("150", None, ["fine", "coarse"]),
        ("4000", 199, ["fine", "coarse"]),
        ("150", 4000, []),
    ],
)
def test_tables_too_fine_for_the_sample(expected: str, option: int | None, tables: list[str]) -> None:
    result = sampled(expected, option)
    found = [finding.at.of for finding in result.findings if finding.code == "SUR-098" and finding.at is not None]
    assert found == tables and result.errors == []


def test_the_way_out_is_named() -> None:
    [finding] = [finding for finding in sampled("").findings if finding.code == "SUR-098"]
    assert finding.message.startswith(f"400 cells for {USUAL_SAMPLE:,} interviews are 2.5 in a cell on average")
    assert "Leave out a (20 cells)" in finding.message and "expect 4,000 interviews" in finding.message
    assert finding.place == "tables!C31 (dimensions)"
