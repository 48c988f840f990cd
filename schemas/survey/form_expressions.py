"""Compiles the expressions of a definition in the context of its form: its questions, groups and repeats."""

from schemas.expressions import Expression, compile_expression
from schemas.survey.definition import FieldDefinition, GroupDefinition, SurveyDefinition
from schemas.survey.order import shape_of

FIELD_EXPRESSIONS = ("required", "relevant", "constraint", "calculate")
INDICATOR_EXPRESSIONS = ("numerator", "denominator", "universe")


class FormExpressions:
    def __init__(self, definition: SurveyDefinition) -> None:
        self._shape = shape_of(definition)
        self._compiled: dict[tuple[str, str], Expression] = {}

    def of(self, path: str, text: str) -> Expression:
        """An expression of the node at `path` (below the root). Raises ExpressionError."""
        found = self._compiled.get((path, text))
        if found is None:
            found = self._compiled[path, text] = compile_expression(text, path, self._shape)
        return found

    def reads(self, expression: Expression) -> list[str]:
        """The paths below the root that an expression reads."""
        return sorted(expression.paths)


def expressions_of(node: FieldDefinition | GroupDefinition) -> list[tuple[str, str]]:
    """Name and text of each expression of a field or group."""
    if isinstance(node, GroupDefinition):
        texts = [("relevant", node.relevant), ("count", node.count)]
    else:
        texts = [(name, getattr(node, name)) for name in FIELD_EXPRESSIONS]
    return [(name, text) for name, text in texts if text]
