"""What a round of fieldwork added to the accounts of a stack that had some before."""

from collections import Counter

from cli.accounts import Accounts
from cli.simulate_any import since
from schemas.outcome_class import OutcomeClass


def test_only_what_came_in_between_is_looked_at() -> None:
    before = Accounts(10, 10, 10, Counter({OutcomeClass.COUNTED: 8, OutcomeClass.REJECTED: 2}))
    after = Accounts(15, 15, 15, Counter({OutcomeClass.COUNTED: 10, OutcomeClass.REJECTED: 3, OutcomeClass.HELD: 2}))
    found = since(before, after)
    assert (found.accepted, found.counted, found.rejected, found.held, found.in_flight) == (5, 2, 1, 2, 0)
    assert found.closed


def test_an_edit_moves_what_was_counted_before() -> None:
    before = Accounts(2, 2, 2, Counter({OutcomeClass.COUNTED: 2}))
    after = Accounts(3, 3, 3, Counter({OutcomeClass.COUNTED: 2, OutcomeClass.SUPERSEDED: 1}))
    found = since(before, after)
    assert (found.counted, found.superseded) == (0, 1)
    assert found.balanced
