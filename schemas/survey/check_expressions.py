"""Findings about the expressions of the form."""

from schemas.expressions import ExpressionError, NotSupported
from schemas.survey.definition import FieldDefinition, GroupDefinition, SurveyDefinition
from schemas.survey.finding import Finding, error, warning
from schemas.survey.form_expressions import FormExpressions, expressions_of


def check_expressions(definition: SurveyDefinition) -> list[Finding]:
    """An expression that is wrong is an error. One that Rihla cannot evaluate yet is a warning: it is not enforced."""
    form = FormExpressions(definition)
    known = {field.path for field in definition.fields} | {group.path for group in definition.groups} | {""}
    findings = []
    nodes: list[GroupDefinition | FieldDefinition] = [*definition.groups, *definition.fields]
    for node in nodes:
        for name, text in expressions_of(node):
            try:
                expression = form.of(node.path, text)
            except NotSupported as fault:
                findings.append(warning("SUR-070", f"{node.path or definition.root}: {name} is not enforced, {fault}"))
                continue
            except ExpressionError as fault:
                findings.append(error("SUR-071", f"{node.path or definition.root}: {name}, {fault}"))
                continue
            for read in form.reads(expression):
                # The path of meta/instanceID and its like is not a field, but is there.
                if read not in known and not (read or "").startswith("meta"):
                    findings.append(
                        warning("SUR-072", f"{node.path}: {name} reads {read or 'a path'}, which is not in the form.")
                    )
    return findings
