"""Which files a submission names, so that those that did not come with it can be counted.

Completeness is computed from the XML and the form, not from Collect's `*isIncomplete*`: Enketo sends its batches
without any such field. A client that splits a submission repeats the identical XML in every request; each is accepted
on its own, and the ledger knows the later ones as duplicates.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from schemas.survey.definition import FieldType, SurveyDefinition

Path = tuple[str, ...]


def file_paths(survey: SurveyDefinition) -> tuple[Path, ...]:
    """Paths below the root of the questions whose answer is the name of a file."""
    return tuple(tuple(field.path.split("/")) for field in survey.fields if field.type is FieldType.BINARY)


def count_missing(root: etree._Element, paths: Iterable[Path], received: frozenset[str]) -> int:
    """How many of the files that the answers at `paths` name are not among the `received` names."""
    named = {name for path in paths for name in _answers(root, path)}
    return len(named - received)


def _answers(element: etree._Element, path: Path) -> Iterator[str]:
    """Texts at a path, in each instance of the repeats along it, whatever the namespace."""
    if not path:
        text = (element.text or "").strip()
        if text:
            yield text
        return
    for child in element.iterchildren(f"{{*}}{path[0]}"):
        yield from _answers(child, path[1:])
