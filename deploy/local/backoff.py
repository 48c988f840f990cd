"""How long to wait before a part that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Each death in a row doubles the wait, up to the cap; a part that was well for a while starts from the first.

    The first wait is longer than a killed server's port may stay taken. The cap is what an operator who has just mended
    something is ready to wait.
    """

    first_s: float = 0.25
    cap_s: float = 30.0
    well_s: float = 10.0

    def deaths(self, before: int, ready_for_s: float) -> int:
        """Deaths in a row after one more, of a part that was ready for so long before it."""
        return 1 if ready_for_s >= self.well_s else before + 1

    def wait_s(self, deaths: int) -> float:
        """Seconds to wait after so many deaths in a row (at least one)."""
        doublings = min(deaths - 1, 30)  # beyond that the cap holds in any case, and a float does not overflow
        return min(self.cap_s, self.first_s * 2.0**doublings)
