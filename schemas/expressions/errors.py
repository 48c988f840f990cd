"""What can be wrong with an expression. Messages are for the designer of the form."""


class ExpressionError(Exception):
    """The text is no ODK XPath. `position` counts characters from 1."""

    def __init__(self, message: str, position: int = 1) -> None:
        super().__init__(f"at character {position}: {message}")
        self.position = position


class NotSupported(ExpressionError):
    """The text may be right, but Rihla cannot evaluate it yet. It is then not enforced, which `rihla survey check`
    says; guessing would reject good interviews."""
