"""Settings of release: RIHLA_RELEASE__<NAME>, beside those that all services share."""

from typing import Annotated

from pydantic import Field

from services.release.policy import Policy
from services.runtime.settings import Section, ServiceSettings

HOUR_MS = 3_600_000


class ReleaseSettings(Section):
    """When releases come out. How coarse they are and for how many follows from measurement (docs/privacy.md)."""

    every_s: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """Seconds between two looks whether a release is due."""
    between_h: Annotated[float, Field(ge=0, le=24 * 366)] = 168.0
    """Hours between two releases of a survey while it runs, and from its publication to the first."""
    most_moves: Annotated[int, Field(ge=1)] = 200
    """How many respondents a release may wait for. Waiting for more allows a finer step or more cells."""
    largest_step: Annotated[int, Field(ge=1)] = 150
    """To how many respondents numbers may be rounded while the survey runs. A larger step shows more cells."""
    p_percent: Annotated[int, Field(ge=1, le=100)] = 10
    """A sum is hidden if without its two largest contributions less than this share of the largest is left. Whoever
    knows it can compute bounds of what is hidden: set one of your own, and tell nobody."""
    dominance_percent: Annotated[int, Field(ge=50, le=99)] = 85
    """A sum is hidden if its two largest contributions make more than this share of it. As secret as the other."""
    closing_after_s: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    """Seconds after a survey was closed in which what was on its way may still arrive. Each ingest follows the closing
    by itself, within a second while the broker answers."""

    def policy(self) -> Policy:
        every_ms = round(self.between_h * HOUR_MS)
        return Policy(
            every_ms=every_ms,
            most_moves=self.most_moves,
            largest_step=self.largest_step,
            p_percent=self.p_percent,
            dominance_percent=self.dominance_percent,
        )


class Settings(ServiceSettings):
    release: ReleaseSettings = ReleaseSettings()
