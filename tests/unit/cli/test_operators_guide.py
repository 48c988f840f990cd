"""docs/operators.md names every text with which a process stops for the operator."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from services.runtime import exit_codes

ROOT = Path(__file__).parents[3]
RECOGNISED = 12
"""Characters of a piece of text that make it this text and no other."""
GUIDE = " ".join((ROOT / "docs/operators.md").read_text().split())


def modules() -> Iterator[ast.Module]:
    for path in sorted((ROOT / "services").rglob("*.py")):
        yield ast.parse(path.read_text())


def stop_classes() -> set[str]:
    """OperatorStop and what is derived from it."""
    found = {"OperatorStop"}
    definitions = [node for module in modules() for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    while True:
        more = {
            node.name
            for node in definitions
            if any(isinstance(base, ast.Name) and base.id in found for base in node.bases)
        }
        if more <= found:
            return found
        found |= more


def stop_texts() -> Iterator[list[str]]:
    """The constant pieces of each text that are long enough to be recognised."""
    classes = stop_classes()
    for module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
                pieces = [" ".join(text.split()).strip(" :;.,") for text in constants if isinstance(text, str)]
                yield [piece for piece in pieces if len(piece) >= RECOGNISED] or pieces


def test_every_text_is_explained() -> None:
    texts = list(stop_texts())
    assert len(texts) >= 14
    missing = [pieces for pieces in texts if not any(piece in GUIDE for piece in pieces)]
    assert not missing, f"docs/operators.md does not say what to do on: {missing}"


def test_exit_codes_are_those_of_the_code() -> None:
    rows = set(re.findall(r"^\| (\d+) \|", (ROOT / "docs/operators.md").read_text(), re.MULTILINE))
    assert rows == {str(code) for code in (exit_codes.OK, exit_codes.FATAL, exit_codes.OPERATOR)}
