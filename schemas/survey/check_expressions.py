"""Findings about the expressions of the form."""

import re
from collections.abc import Iterator

from schemas.expressions import Expression, ExpressionError, NotSupported
from schemas.survey.definition import FieldDefinition, GroupDefinition, SurveyDefinition
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.form_expressions import FormExpressions, expressions_of

_WHOLE_LIST = re.compile(r"instance\('[^']*'\)/root/item")
"""What pyxform writes for choices without a filter, which most are."""


def check_expressions(definition: SurveyDefinition, form: FormExpressions) -> list[Finding]:
    """An expression that a phone does not load is an error. One that stops the phone once it is reached, and one that
    Rihla cannot evaluate, is a warning."""
    known = {field.path for field in definition.fields} | {group.path for group in definition.groups} | {""}
    findings = []
    for path, column, text in _texts(definition):
        at = Subject("survey", path, column)
        try:
            expression = form.of(path, text)
        except NotSupported as fault:
            findings.append(warning("SUR-070", f"this rule is not enforced, {fault}", at))
        except ExpressionError as fault:
            findings.append(error("SUR-071", str(fault), at))
        else:
            findings.extend(
                warning("SUR-067", f"phones stop with an error where they reach this, {fault}", at)
                for fault in expression.faults
            )
            findings.extend(_unknown(expression, known, at))
    return findings


def _texts(definition: SurveyDefinition) -> Iterator[tuple[str, str, str]]:
    """Path, column of the sheet and text of each expression."""
    nodes: list[GroupDefinition | FieldDefinition] = [*definition.groups, *definition.fields]
    for node in nodes:
        for name, text in expressions_of(node):
            yield node.path, name, text
        itemset = node.itemset if isinstance(node, FieldDefinition) else None
        if itemset is not None and not _WHOLE_LIST.fullmatch(itemset.nodeset):
            yield node.path, "choices", itemset.nodeset
    for action in definition.on_load:
        yield action.path, "calculate", action.value


def _unknown(expression: Expression, known: set[str], at: Subject) -> Iterator[Finding]:
    for read in sorted(expression.paths):
        # The path of meta/instanceID and its like is not a field, but is there.
        if read not in known and not read.startswith("meta") and "@" not in read and "*" not in read:
            yield warning(
                "SUR-072",
                f"it reads {read!r}, which is not in the form and so always empty. Mend the name, or use ${{...}}.",
                at,
            )
