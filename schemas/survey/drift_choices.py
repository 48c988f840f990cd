"""Drift of code lists: the codes of choice questions that statistics stand on, near or far."""

from collections.abc import Mapping

from schemas.survey.definition import Choice, FieldDefinition, SurveyDefinition
from schemas.survey.feeding import Uses
from schemas.survey.finding import Finding, error, note, warning
from schemas.survey.wording import labels_compared, say_same, version_of, without_blanks


def drift_of_choices(old: SurveyDefinition, new: SurveyDefinition, deciders: Mapping[str, Uses]) -> list[Finding]:
    """One finding for each change of a list, whichever fields of `deciders` take their codes from it. `old` has
    followed the moves of fields."""
    after = {field.path: field for field in new.fields}
    shared: dict[tuple[str, str], list[tuple[FieldDefinition, Uses]]] = {}
    findings: list[Finding] = []
    for field in old.fields:
        feeds, other = deciders.get(field.path), after.get(field.path)
        if feeds is None or other is None or not (field.is_choice and other.is_choice):
            continue
        if field.choices in old.choice_lists and other.choices in new.choice_lists:
            shared.setdefault((field.choices or "", other.choices or ""), []).append((other, feeds))
        elif (field.choices in old.choice_lists) != (other.choices in new.choice_lists):
            there, here = ("a file", "the form") if other.choices in new.choice_lists else ("the form", "a file")
            findings.append(
                warning(
                    "SUR-110",
                    f"{other.path}: its choices stood in {there} in {version_of(old)} and stand in {here}, so "
                    f"that the codes cannot be compared; it feeds {feeds}. See to it that they mean the same.",
                )
            )
        findings.extend(_filter(field, other, feeds, old))
    for (one, two), fields in shared.items():
        findings.extend(_lists(one, two, fields, old, new))
    return findings


def _lists(
    one: str, two: str, fields: list[tuple[FieldDefinition, Uses]], old: SurveyDefinition, new: SurveyDefinition
) -> list[Finding]:
    before = {choice.name: choice for choice in old.choice_lists[one]}
    after = {choice.name: choice for choice in new.choice_lists[two]}
    place = f"choices {two} (of {', '.join(field.path for field, _ in fields)})"
    findings = []
    gone = [name for name in before if name not in after]
    if gone:
        findings.append(
            error(
                "SUR-106",
                f"{place}: {_codes(gone)} of {version_of(old)} removed. Put back what was counted under it; to "
                "keep it from being chosen, give its row a choice filter.",
            )
        )
    for name, choice in before.items():
        if name not in after:
            continue
        label, other = labels_compared(choice.labels, after[name].labels, old, new)
        if say_same(label, other):
            continue
        taken = _code_with(other, before, old, new, after[name])
        if taken is not None:
            findings.append(
                error(
                    "SUR-107",
                    f"{place}: the code {name} was {label!r} in {version_of(old)} and is {other!r}, which had the "
                    f"code {taken}. Keep the code of each answer.",
                )
            )
        else:
            findings.append(
                warning(
                    "SUR-108",
                    f"{place}: the code {name} was {label!r} in {version_of(old)} and is {other!r}. If it means "
                    "something else now, give it a new code.",
                )
            )
    added = [name for name in after if name not in before]
    if added:
        shares = any(feeds.shares for _, feeds in fields)
        message = (
            f"{place}: {_codes(added)} added since {version_of(old)}. Who chooses it chose another answer then: "
            "shares of the others fall."
        )
        findings.append(warning("SUR-109", message) if shares else note("SUR-109", message))
    return findings


def _code_with(
    label: str, before: Mapping[str, Choice], old: SurveyDefinition, new: SurveyDefinition, choice: Choice
) -> str | None:
    """The code that had this label before, if another than that of `choice`."""
    for name, other in before.items():
        then, _ = labels_compared(other.labels, choice.labels, old, new)
        if name != choice.name and then and say_same(then, label):
            return name
    return None


def _filter(field: FieldDefinition, other: FieldDefinition, feeds: Uses, old: SurveyDefinition) -> list[Finding]:
    one, two = (_condition(each) for each in (field, other))
    if one == two:
        return []
    return [
        warning(
            "SUR-111",
            f"{other.path}: other choices are offered: the filter was {one or 'empty'} in {version_of(old)} and "
            f"is {two or 'empty'}; it feeds {feeds}. If an answer cannot be chosen any more, its figures end.",
        )
    ]


def _condition(field: FieldDefinition) -> str:
    """What stands in brackets in an itemset; the list before it has findings of its own."""
    nodeset = without_blanks(field.itemset.nodeset) if field.itemset else ""
    start = nodeset.find("[")
    return nodeset[start + 1 : nodeset.rfind("]")] if start >= 0 else ""


def _codes(names: list[str]) -> str:
    return f"the code{'s' if len(names) > 1 else ''} {', '.join(names)}"
