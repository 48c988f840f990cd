"""Which sums each kind of indicator keeps in the vector of a cell (schemas.tables.layout says what they are). Pure."""

from schemas.expressions import ExpressionError
from schemas.survey.definition import IndicatorDefinition, IndicatorKind
from schemas.tables.measures import Compiler


def linear_sums(kind: IndicatorKind, weighted: bool, universe: bool) -> tuple[str, ...]:
    """The sums over units of an indicator, those that a PSU keeps as well but for n."""
    match kind:
        case IndicatorKind.COUNT:
            return (("n", "w") if weighted else ("n",)) if universe else ()
        case IndicatorKind.SHARE | IndicatorKind.MEAN:
            return ("n", "w", "wx") if weighted else ("n", "wx")
        case IndicatorKind.TOTAL:
            return ("n", "wx")
        case IndicatorKind.RATIO:
            return ("n", "wy", "wx")
        case IndicatorKind.QUANTILE:
            return ()


def square_sums(kind: IndicatorKind, weighted: bool, universe: bool, clustered: bool) -> tuple[str, ...]:
    """The squares and products of a submission's sums. `clustered`: a submission can hold several units."""
    match kind:
        case IndicatorKind.COUNT:
            return ("w2",) if universe and (weighted or clustered) else ()
        case IndicatorKind.SHARE:
            if clustered:
                return ("w2", "w2x", "w2x2")
            return ("w2", "w2x") if weighted else ()
        case IndicatorKind.MEAN:
            return ("w2", "w2x", "w2x2") if weighted or clustered else ("w2x2",)
        case IndicatorKind.TOTAL:
            return ("w2x2",)
        case IndicatorKind.RATIO:
            return ("w2y2", "w2xy", "w2x2")
        case IndicatorKind.QUANTILE:
            return ()


def is_kept(indicator: IndicatorDefinition, compiler: Compiler) -> bool:
    """False for an expression that this release cannot evaluate: one indicator that is not there is better than a
    worker that stops for all surveys. `rihla survey check` says it before publishing."""
    try:
        for text in (indicator.numerator, indicator.denominator, indicator.universe):
            if text is not None:
                compiler.condition(text)
    except ExpressionError:
        return False
    return True
