"""Forms of this project against ODK Validate, the engine of Collect, whose jar is in pyxform's wheel."""

import subprocess
from pathlib import Path

import pytest
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

import schemas
from deploy.local import java
from schemas.survey.compile import compile_survey

SURVEYS = sorted((Path(schemas.__file__).parent.parent / "surveys").glob("*/form.xlsx"))


def test_there_are_reference_surveys() -> None:
    assert SURVEYS


@pytest.mark.parametrize("workbook", SURVEYS, ids=lambda path: path.parent.name)
def test_odk_validate_accepts_the_reference_surveys(workbook: Path, tmp_path: Path) -> None:
    survey = compile_survey(workbook).publishable
    assert survey is not None
    form = tmp_path / "form.xml"
    form.write_text(survey.xform, encoding="utf-8")
    command = [java.find(), "-Djava.awt.headless=true", "-jar", ODK_VALIDATE_PATH, form]
    validate = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (validate.returncode, validate.stderr) == (0, "")
