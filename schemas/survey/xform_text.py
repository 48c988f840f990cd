"""Texts of an XForm: itext translations, and labels of controls and choices, by language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

XF = "{http://www.w3.org/2002/xforms}"

_OUTPUT = "..."
"""Stands where a label quotes an answer (<output>): a definition holds no answers to fill in."""


@dataclass(frozen=True)
class Texts:
    """`languages` in the form's order; `default` is the one that is marked so, else the first, "" without any; `by_id`
    maps an itext id to its text in each language."""

    languages: list[str] = field(default_factory=list)
    default: str = ""
    by_id: Mapping[str, dict[str, str]] = field(default_factory=dict)


def read_texts(model: etree._Element) -> Texts:
    languages: list[str] = []
    marked: str | None = None
    by_id: dict[str, dict[str, str]] = {}
    for translation in model.iterfind(f"{XF}itext/{XF}translation"):
        language = translation.get("lang", "")
        languages.append(language)
        if marked is None and translation.get("default") is not None:
            marked = language
        for text in translation.iterfind(f"{XF}text"):
            # Values with a form attribute are media, or a shorter version of the text.
            plain = next((value for value in text.iterfind(f"{XF}value") if value.get("form") is None), None)
            if plain is not None:
                by_id.setdefault(text.get("id", ""), {})[language] = _content(plain)
    return Texts(languages, marked or next(iter(languages), ""), by_id)


def label_of(element: etree._Element, texts: Texts) -> dict[str, str]:
    """Label of a control, group or choice: by language, or under "" where the form has one language without a name."""
    label = element.find(f"{XF}label")
    if label is None:
        return {}
    ref = itext_id(label.get("ref", ""))
    if ref is not None:
        return dict(texts.by_id.get(ref, {}))
    content = _content(label)
    return {"": content} if content else {}


def itext_id(reference: str) -> str | None:
    """The id in `jr:itext('id')`; None for anything else."""
    reference = reference.strip()
    if not reference.startswith("jr:itext("):
        return None
    return reference.removeprefix("jr:itext(").removesuffix(")").strip().strip("'\"")


def _content(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(_OUTPUT if child.tag == f"{XF}output" else _content(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())
