"""ODK XPath, as JavaRosa evaluates it: text -> tokens -> typed tree -> closures, compiled once for each version of a
survey. No text is ever evaluated as code.

    expression = compile_expression(". >= 15 and . <= 99", at="profile/age", shape=shape)
    as_bool(expression(scope))
"""

from schemas.expressions.choices import Choices, compile_choices
from schemas.expressions.compile import Expression, compile_expression
from schemas.expressions.elements import Element
from schemas.expressions.errors import EvaluationError, ExpressionError, NotSupported
from schemas.expressions.scope import Form, Scope
from schemas.expressions.shape import Shape
from schemas.expressions.values import Value, as_bool, as_number, as_text

__all__ = [
    "Choices",
    "Element",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Form",
    "NotSupported",
    "Scope",
    "Shape",
    "Value",
    "as_bool",
    "as_number",
    "as_text",
    "compile_choices",
    "compile_expression",
]
