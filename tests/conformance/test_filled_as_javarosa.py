"""What the simulator fills can be finalised on a phone: JavaRosa opens and validates it without a word."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

import cli
from cli.filling.answers import Filled
from cli.filling.filler import Filler
from schemas.survey.compile import compile_survey
from tests.conformance.engine import JavaRosa
from tests.conformance.form_file import own_forms

FORMS = [*sorted((Path(cli.__file__).parent.parent / "surveys").glob("*/form.xlsx")), *own_forms()]
TIMES = 4


@pytest.fixture(scope="module")
def javarosa() -> Iterator[JavaRosa]:
    with JavaRosa() as engine:
        yield engine


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.parent.name if path.stem == "form" else path.stem)
def test_javarosa_finalises_it(path: Path, javarosa: JavaRosa) -> None:
    compiled = compile_survey(path)
    definition = compiled.definition
    assert definition is not None
    javarosa.load(definition.xform, compiled.files)
    filler = Filler(definition, compiled.files)
    for seed in range(TIMES):
        filled = filler.fill(Random(seed), datetime.now(UTC))
        assert isinstance(filled, Filled)
        told = javarosa.judge(filled.as_xml("uuid:1").decode(), validate=True)
        assert told["opened"]
        assert (told.get("error"), told["validate"], told["failures"]) == (None, None, [])
