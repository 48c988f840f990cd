"""docs/designers.md names every code of the comparison, every role and every privacy class."""

import re
from pathlib import Path

import schemas
from schemas.survey.definition import IndicatorKind, PrivacyKind, Role

ROOT = Path(schemas.__file__).parents[1]
GUIDE = (ROOT / "docs" / "designers.md").read_text()


def codes(text: str) -> set[str]:
    found = set(re.findall(r"SUR-1\d\d", text))
    for first, last in re.findall(r"SUR-(1\d\d) to SUR-(1\d\d)", text):
        found |= {f"SUR-{number}" for number in range(int(first), int(last) + 1)}
    return found


def test_every_code_is_explained() -> None:
    modules = [*(ROOT / "schemas" / "survey").glob("drift*.py"), ROOT / "schemas" / "survey" / "revision.py"]
    declared = codes("".join(module.read_text() for module in modules))
    assert len(declared) > 30
    assert codes(GUIDE) == declared


def test_every_class_and_role_is_explained() -> None:
    for kind in PrivacyKind:
        assert re.search(rf"^\| `{kind.value}[:`]", GUIDE, re.MULTILINE), kind
    for name in [role.value for role in Role] + [kind.value for kind in IndicatorKind]:
        assert f"`{name}`" in GUIDE, name
