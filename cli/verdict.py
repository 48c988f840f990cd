"""Whether what became of a round of fieldwork is what must have become of it. Pure."""

from dataclasses import dataclass

from cli.accounts import Accounts
from cli.compare import Difference
from cli.fieldwork.history import Truth


@dataclass(frozen=True)
class Verdict:
    """`lost` are submissions that must be counted, superseded and so on, and are not; `double` are those too many."""

    accounts: Accounts
    lost: int
    double: int
    differences: list[Difference]

    @property
    def good(self) -> bool:
        return self.accounts.closed and not self.lost and not self.double and not self.differences


def judge(expected: Truth, accounts: Accounts, missing: int, surplus: int, found: list[Difference]) -> Verdict:
    """Sets the classes against the truth. `missing` and `surplus` are instances that the ledger lacks, or counts
    beyond the truth. Each lost answer may have left one more duplicate or rejected record, and no more than that."""
    outcomes = expected.outcomes
    exact = (
        (len(outcomes.counted), accounts.counted),
        (outcomes.superseded, accounts.superseded),
        (outcomes.refused, accounts.refused),
    )
    at_least = (
        (outcomes.duplicate, accounts.duplicate),
        (outcomes.rejected, accounts.rejected),
    )
    lost = sum(max(0, wanted - shown) for wanted, shown in (*exact, *at_least))
    repeated = sum(max(0, shown - wanted) for wanted, shown in at_least)
    double = sum(max(0, shown - wanted) for wanted, shown in exact) + max(0, repeated - expected.unanswered)
    return Verdict(accounts, max(lost, missing), max(double, surplus), found)
