"""The texts of two versions of a survey beside each other: whether they say the same, and how a version is named."""

import re
from collections.abc import Mapping

from schemas.survey.definition import SurveyDefinition

_LITERAL = re.compile(r"""('[^']*'|"[^"]*")""")
_BLANKS = re.compile(r"\s+")
_AROUND = re.compile(r" ?([()\[\],=<>!+*|]) ?")
"""Signs beside which a blank means nothing. `-` is none of them: in XPath it may be part of a name."""


def without_blanks(text: str | None) -> str:
    """An expression with as few blanks as it needs; "" for None. Equal results mean the same, but not the other way
    round: `a -b` and `a - b` stay different."""
    parts = _LITERAL.split(text or "")
    # Every second part is a literal, which stays as it is.
    parts[::2] = [_AROUND.sub(r"\1", _BLANKS.sub(" ", part)).strip() for part in parts[::2]]
    return "".join(parts)


def version_of(definition: SurveyDefinition) -> str:
    return f"version {definition.version}" if definition.version else "the version without a name"


def labels_compared(
    before: Mapping[str, str], after: Mapping[str, str], old: SurveyDefinition, new: SurveyDefinition
) -> tuple[str, str]:
    """Both labels in the old version's main language, or the first that both have; else each in its own main
    language. "" where there is none."""
    for language in (old.default_language, *before):
        if language in before and language in after:
            return before[language], after[language]
    return _main(before, old), _main(after, new)


def say_same(one: str, two: str) -> bool:
    """True also where one is missing. Case, blanks and the stop at the end say nothing."""
    return not one or not two or _plain(one) == _plain(two)


def shown(text: str | None, otherwise: str = "empty") -> str:
    """An expression on one line."""
    return " ".join(text.split()) if text and text.strip() else otherwise


def _main(labels: Mapping[str, str], definition: SurveyDefinition) -> str:
    return labels.get(definition.default_language) or next(iter(labels.values()), "")


def _plain(label: str) -> str:
    return " ".join(label.split()).rstrip(".:;!? ").casefold()
