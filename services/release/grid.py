"""Rounding down on a grid whose origin is secret. Pure.

value -> step * floor((value + offset) / step), with an offset that is uniform on 0 .. step - 1. Unbiased over the
offset, as random rounding is, but one person more changes what is published with the chance 1/step whatever the
value, and a cell in which nothing happens stays as it is. Conventional rounding has its origin at 0 for all to see.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    step: int
    offset: int

    def round(self, value: int) -> int:
        return self.step * ((value + self.offset) // self.step)

    def reaches(self, value: int, threshold: int) -> bool:
        """Whether the value is published at all: at the first point of the grid at or above the threshold. A
        threshold at a known number would give away the person who makes it full."""
        return value >= threshold + -(threshold + self.offset) % self.step


def nice(value: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is not below the value: a scale that hardly ever changes and tells
    no more than the size."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= value:
                return digit * power
        power *= 10
