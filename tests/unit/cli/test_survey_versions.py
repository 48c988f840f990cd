"""How `rihla survey publish` and `compare` see a form beside what is published. SV1 each standing. SV2 a break is
refused with all its findings, unless forced. SV3 two files compared from the command line."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.survey import app
from cli.survey_versions import Standing, already, other_content, refuse_breaks, standing, versions_of
from deploy.local.failure import Failure
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from schemas.survey.revision import revise

FORM = """
| survey |
| | type | name | label | constraint | bind::rihla:privacy |
| | integer | age | {label} | {constraint} | band:{bands} |
| | select_one area | area | Area? | | keep |
| choices |
| | list_name | name | label |
| | area | u | Urban |
| | area | {code} | Rural |
| settings |
| | form_id | version | namespaces |
| | visit | {version} | rihla="https://rihla.example/xforms" |
"""
AS_IT_IS = {"label": "Age?", "constraint": ". < 120", "bands": "15,65", "code": "r", "version": "1"}


def write(folder: Path, **changes: str) -> Path:
    file = folder / f"form-{len(list(folder.iterdir()))}.md"
    file.write_text(FORM.format(**AS_IT_IS | changes))
    return file


def form(folder: Path, **changes: str) -> SurveyDefinition:
    found = compile_survey(write(folder, **changes))
    assert found.publishable is not None, found.findings
    return found.publishable


def revised(published: SurveyDefinition, file: SurveyDefinition) -> SurveyDefinition:
    found = revise(published, file).definition
    assert found is not None
    return found


@pytest.fixture
def published(tmp_path: Path) -> SurveyDefinition:
    """As it stands on the topic."""
    placed = form(tmp_path).model_copy(update={"edition": 3})
    return SurveyDefinition.from_wire(placed.to_wire())


def test_sv1_the_first_time(tmp_path: Path) -> None:
    assert standing(None, form(tmp_path)) is Standing.NEW


def test_sv1_before_any_revision(published: SurveyDefinition, tmp_path: Path) -> None:
    assert standing(published, form(tmp_path)) is Standing.SAME
    assert standing(published, form(tmp_path, constraint=". < 130")) is Standing.RULES_DIFFER
    assert standing(published, form(tmp_path, bands="18,65")) is Standing.OTHER
    assert standing(published, form(tmp_path, label="Your age?")) is Standing.OTHER
    assert "survey revise" in other_content("visit@1", Standing.RULES_DIFFER)
    assert "survey revise" not in other_content("visit@1", Standing.OTHER)


def test_sv1_after_a_revision(published: SurveyDefinition, tmp_path: Path) -> None:
    mended = form(tmp_path, constraint=". < 130")
    there = revised(published, mended)
    assert standing(there, mended) is Standing.SAME
    assert standing(there, form(tmp_path)) is Standing.BEFORE_REVISION
    assert standing(there, form(tmp_path, constraint=". < 140")) is Standing.RULES_DIFFER
    assert standing(there, form(tmp_path, constraint=". < 130", code="x")) is Standing.OTHER
    # Taken back by another revision, the first file is what is judged by again.
    assert standing(revised(there, form(tmp_path)), form(tmp_path)) is Standing.SAME
    assert "revision 1" in already(there, Standing.BEFORE_REVISION)
    assert "revision 1" in already(there, Standing.SAME)
    assert "revision" not in already(published, Standing.SAME)


def test_sv1_the_version_published_last(tmp_path: Path) -> None:
    one, two = (form(tmp_path, version=version) for version in "12")
    placed = [each.model_copy(update={"edition": number}) for number, each in enumerate((one, two), start=1)]
    versions = versions_of("visit", [*placed, one.model_copy(update={"survey": "other", "edition": 9})])
    assert (versions.last, versions.next_edition) == (placed[1], 3)
    assert versions.of("1") == placed[0] and versions.of("3") is None
    assert (versions_of("none", placed).last, versions_of("none", placed).next_edition) == (None, 1)


def test_sv2_breaks_are_refused(published: SurveyDefinition, tmp_path: Path) -> None:
    new = form(tmp_path, version="2", bands="18,65", code="x")
    console = Console(record=True, width=300)
    with pytest.raises(Failure, match="2 changes since version 1 would break its statistics"):
        refuse_breaks(console, published, new, force=False)
    text = console.export_text()
    assert "break: age: what leaves of it was band:15,65" in text and "(SUR-104)" in text
    assert "break: choices area (of area): the code r" in text and "(SUR-106)" in text
    assert "note: choices area (of area): the code x added" in text


def test_sv2_unless_they_are_forced(published: SurveyDefinition, tmp_path: Path) -> None:
    console = Console(record=True, width=300)
    refuse_breaks(console, published, form(tmp_path, version="2", bands="18,65"), force=True)
    text = console.export_text()
    assert "break, overridden: age: what leaves" in text and "1 break overridden" in text


def test_sv2_what_breaks_nothing_is_published(published: SurveyDefinition, tmp_path: Path) -> None:
    console = Console(record=True, width=300)
    refuse_breaks(console, published, form(tmp_path, version="2", constraint=". < 130"), force=False)
    assert console.export_text() == ""


def test_sv3_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    old, same, new = (write(tmp_path, **changes) for changes in ({}, {"version": "2"}, {"version": "3", "code": "x"}))
    comparable = CliRunner().invoke(app, ["compare", str(same), "--with", str(old)])
    assert (comparable.exit_code, comparable.output) == (0, "Comparable with visit@1.\n")
    broken = CliRunner().invoke(app, ["compare", str(new), "--with", str(old)])
    assert broken.exit_code == 1
    assert broken.output.startswith("break: choices area (of area): the code r of version 1 removed.")
    assert broken.output.endswith("1 break since visit@1.\n")
