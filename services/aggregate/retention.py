"""When the data of a survey have to go, and what is noted of it. Pure.

The retention of a survey is counted from its closing. When it is over the survey ends: its cells stay as they are, the
ledger lets go of it but for the markers of what was withdrawn, and whatever comes later is counted nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.survey.definition import SurveyDefinition
from schemas.topics import DAY_MS

SURVEY_ENDED = "AGG-005"
"""A record of a survey whose retention is over: in the class of the rejected, and nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A survey that is closed. `closed_ms` is epoch milliseconds."""

    survey: str
    closed_ms: int
    retention_days: int

    @property
    def due_ms(self) -> int:
        """When its data have to go."""
        return self.closed_ms + self.retention_days * DAY_MS


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a survey as the ledger notes it (ledger.ended): how far the sweep is, and what it took away.

    From `began_ms` on nothing of the survey is counted. `fenced`: every batch that began before it is over. `slots`,
    `markers`, `quarantined` and `rejections` are how many slots were deleted, how many markers stay, and how many
    entries of quarantine and list of rejections were deleted; `erasures` are those in the log of which only when and
    how many is left.
    """

    survey: str
    closed_ms: int
    retention_days: int
    began_ms: int
    fenced: bool = False
    slots: int = 0
    markers: int = 0
    quarantined: int = 0
    rejections: int = 0
    erasures: int = 0
    done_ms: int | None = None


def closings(latest: Iterable[SurveyDefinition], closed: Mapping[str, int]) -> list[Closing]:
    """Of the surveys that are closed; the version published last says how long their data are kept."""
    return [Closing(one.survey, closed[one.survey], one.retention_days) for one in latest if one.survey in closed]


def overdue(closings: Iterable[Closing], ended: Mapping[str, Ended], now_ms: int) -> list[Closing]:
    """The surveys whose retention is over and that are not swept to the end, the longest overdue first. A sweep that
    began goes on, whatever was published since."""
    begun = {
        one.survey: Closing(one.survey, one.closed_ms, one.retention_days)
        for one in ended.values()
        if one.done_ms is None
    }
    due = {one.survey: one for one in closings if one.due_ms <= now_ms and one.survey not in ended}
    return sorted((due | begun).values(), key=lambda one: (one.due_ms, one.survey))
