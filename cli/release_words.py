"""Why no release came out, for operators. Pure."""

from services.release.maker import Refused
from services.release.problems import Problem


def refusal(refused: Refused) -> str:
    """With the number of respondents who have moved, where it is known: operators may see it, analysts must not."""
    text = str(refused.reason)
    if refused.reason.problem is Problem.FEW_MOVES and refused.moved is not None:
        text += f" So far {refused.moved} have moved; that number is confidential."
    return text
