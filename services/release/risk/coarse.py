"""Counts of a report as they may be read: small ones as a range, the others near a multiple of five. Pure."""

from dataclasses import dataclass
from math import ceil

SMALL = 5
BASE = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of records between `least` and `most`, of about `of`."""

    least: int
    most: int
    of: int

    def __str__(self) -> str:
        if self.most == 0:
            return "0"
        if self.least == self.most:
            return f"{self.least:,}"
        if self.most < SMALL:
            return f"1 to {self.most} (under {ceil(100 * SMALL / max(self.of, SMALL))} %)"
        return f"about {self.middle:,} ({100 * self.middle / max(self.of, 1):.0f} %)"

    @property
    def middle(self) -> int:
        return round((self.least + self.most) / 2 / BASE) * BASE


def coarse(count: int, of: int) -> Figure:
    """0 stays 0: that nobody stands alone is what a report is to show."""
    near = _near(of)
    if count == 0:
        return Figure(0, 0, near)
    if count < SMALL:
        return Figure(1, SMALL - 1, near)
    middle = _near(count)
    return Figure(max(SMALL, middle - 2), middle + 2, near)


def _near(count: int) -> int:
    return (count + BASE // 2) // BASE * BASE
