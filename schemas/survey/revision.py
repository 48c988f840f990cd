"""A judging revision: the rules of a published version mended, its questions as they are. Pure.

Phones have the form of the first publication and are never told of another one under the same version. So all that
they show or store stays that of this form, also its texts and the data of its lists; only what decides whether an
answer is accepted, and what is recomputed, is taken from the revised file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.message import Part
from schemas.survey.definition import Choice, FieldDefinition, GroupDefinition, Itemset, SurveyDefinition
from schemas.survey.finding import Finding, error
from schemas.survey.lookup_data import lookup_data
from schemas.survey.wording import shown, without_blanks

FIELD_RULES = ("required", "relevant", "constraint", "calculate")
GROUP_RULES = ("relevant", "count")
_TEXTS = frozenset({"label", "labels", "note", "message"})
_OF_THE_FILE = frozenset({"choices", "choices_filtered", "itemset"})
"""Compared by what they stand for: the name of a list is not part of a form."""
_PARTS = ("indicators", "tables", "media")
_APART = frozenset({"fields", "groups", "choice_lists", "on_load", *_PARTS})
_NOT_COMPARED = frozenset({"revision", "edition", "title", "languages", "default_language", "xform", "processing"})


@dataclass(frozen=True)
class Revision:
    """`definition` is the version with the rules of the file, one revision on. It is None where `refusals` says what
    else differs, and where `changes`, one sentence for each rule, is empty: then there is nothing to revise."""

    definition: SurveyDefinition | None
    changes: list[str] = field(default_factory=list)
    refusals: list[Finding] = field(default_factory=list)


def revise(published: SurveyDefinition, file: SurveyDefinition) -> Revision:
    """Both of the same survey and version; else ValueError."""
    if published.key != file.key:
        raise ValueError(f"{file.key} is not a revision of {published.key}")
    refusals = [
        error("SUR-160", f"{place}. A revision leaves it as it is.") for place in _other_changes(published, file)
    ]
    if refusals:
        return Revision(None, [], refusals)
    changes = list(_rule_changes(published, file))
    if not changes:
        return Revision(None)
    fields = {each.path: each for each in file.fields}
    groups = {group.path: group for group in file.groups}
    revised = published.model_copy(
        update={
            "revision": published.revision + 1,
            "fields": [_field(one, fields[one.path]) for one in published.fields],
            "groups": [
                one.model_copy(update={name: getattr(groups[one.path], name) for name in GROUP_RULES})
                for one in published.groups
            ],
            "on_load": file.on_load,
        }
    )
    return Revision(revised, changes)


def _field(one: FieldDefinition, two: FieldDefinition) -> FieldDefinition:
    rules: dict[str, Any] = {name: getattr(two, name) for name in (*FIELD_RULES, "message", "choices_filtered")}
    if one.itemset is not None and two.itemset is not None:
        rules["itemset"] = one.itemset.model_copy(update={"nodeset": two.itemset.nodeset})
    return one.model_copy(update=rules)


def _rule_changes(published: SurveyDefinition, file: SurveyDefinition) -> Iterator[str]:
    fields = {each.path: each for each in file.fields}
    groups = {group.path: group for group in file.groups}
    for group in published.groups:
        yield from _rules(group, groups[group.path], GROUP_RULES, published.root)
    for one in published.fields:
        two = fields[one.path]
        yield from _rules(one, two, FIELD_RULES, published.root)
        if one.message != two.message:
            yield f"{one.path}: its message changed"
        before, after = (shown(each.itemset.nodeset if each.itemset else None) for each in (one, two))
        if without_blanks(before) != without_blanks(after):
            yield f"{one.path}: choices were {before} and are {after}"
    if published.on_load != file.on_load:
        yield "The values that are set when the form is opened changed"


def _rules(
    one: FieldDefinition | GroupDefinition, two: FieldDefinition | GroupDefinition, names: tuple[str, ...], root: str
) -> Iterator[str]:
    for name in names:
        before, after = getattr(one, name), getattr(two, name)
        if without_blanks(before) != without_blanks(after):
            yield f"{one.path or root}: {name} was {shown(before)} and is {shown(after)}"


def _other_changes(published: SurveyDefinition, file: SurveyDefinition) -> Iterator[str]:
    for name in SurveyDefinition.model_fields:
        if name not in _APART | _NOT_COMPARED and getattr(published, name) != getattr(file, name):
            yield f"Form: {name} is another"
    before, after = ({group.path: group for group in each.groups} for each in (published, file))
    yield from _parts("group", before, after, frozenset(GROUP_RULES))
    questions, others = ({each.path: each for each in definition.fields} for definition in (published, file))
    yield from _parts("question", questions, others, _OF_THE_FILE.union(FIELD_RULES))
    common = [path for path in questions if path in others]
    lists = [change for path in common for change in _choices(questions[path], others[path], published, file)]
    yield from lists
    for kind in _PARTS:
        one_of, two_of = ({each.name: each for each in getattr(definition, kind)} for definition in (published, file))
        if kind == "media":
            # Files that are not at hand are those that phones have.
            one_of = {name: one for name, one in one_of.items() if name in two_of}
        yield from _parts(kind.removesuffix("s"), one_of, two_of, frozenset())
    if lists:
        return
    data, other_data = lookup_data(published.xform), lookup_data(file.xform)
    for name in sorted(data.keys() | other_data.keys()):
        if data.get(name) != other_data.get(name):
            yield f"choices {name}: a column of the list is another, which phones do not have"


def _parts(kind: str, before: Mapping[str, Part], after: Mapping[str, Part], free: frozenset[str]) -> Iterator[str]:
    """What differs, but for texts and what is `free` to differ. The order does not count."""
    for name, one in before.items():
        two = after.get(name)
        if two is None:
            yield f"{kind} {name}: is not in this file"
            continue
        for attribute in type(one).model_fields:
            if attribute in _TEXTS | free:
                continue
            was, now = getattr(one, attribute), getattr(two, attribute)
            if was != now and not (isinstance(was, str) and without_blanks(was) == without_blanks(now)):
                yield f"{kind} {name}: {attribute} was {_in_words(was)} and is {_in_words(now)}"
    for name in after:
        if name not in before:
            yield f"{kind} {name}: is new in this file"


def _choices(
    one: FieldDefinition, two: FieldDefinition, published: SurveyDefinition, file: SurveyDefinition
) -> Iterator[str]:
    before, after = _codes(published, one), _codes(file, two)
    if before != after:
        gone, new = sorted((before or set()) - (after or set())), sorted((after or set()) - (before or set()))
        what = "; ".join(f"{word} {', '.join(codes)}" for word, codes in (("without", gone), ("with", new)) if codes)
        yield f"question {one.path}: its choices are others" + (f" ({what})" if what else "")
    nodes, other_nodes = _nodes(one.itemset), _nodes(two.itemset)
    if nodes != other_nodes:
        yield f"question {one.path}: its choices come from another place"


def _codes(definition: SurveyDefinition, field: FieldDefinition) -> set[str] | None:
    found: list[Choice] | None = definition.choice_lists.get(field.choices or "")
    return None if found is None else {choice.name for choice in found}


def _nodes(itemset: Itemset | None) -> tuple[str, str] | None:
    """Where a list stands and what its codes are, without the filter."""
    return None if itemset is None else (without_blanks(itemset.nodeset).partition("[")[0], itemset.value)


def _in_words(value: object) -> str:
    if isinstance(value, Part):
        return ":".join(str(part) for part in value.model_dump(mode="json").values() if part) or "empty"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return shown(str(value)) if value is not None else "none"
