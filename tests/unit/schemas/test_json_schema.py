from pathlib import Path

import schemas
from schemas.json_schema import json_schemas


def test_the_files_are_current() -> None:
    folder = Path(schemas.__file__).parent / "json"
    written = {path.name: path.read_text() for path in folder.glob("*.json")}
    assert written == json_schemas(), "run `make schemas` and commit the result"
