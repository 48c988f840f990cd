"""The surveys that come with the project: complete, in every language, without a finding."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from schemas.survey.compile import Compiled, compile_survey
from schemas.survey.finding import Severity

SURVEYS = Path(__file__).parents[4] / "surveys"
NAMES = ("household-migration", "mainstreaming-scorecard", "workshop-evaluation")
XF = "{http://www.w3.org/2002/xforms}"
MEMBERSHIPS = {
    "BGD": "ESCAP",
    "ECU": "ECLAC",
    "JAM": "ECLAC",
    "KGZ": "ECE ESCAP",
    "MDA": "ECE",
    "MAR": "ECA ESCWA",
    "NPL": "ESCAP",
    "PHL": "ESCAP",
    "SEN": "ECA",
    "SRB": "ECE",
    "TUN": "ECA ESCWA",
}
"""Partner countries and their regional commissions of the United Nations."""


@cache
def compiled(name: str) -> Compiled:
    return compile_survey(SURVEYS / name / "form.xlsx")


def test_every_survey_of_the_folder_is_tested() -> None:
    assert sorted(path.parent.name for path in SURVEYS.glob("*/form.xlsx")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_check_has_neither_error_nor_warning(name: str) -> None:
    worse_than_notes = [str(finding) for finding in compiled(name).findings if finding.severity is not Severity.NOTE]
    assert worse_than_notes == []
    assert compiled(name).publishable is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_there_in_every_language(name: str) -> None:
    definition = compiled(name).definition
    assert definition is not None
    wanted = {"English (en)", "French (fr)", "Spanish (es)"}
    if name == "household-migration":
        wanted.add("Arabic (ar)")
    assert set(definition.languages) == wanted
    texts = _texts(definition.xform)
    ids = set.union(*(set(each) for each in texts.values()))
    missing = {(language, text) for language, each in texts.items() for text in ids if not each.get(text)}
    assert missing == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_question_that_is_shown_has_a_label_and_every_constraint_a_message(name: str) -> None:
    definition = compiled(name).definition
    assert definition is not None
    assert [field.path for field in definition.fields if field.asked and not field.labels] == []
    assert [field.path for field in definition.fields if field.constraint and not field.message] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_says_what_leaves_and_names_the_fields_with_roles(name: str) -> None:
    definition = compiled(name).definition
    readme = (SURVEYS / name / "README.md").read_text()
    assert definition is not None
    assert "## What leaves" in readme and "## Tables and indicators" in readme
    assert [role.path for role in definition.fields if role.role and role.path.rpartition("/")[2] not in readme] == []


@pytest.mark.parametrize("name", ["mainstreaming-scorecard", "workshop-evaluation"])
def test_a_country_brings_its_regional_commissions(name: str) -> None:
    definition = compiled(name).definition
    assert definition is not None
    root = etree.fromstring(definition.xform.encode())
    items = [item for item in root.iter(f"{XF}item") if item.find(f"{XF}commissions") is not None]
    found = {item.findtext(f"{XF}name"): item.findtext(f"{XF}commissions") for item in items}
    assert found == MEMBERSHIPS


def test_tables_about_persons_are_protected_and_those_about_institutions_signed_off() -> None:
    for name in NAMES:
        definition = compiled(name).definition
        assert definition is not None
        for table in definition.tables:
            if name == "mainstreaming-scorecard":
                assert table.mode == "none" and table.signed_off
            else:
                assert table.mode in ("round", "suppress")


def _texts(xform: str) -> dict[str, dict[str, str]]:
    root = etree.fromstring(xform.encode())
    return {
        translation.get("lang", ""): {
            text.get("id", ""): "".join(str(part) for part in text.itertext()).strip()
            for text in translation.iter(f"{XF}text")
        }
        for translation in root.iter(f"{XF}translation")
    }
