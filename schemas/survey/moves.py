"""Questions that stand in another place of the form than before."""

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

from schemas.message import Part
from schemas.survey.definition import FieldDefinition, IndicatorDefinition, SurveyDefinition, TableDefinition
from schemas.survey.figure_definitions import CONVERSION_FIELDS

_P = TypeVar("_P", bound=Part)


def moves(old: SurveyDefinition, new: SurveyDefinition, paths: Collection[str]) -> dict[str, str]:
    """Old path to new path of each of `paths` that is gone, while exactly one new field has its name and type."""
    before = {field.path: field for field in old.fields}
    added = [field for field in new.fields if field.path not in before]
    there = {field.path for field in new.fields}
    found = {}
    for path in paths:
        if path in there or path not in before:
            continue
        name = path.rpartition("/")[2]
        like = [
            field.path for field in added if field.path.rpartition("/")[2] == name and field.type is before[path].type
        ]
        if len(like) == 1:
            found[path] = like[0]
    return found if len(set(found.values())) == len(found) else {}


def follow_moves(old: SurveyDefinition, new: SurveyDefinition, moved: Mapping[str, str]) -> SurveyDefinition:
    """The old version with the new paths and root throughout, so that what is left as a difference is one."""
    place = re.compile(rf"/{re.escape(old.root)}/[\w.\-/]*\w")

    def there(found: re.Match[str]) -> str:
        path = found.group(0).removeprefix(f"/{old.root}/")
        return f"/{new.root}/{moved.get(path, path)}"

    def followed(part: _P, *names: str) -> _P:
        texts = {name: getattr(part, name) for name in names}
        return part.model_copy(update={name: text and place.sub(there, text) for name, text in texts.items()})

    def question(field: FieldDefinition) -> FieldDefinition:
        itemset = followed(field.itemset, "nodeset") if field.itemset else None
        update = {"path": moved.get(field.path, field.path), "itemset": itemset}
        return followed(field, "relevant", "calculate").model_copy(update=update)

    def indicator(one: IndicatorDefinition) -> IndicatorDefinition:
        fields = {name: moved.get(path, path) for name in CONVERSION_FIELDS if (path := getattr(one, name))}
        return followed(one, "numerator", "denominator", "universe").model_copy(update=fields)

    # A table that Rihla made by itself is named after its dimension.
    names = {path.replace("/", "."): other.replace("/", ".") for path, other in moved.items()}

    def table(one: TableDefinition) -> TableDefinition:
        name = names.get(one.name, one.name) if len(one.dimensions) == 1 else one.name
        return one.model_copy(update={"name": name, "dimensions": [moved.get(path, path) for path in one.dimensions]})

    return old.model_copy(
        update={
            "groups": [followed(group, "relevant", "count") for group in old.groups],
            "fields": [question(field) for field in old.fields],
            "indicators": [indicator(one) for one in old.indicators],
            "tables": [table(one) for one in old.tables],
        }
    )
