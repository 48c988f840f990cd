"""A form as a file: XForm (.xml, .xhtml) or XLSForm (.xlsx, .md, .csv), with the files that come with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree
from pyxform.xls2xform import convert

XFORM = frozenset({".xml", ".xhtml"})
SUFFIXES = XFORM | {".xlsx", ".md", ".csv"}

OWN = Path(__file__).with_name("forms")

_ATTACHED = re.compile(r"jr://[\w-]+/([^\"'<>?]+)|pulldata\(\s*'([^']+)'")


@dataclass(frozen=True)
class FormFile:
    """`files` are the contents of what is attached, by name."""

    name: str
    xform: str
    files: dict[str, bytes] = field(default_factory=dict)


class NotAForm(Exception):
    """The text says why, for a person."""


def own_forms() -> list[Path]:
    """The forms of this folder, which together use all of the language."""
    return sorted(path for path in OWN.iterdir() if path.suffix in SUFFIXES)


def forms_below(folder: Path) -> Iterator[Path]:
    """Everything that may be a form; read_form says what is not."""
    return iter(sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES))


def read_form(path: Path) -> FormFile:
    """Raises NotAForm."""
    if path.suffix.lower() in XFORM:
        try:
            text = path.read_bytes().decode("utf-8-sig")
            root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
        except (UnicodeDecodeError, etree.XMLSyntaxError) as fault:
            raise NotAForm(f"not XML: {fault}") from fault
        if not any(etree.QName(element).localname == "model" for element in root.iter(etree.Element)):
            raise NotAForm("an XML file without a model")
    else:
        text = _converted(path)
    return FormFile(path.stem, text, attached(text, path))


def _converted(path: Path) -> str:
    if path.suffix.lower() != ".xlsx" and b"survey" not in path.read_bytes():
        raise NotAForm("not an XLSForm: it has no sheet `survey`")
    try:
        return convert(path.read_bytes(), file_type=path.suffix.lower(), warnings=[]).xform  # type: ignore[no-any-return]
    except Exception as fault:  # pyxform lets errors of all its parsers through
        raise NotAForm(f"not an XLSForm: {' '.join(str(fault).split())[:200]}") from fault


def attached(xform: str, path: Path) -> dict[str, bytes]:
    """The files that the form names and that lie in its folder NAME-media, or beside it."""
    found = {}
    for one, other in _ATTACHED.findall(xform):
        name = one.rpartition("/")[2] if one else other if other.endswith(".csv") else f"{other}.csv"
        for folder in (path.with_name(f"{path.stem}-media"), path.parent):
            if (folder / name).is_file():
                found[name] = (folder / name).read_bytes()
                break
    return found
