"""What can be wrong with an expression. Messages are for the designer of the form."""


class ExpressionError(Exception):
    """The text is no ODK XPath. `position` counts characters from 1."""

    def __init__(self, message: str, position: int = 1) -> None:
        super().__init__(f"at character {position}: {message}")
        self.message = message
        self.position = position


class NotSupported(ExpressionError):
    """The text may be XPath, but it is not what ODK takes, or Rihla cannot evaluate it."""


class EvaluationError(ExpressionError):
    """Raised while an expression runs, where JavaRosa stops with an exception: date('x'), or one value wanted of
    several instances of a repeat. No phone opens or finalises such a submission (63, 64)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.args = (message,)
