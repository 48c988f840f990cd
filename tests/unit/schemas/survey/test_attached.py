"""The files that come with a form: which it names, where they lie, and what is said of those that are missing."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from schemas.survey.attached import ITEMSETS, is_data, media_of, named_files
from schemas.survey.compile import Compiled, compile_file, compile_survey
from schemas.survey.xlsform import SurveyFile

FORM = """
| survey |
| | type | name | label | media::image | calculation |
| | select_one_from_file towns.csv | town | Town | map.png | |
| | text | code | Code | | |
| | calculate | price | | | pulldata('prices', 'p', 'k', ${code}) |
| settings |
| | form_id | version |
| | t | 1 |
"""
FILES = {"towns.csv": b"name,label\na,A\n", "prices.csv": b"k,p\n1,2\n", "map.png": b"png"}


def compiled(text: str, files: dict[str, bytes]) -> Compiled:
    def read(names: Iterable[str]) -> dict[str, bytes]:
        return {name: files[name] for name in names if name in files}

    return compile_file(SurveyFile(".md", text.encode()), read_files=read)


def codes(result: Compiled) -> set[str]:
    return {finding.code for finding in result.findings if finding.code.startswith("SUR-06")}


def test_what_a_form_names() -> None:
    xform = (
        "<value form='image'>jr://images/a b.png</value><value form='audio'>jr://audio/x&amp;y.mp3</value>"
        '<instance id="i" src="jr://file-csv/list.csv"/><instance id="j" src="jr://file/list.xml"/>'
        '<instance id="k" src="jr://instance/last-saved"/><value>jr://images/../../etc</value>'
        "<bind calculate=\"concat('jr://images/', pulldata(&quot;prices&quot;, 'a', 'b', 'c'))\"/>"
        "<input appearance=\"search('fruits')\" query=\"instance('x')/root/item\"/>"
    )
    assert named_files(xform) == [
        "a b.png", "fruits.csv", ITEMSETS, "list.csv", "list.xml", "prices.csv", "x&y.mp3",
    ]  # fmt: skip


def test_a_definition_knows_its_files() -> None:
    result = compiled(FORM, FILES)
    assert codes(result) == set() and result.missing == []
    assert result.definition is not None and result.definition.media == media_of(FILES)
    assert dict(result.files) == FILES
    [towns] = [media for media in result.definition.media if media.name == "towns.csv"]
    assert (towns.sha256, towns.size) == (hashlib.sha256(FILES["towns.csv"]).hexdigest(), 15)


def test_missing_files_are_warnings_until_the_form_is_published() -> None:
    result = compiled(FORM, {})
    assert codes(result) == {"SUR-062", "SUR-063"} and result.errors == []
    assert result.missing == ["map.png", "prices.csv", "towns.csv"]
    assert [is_data(name) for name in result.missing] == [False, True, True]
    said = {finding.place: finding.message for finding in result.findings if finding.code != "SUR-073"}
    assert list(said) == ["survey!E4 (media::image)", "survey!F6 (calculation)", "survey!B4 (type)"]
    assert all("--media" in message for message in said.values())


def test_a_list_that_cannot_be_read_is_an_error() -> None:
    result = compiled(FORM, {**FILES, "towns.csv": b"name,name\na,A\n"})
    assert codes(result) == {"SUR-064"} and result.publishable is None
    assert "names a column twice" in result.errors[0].message


def test_external_choices_make_their_own_file() -> None:
    form = """
| survey |
| | type | name | label | choice_filter |
| | text | state | State | |
| | select_one_external towns | town | Town | state=${state} |
| choices |
| | list_name | name | label |
| | x | a | A |
| external_choices |
| | list_name | name | state |
| | towns | a | s |
| settings |
| | form_id | version |
| | t | 1 |
"""
    result = compiled(form, {})
    assert result.missing == [] and list(result.files) == [ITEMSETS]
    assert b"towns" in result.files[ITEMSETS]


@pytest.mark.parametrize("folder", ["media", "form-media", "elsewhere"])
def test_the_folder_of_files(tmp_path: Path, folder: str) -> None:
    (tmp_path / "form.md").write_text(FORM)
    files = tmp_path / folder
    files.mkdir()
    (files / "not-named.csv").write_text("a\n")
    for name, data in FILES.items():
        (files / name).write_bytes(data)
    result = compile_survey(tmp_path / "form.md", media=files if folder == "elsewhere" else None)
    assert dict(result.files) == FILES and result.missing == []


def test_a_folder_for_one_form_comes_before_the_shared_one(tmp_path: Path) -> None:
    (tmp_path / "form.md").write_text(FORM)
    for folder in ("media", "form-media"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "map.png").write_text(folder)
    assert compile_survey(tmp_path / "form.md").files == {"map.png": b"form-media"}


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "form.md").write_text(FORM)
    (tmp_path / "media").mkdir()
    with (tmp_path / "media" / "map.png").open("wb") as file:
        file.truncate(9 * 2**20)
    result = compile_survey(tmp_path / "form.md")
    assert codes(result) == {"SUR-065"} and result.definition is None
