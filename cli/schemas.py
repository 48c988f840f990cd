"""Writes schemas/json anew (`make schemas`)."""

from pathlib import Path

import schemas
from schemas.json_schema import json_schemas


def main() -> None:
    folder = Path(schemas.__file__).parent / "json"
    folder.mkdir(exist_ok=True)
    for name, text in json_schemas().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
