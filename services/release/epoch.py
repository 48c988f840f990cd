"""Whether a release comes out now. Pure.

Respondents are counted over the whole survey. A table of some of them (migrants, say) has no clock of its own: it
would tell, by coming out, that one of them had just answered.
"""

from dataclasses import dataclass

from services.release.policy import Policy
from services.release.problems import NotReleased, Problem


@dataclass(frozen=True, slots=True)
class Moment:
    """What the service knows when it asks for a release. `moved` counts different respondents added, edited or erased
    since the last release (from the ledger: an edit moves twice but is one respondent; the attempts of one person to
    make a release by sending again and again count once). `watermark` says up to which records cells were counted."""

    now_ms: int
    moved: int
    watermark: str
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Last:
    """The last release: `epoch` counts from 1."""

    epoch: int
    at_ms: int
    closing: bool


def epoch(last: Last | None, moment: Moment, moves: int, policy: Policy) -> int | NotReleased:
    """The number of the release that is due, or why none is. `moves` is what its tables need.

    The closing release waits for nobody: its numbers are on another grid than those before.
    """
    if last is not None and last.closing:
        return NotReleased(Problem.CLOSED)
    if not moment.closing:
        if last is not None and moment.now_ms < last.at_ms + policy.every_ms:
            return NotReleased(Problem.NOT_DUE)
        if moment.moved < moves:
            return NotReleased(Problem.FEW_MOVES, f"{moves} needed")
    return 1 if last is None else last.epoch + 1
