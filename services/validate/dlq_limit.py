"""Stops a worker when record after record cannot be opened or makes our own code fail: a bad deployment, not bad data.

The outcomes of such a run at the end of what was read are held back, so that a worker with the wrong keys does not
write thousands of rejections that somebody has to take back. They are let go when a good record follows, or when the
first has waited for `HOLD_S`: at a quiet hour one broken record must not hold up its partition. Wrong answers do not
count. Pure: the caller brings the clock (monotonic seconds) and gives held records again (see services.runtime.stream).
"""

from collections.abc import Sequence
from dataclasses import dataclass

HOLD_S = 5.0
"""Seconds that an outcome is held back at most: well below the age at which operators are told of a lag."""


@dataclass(frozen=True, slots=True)
class Release:
    """How many outcomes, from the first on, may be written now. `stop` tells to write those and then to stop for the
    operator, with the length of the run."""

    count: int
    stop: int | None = None


class DlqLimit:
    """Of one worker. `run` counts bad records in a row that were let go already."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._run = 0
        self._held_since: float | None = None

    def decide(self, bad: Sequence[bool], now: float) -> Release:
        """`bad` has one entry for each record, in order; those held back last time come first again."""
        run, since_good = self._run, 0
        for index, is_bad in enumerate(bad):
            run = run + 1 if is_bad else 0
            since_good = since_good + 1 if is_bad else 0
            if run >= self._limit:
                return Release(index + 1 - since_good, stop=run)
        if not since_good:
            self._run, self._held_since = run, None
            return Release(len(bad))
        if since_good < len(bad) or self._held_since is None:
            # The run began anew in this call: its first record waits from now on.
            if since_good < len(bad):
                self._run = 0
            self._held_since = now
        elif now - self._held_since >= HOLD_S:
            self._run, self._held_since = run, None
            return Release(len(bad))
        return Release(len(bad) - since_good)

    def forget_held(self) -> None:
        """The partitions were assigned anew: what was held back is read again from its position, if at all."""
        self._held_since = None
