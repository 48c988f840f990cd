"""What `rihla smoke` calls lost and double."""

from collections import Counter

import pytest

from cli.accounts import Accounts
from cli.compare import Difference
from cli.fieldwork.history import Truth
from cli.fieldwork.outcomes import Outcomes
from cli.fieldwork.plan import Scenario, make
from cli.verdict import judge
from schemas.outcome_class import OutcomeClass

PERSON = make(Scenario(phones=1, submissions=1, refusals=0)).phones[0].deliveries[0].instance.respondent
OUTCOMES = Outcomes({"1": PERSON, "2": PERSON}, superseded=1, duplicate=3, rejected=2, refused=1)
TRUTH = Truth(complete=True, acknowledged=9, unanswered=2, outcomes=OUTCOMES, figures={})


def _accounts(
    counted: int = 2, superseded: int = 1, duplicate: int = 3, rejected: int = 2, refused: int = 1
) -> Accounts:
    classes = Counter(
        {
            OutcomeClass.COUNTED: counted,
            OutcomeClass.SUPERSEDED: superseded,
            OutcomeClass.DUPLICATE: duplicate,
            OutcomeClass.REJECTED: rejected,
            OutcomeClass.REFUSED: refused,
        }
    )
    return Accounts(classes.total(), classes.total(), classes.total(), classes)


def test_the_truth_itself_is_good() -> None:
    assert judge(TRUTH, _accounts(), 0, 0, []).good


def test_lost_answers_explain_as_many_more_duplicates_and_rejected_and_no_more() -> None:
    assert judge(TRUTH, _accounts(duplicate=4, rejected=3), 0, 0, []).good
    assert judge(TRUTH, _accounts(duplicate=5, rejected=3), 0, 0, []).double == 1


@pytest.mark.parametrize("of", ["counted", "superseded", "duplicate", "rejected", "refused"])
def test_one_less_is_lost(of: str) -> None:
    right = {"counted": 2, "superseded": 1, "duplicate": 3, "rejected": 2, "refused": 1}
    assert judge(TRUTH, _accounts(**{of: right[of] - 1}), 0, 0, []).lost == 1


@pytest.mark.parametrize("of", ["counted", "superseded", "refused"])
def test_one_more_of_what_is_exact_is_double(of: str) -> None:
    right = {"counted": 2, "superseded": 1, "refused": 1}
    assert judge(TRUTH, _accounts(**{of: right[of] + 1}), 0, 0, []).double == 1


def test_one_lost_and_one_double_do_not_cancel_out() -> None:
    verdict = judge(TRUTH, _accounts(), 1, 1, [])
    assert (verdict.lost, verdict.double, verdict.good) == (1, 1, False)


def test_a_wrong_integer_or_an_open_law_is_not_good() -> None:
    assert not judge(TRUTH, _accounts(), 0, 0, [Difference("", "response", "n", 2, 3)]).good
    closed = _accounts()
    assert not judge(TRUTH, Accounts(10, 10, closed.accounted, closed.classes), 0, 0, []).good
