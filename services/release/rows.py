"""What analysts see: one row for each cell, in the words of SDMX. Pure.

A suppressed cell is a row that says so. Whether it was small, or suppressed to protect another, or all its people
answered alike, is not said: each of these would be a bound for who tries to compute it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from services.release.live_table import Codes


class ObsStatus(StrEnum):
    """CL_OBS_STATUS."""

    NORMAL = "A"
    SUPPRESSED = "Q"
    MISSING = "M"
    LOW_RELIABILITY = "U"


class ConfStatus(StrEnum):
    """CL_CONF_STATUS."""

    FREE = "F"
    CONFIDENTIAL = "C"
    NOT_YET = "N"
    """Not for publication: comes with the closing release, by a rule that looks at definitions alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator in a cell, from rounded parts. `standard_error` holds sampling and rounding; `low` and `high` are
    the 95 % interval; of a quantile the ends of the class of amounts of which `obs_value` is the middle. `quality` by
    the coefficient of variation."""

    obs_value: float | None
    obs_status: ObsStatus
    conf_status: ConfStatus
    n: int | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    cv: float | None = None
    quality: str | None = None


SUPPRESSED = Figure(None, ObsStatus.SUPPRESSED, ConfStatus.CONFIDENTIAL)
NOT_YET = Figure(None, ObsStatus.SUPPRESSED, ConfStatus.NOT_YET)
MISSING = Figure(None, ObsStatus.MISSING, ConfStatus.FREE)


@dataclass(frozen=True, slots=True)
class Row:
    """`obs_value` is the number of units, `weighted` what they stand for."""

    codes: Codes
    obs_value: int | None
    obs_status: ObsStatus
    conf_status: ConfStatus
    weighted: float | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def published(self) -> bool:
        return self.obs_value is not None


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """`step`: counts are rounded to it. `mode`: what was done to it, which while the survey runs is `round` for all but
    `none`; `signed_off`: who answers for the latter."""

    name: str
    unit: str
    dimensions: tuple[str, ...]
    mode: str
    step: int
    signed_off: str
    rows: tuple[Row, ...]

    def as_document(self) -> dict[str, Any]:
        """In plain values. Its JSON is what the release's hash is of."""
        return {
            "name": self.name,
            "unit": self.unit,
            "dimensions": list(self.dimensions),
            "mode": self.mode,
            "step": self.step,
            "signed_off": self.signed_off,
            "rows": [row_document(row) for row in self.rows],
        }


def row_document(row: Row) -> dict[str, Any]:
    return {
        "codes": list(row.codes),
        "obs_value": row.obs_value,
        "obs_status": row.obs_status.value,
        "conf_status": row.conf_status.value,
        "weighted": row.weighted,
        "figures": {name: asdict(figure) for name, figure in row.figures.items()},
    }
