"""What a survey computes of its answers: indicators, and the rates by which amounts of money become comparable."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.message import Part


class IndicatorKind(StrEnum):
    COUNT = "count"
    SHARE = "share"
    MEAN = "mean"
    RATIO = "ratio"
    TOTAL = "total"
    QUANTILE = "quantile"


QUARTILES = ("0.25", "0.5", "0.75")
"""Of an indicator of kind quantile that does not say which."""

Probability = Annotated[str, Field(pattern=r"^0\.(\d{0,2}[1-9])$")]
"""Between 0 and 1, to three decimal places at most, without zeros at the end."""
CONVERSION_FIELDS = ("currency", "denominator_currency", "date")
"""Parts of an indicator that name a field."""
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""


class IndicatorDefinition(Part):
    """A figure in the cells of a table.

    count: no numerator. share: numerator is a condition. mean, total: numerator is a number. ratio: sum of numerator
    over sum of denominator. quantile: numerator is a number, `quantiles` says at which parts of the units. `universe`
    is a condition on who is asked about; None is everyone. Expressions are ODK XPath over the answers that left the
    validator, absolute paths as in the form. `scale` is the number of decimal places that are kept exactly; `largest`
    the largest absolute value (for the check against 34 digits).

    `currency` and `denominator_currency` are paths of fields that hold the currency of the amount, which is then
    converted into the survey's by its rates; "" leaves the amount as it is. `date` is the path of the field that says
    on which day the rate is taken (a period counts from its first day); "" is the field with the role period, and in
    a survey without one the day on which the submission was received.
    """

    name: str
    label: str = ""
    kind: IndicatorKind
    numerator: str | None = None
    denominator: str | None = None
    universe: str | None = None
    unit: str = ""
    scale: Annotated[int, Field(ge=0, le=6)] = 2
    largest: int = 1_000_000_000
    series: str | None = None
    note: str = ""
    quantiles: list[Probability] = []
    currency: str = ""
    denominator_currency: str = ""
    date: str = ""

    @property
    def is_converted(self) -> bool:
        return bool(self.currency or self.denominator_currency)

    @property
    def probabilities(self) -> tuple[str, ...]:
        """Which quantiles; none of another kind."""
        return tuple(self.quantiles) or QUARTILES if self.kind is IndicatorKind.QUANTILE else ()


def figure_name(indicator: str, probability: str) -> str:
    """The name of one quantile of an indicator: cost_p50, cost_p2_5."""
    percent = f"{probability.removeprefix('0.'):0<2}"
    whole, rest = percent[:2].lstrip("0") or "0", percent[2:]
    return f"{indicator}_p{whole}_{rest}" if rest else f"{indicator}_p{whole}"


def figure_label(label: str, probability: str) -> str:
    """Of one quantile, for readers."""
    common = {"0.25": "lower quartile", "0.5": "median", "0.75": "upper quartile"}
    return f"{label}: {common.get(probability, f'quantile {probability}')}"


class Rate(Part):
    """What one unit of a currency is worth in the survey's, from a day on until the next rate of this currency. `rate`
    is decimal text above 0, which is exact."""

    currency: CurrencyCode
    since: date
    rate: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,12})?$")]
