"""Drift of the fields that feed statistics: what they are, what leaves of them, who is asked."""

from collections.abc import Mapping

from schemas.survey.definition import FieldDefinition, GroupDefinition, Privacy, SurveyDefinition
from schemas.survey.feeding import Uses
from schemas.survey.finding import Finding, error, warning
from schemas.survey.wording import labels_compared, say_same, shown, version_of, without_blanks


def drift_of_fields(
    old: SurveyDefinition, new: SurveyDefinition, used: Mapping[str, Uses], moved: Mapping[str, str]
) -> list[Finding]:
    """`used` are the fields of the old version that feed its statistics, `moved` the new paths of some."""
    before, after = ({field.path: field for field in each.fields} for each in (old, new))
    findings = []
    for path, feeds in used.items():
        field, other = before.get(path), after.get(moved.get(path, path))
        if field is None:
            continue
        if other is None:
            findings.append(
                error(
                    "SUR-101",
                    f"{path}: is gone; it fed {feeds} up to {version_of(old)}. Put it back; what nobody need answer "
                    "any more can stay without being required.",
                )
            )
            continue
        if other.path != path:
            findings.append(
                error(
                    "SUR-102",
                    f"{path}: moved to {other.path}; {feeds} would start anew, beside that of {version_of(old)}. "
                    "Move it back.",
                )
            )
        findings.extend(_changes(field, other, feeds, old, new))
    return findings


def _changes(
    field: FieldDefinition, other: FieldDefinition, feeds: Uses, old: SurveyDefinition, new: SurveyDefinition
) -> list[Finding]:
    path, then = other.path, version_of(old)
    findings = []
    if field.type is not other.type:
        findings.append(
            error(
                "SUR-103",
                f"{path}: was {field.type.value} in {then} and is {other.type.value}; it feeds {feeds}. "
                f"Keep the type, or ask it as a new question under another name.",
            )
        )
    if field.privacy != other.privacy:
        findings.append(
            error(
                "SUR-104",
                f"{path}: what leaves of it was {_class(field.privacy)} in {then} and is "
                f"{_class(other.privacy)}; it feeds {feeds}. Keep the class, or let a calculate of another name have "
                "the new one.",
            )
        )
    if field.concept != other.concept:
        findings.append(
            error(
                "SUR-105",
                f"{path}: its concept was {field.concept or 'none'} in {then} and is "
                f"{other.concept or 'none'}; it feeds {feeds}. Keep the concept.",
            )
        )
    one, two = labels_compared(field.labels, other.labels, old, new)
    if not say_same(one, two):
        findings.append(
            warning(
                "SUR-114",
                f"{path}: the question was {one!r} in {then} and is {two!r}; it feeds {feeds}. If it asks "
                "something else now, give it another name.",
            )
        )
    return findings


def drift_of_logic(old: SurveyDefinition, new: SurveyDefinition, deciders: Mapping[str, Uses]) -> list[Finding]:
    """Who is asked a question, and how a calculate comes about: of all that the statistics stand on, near or far. `old`
    has followed the moves of fields."""
    before, after = (_nodes(each) for each in (old, new))
    findings = []
    for path, feeds in deciders.items():
        node, other = before.get(path), after.get(path)
        # The root has a definition of its own only where all of it is relevant or not.
        if other is None and path and path in before:
            continue
        for name in ("relevant", "count"):
            one, two = _text(node, name), _text(other, name)
            if without_blanks(one) != without_blanks(two):
                message = (
                    f"{path or new.root}: asked of others: its {name} was {shown(one)} in {version_of(old)} and is "
                    f"{shown(two)}; that decides {feeds}. Put it back, or ask the others in a question of their own."
                )
                figures = feeds.indicators or feeds.roles
                findings.append(error("SUR-112", message) if figures else warning("SUR-112", message))
        one, two = _text(node, "calculate"), _text(other, "calculate")
        if without_blanks(one) != without_blanks(two):
            findings.append(
                error(
                    "SUR-113",
                    f"{path}: computed otherwise: its calculation was {shown(one)} in {version_of(old)} and is "
                    f"{shown(two)}; it feeds {feeds}. Put it back, or compute the new one under another name.",
                )
            )
    return findings


def _nodes(definition: SurveyDefinition) -> dict[str, FieldDefinition | GroupDefinition]:
    nodes: list[FieldDefinition | GroupDefinition] = [*definition.groups, *definition.fields]
    return {node.path: node for node in nodes}


def _text(node: FieldDefinition | GroupDefinition | None, name: str) -> str | None:
    return getattr(node, name, None)


def _class(privacy: Privacy) -> str:
    return f"{privacy.kind.value}:{privacy.argument}" if privacy.argument else privacy.kind.value
