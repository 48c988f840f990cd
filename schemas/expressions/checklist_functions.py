"""checklist() and weighted-checklist(): how much of a list is true."""

from schemas.expressions.errors import EvaluationError
from schemas.expressions.node_functions import each_value
from schemas.expressions.nodes import NodeSet
from schemas.expressions.operand import Operand, Place, boolean
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value, as_bool, as_int, as_number


def checklist(arguments: list[Operand], place: Place) -> Operand:
    """Whether so many of the factors are true; a negative bound is none."""
    least, most, factors = arguments[0].number(), arguments[1].number(), each_value(arguments[2:])

    def run(scope: Scope) -> bool:
        low, high = as_int(least(scope)), as_int(most(scope))
        found = sum(map(as_bool, factors(scope)))
        return (low < 0 or found >= low) and (high < 0 or found <= high)

    return boolean(run)


def weighted_checklist(arguments: list[Operand], place: Place) -> Operand:
    """Whether the weights of the true factors sum up to a number within the bounds; factors and weights take turns, or
    are two node sets."""
    least, most = arguments[0].number(), arguments[1].number()
    runs = [argument.run for argument in arguments[2:]]
    raws = [argument.raw for argument in arguments[2:]]

    def pairs(scope: Scope) -> list[tuple[Value, Value]]:
        if len(raws) == 2 and raws[0] is not None and raws[1] is not None:
            factors, weights = raws[0](scope), raws[1](scope)
            if isinstance(factors, NodeSet) and isinstance(weights, NodeSet):
                if len(factors.nodes) != len(weights.nodes):
                    raise EvaluationError("weighted-checklist() of two paths with different numbers of nodes.")
                return list(zip(factors.values(), weights.values(), strict=True))
        values = [run(scope) for run in runs]
        return list(zip(values[::2], values[1::2], strict=True))

    def run(scope: Scope) -> bool:
        low, high, total = least(scope), most(scope), 0.0
        for factor, weight in pairs(scope):
            figure = as_number(weight)
            if as_bool(factor):
                total += figure
        return low <= total <= high

    return boolean(run)
