"""Which figures may not be published for their own sake, before anything is known of other cells. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from services.release.live_table import Amount


class Reason(StrEnum):
    """Why a cell or a figure is suppressed. Analysts see neither where nor how often each was applied."""

    FEW = "minimum_frequency"
    ALIKE = "group_attribute"
    CONCENTRATED = "concentration"
    COMPLEMENT = "complementary"
    DEEP = "until_closing"


def concentrated(amount: Amount, p_percent: int, dominance_percent: int) -> bool:
    """p%-rule: without the two largest contributions less than p % of the largest is left, so the second largest can
    reckon the largest that closely. (2, k)-dominance: the two largest make more than k %. One contributor alone is
    never a rule of its own ((1, k) is inadequate): he is the largest of two with the second at zero. A sum without
    known contributions counts as one contributor's."""
    total, (first, second) = abs(amount.above), amount.largest
    if not first:
        return total > 0
    rest = total - first - second
    return 100 * rest < p_percent * first or 100 * (first + second) > dominance_percent * total


def alike(shown: Iterable[bool]) -> bool:
    """Group attribute rule over a line of cells that make a total. If one category alone is large enough to be
    published, then to know that somebody is in the line is to know the answer, however many they are."""
    return sum(shown) == 1
