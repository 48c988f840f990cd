"""Random expressions, at the nodes of one submission with repeats in repeats: the same value in Rihla and in JavaRosa,
or both stop, or neither loads it."""

from random import Random

from tests.conformance.engine import JavaRosa
from tests.conformance.expression_values import Evaluator
from tests.conformance.random_expressions import RandomExpressions

SEED = 4
COUNT = 3_000
"""In four seconds; `make conformance` asks for 20,000."""


def test_random_expressions_have_the_same_value() -> None:
    expressions = RandomExpressions(Random(SEED))
    with JavaRosa() as javarosa:
        found = Evaluator(javarosa).differences([expressions() for _ in range(COUNT)])
    assert not found, "\n".join(sorted(found, key=len)[:10])


def test_the_comparison_finds_what_differs() -> None:
    with JavaRosa() as javarosa:
        evaluator = Evaluator(javarosa)
        assert (
            evaluator.differences([("/data/n", "1 + 1"), ("/data/n", "today()"), ("/data/r[2]/n", "position(..)")])
            == []
        )
        assert len(evaluator.differences([("/data/n", "random()")])) == 1
