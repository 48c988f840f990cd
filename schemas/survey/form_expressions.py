"""Compiles the expressions of a definition in the context of its form: types of the questions, repeats."""

from schemas.expressions import Expression, compile_expression
from schemas.survey.definition import FieldDefinition, GroupDefinition, SurveyDefinition

FIELD_EXPRESSIONS = ("required", "relevant", "constraint", "calculate")
INDICATOR_EXPRESSIONS = ("numerator", "denominator", "universe")


class FormExpressions:
    def __init__(self, definition: SurveyDefinition) -> None:
        self._prefix = f"/{definition.root}"
        self._types = {self.absolute(field.path): field.type.value for field in definition.fields}
        self._repeats = frozenset(self.absolute(group.path) for group in definition.groups if group.repeat)

    def absolute(self, path: str) -> str:
        """ "profile/sex" as "/data/profile/sex"."""
        return f"{self._prefix}/{path}" if path else self._prefix

    def below_root(self, path: str) -> str | None:
        """The other way; None for a path of another root."""
        if path == self._prefix:
            return ""
        return path.removeprefix(f"{self._prefix}/") if path.startswith(f"{self._prefix}/") else None

    def of(self, path: str, text: str) -> Expression:
        """An expression of the node at `path` (below the root). Raises ExpressionError."""
        return compile_expression(text, self.absolute(path), self._types, self._repeats)

    def reads(self, expression: Expression) -> list[str | None]:
        """The paths below the root that an expression reads, None for one outside of the form."""
        return [self.below_root(path) for path in sorted(expression.paths)]


def expressions_of(node: FieldDefinition | GroupDefinition) -> list[tuple[str, str]]:
    """Name and text of each expression of a field or group."""
    if isinstance(node, GroupDefinition):
        return [("relevant", node.relevant)] if node.relevant else []
    texts = [(name, getattr(node, name)) for name in FIELD_EXPRESSIONS]
    return [(name, text) for name, text in texts if text]
