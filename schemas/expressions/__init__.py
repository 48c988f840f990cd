"""ODK XPath, as JavaRosa evaluates it: text -> tokens -> typed tree -> closures, compiled once for each version of a
survey. No text is ever evaluated as code.

    expression = compile_expression(". >= 15 and . <= 99", at="/data/profile/age")
    as_bool(expression(scope))
"""

from schemas.expressions.compile import Expression, compile_expression
from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value, as_bool, as_number, as_text

__all__ = [
    "Expression",
    "ExpressionError",
    "NotSupported",
    "Scope",
    "Value",
    "as_bool",
    "as_number",
    "as_text",
    "compile_expression",
]
