"""The codes of a dimension: those that the form lists, in all versions that count in the table, and the missing ones.
Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.survey.categories import codes
from schemas.survey.definition import (
    NOT_APPLICABLE,
    UNKNOWN,
    FieldDefinition,
    FieldType,
    PrivacyKind,
    SurveyDefinition,
)

MISSING = (NOT_APPLICABLE, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Dimension:
    """`listed`: the form says which codes there can be, so a release may name them all. `several`: a unit can have
    more than one of them."""

    path: str
    codes: tuple[str, ...]
    listed: bool
    several: bool


def dimension(versions: Sequence[SurveyDefinition], path: str, seen: Iterable[str]) -> Dimension:
    """`versions` in the order of their publication, the newest last; its codes come first. `seen` are the codes in
    cells: where the form lists none they are all that is known."""
    found: dict[str, None] = {}
    listed = True
    several = False
    for version in reversed(versions):
        field = version.field(path)
        if field is None:
            continue
        own = codes(version, field)
        found.update(dict.fromkeys(own or ()))
        listed = listed and own is not None
        several = several or _is_several(field)
    found.update(dict.fromkeys(sorted(seen)))
    ordered = [code for code in found if code not in MISSING]
    return Dimension(path, (*ordered, *MISSING), listed, several)


def _is_several(field: FieldDefinition) -> bool:
    return field.type is FieldType.SELECT_MULTIPLE and field.privacy.kind is PrivacyKind.KEEP
