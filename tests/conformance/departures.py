"""The ids of docs/departures.md. Each names a class of differences; explanation.py says when it applies."""

import re
from enum import Enum
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "departures.md"


class Departure(Enum):
    UNREADABLE = "DEP-01"
    NOT_IN_LIST = "DEP-02"
    UNKNOWN_NODE = "DEP-03"
    DOUBLED_NODE = "DEP-04"
    MIXED_CONTENT = "DEP-05"
    LIMITS = "DEP-06"
    PRESENT = "DEP-07"
    PHONE = "DEP-08"
    MAXIMUM = "DEP-09"
    ORDER = "DEP-10"
    STALE = "DEP-11"
    ZONE = "DEP-12"
    REOPENING = "DEP-13"
    NOT_EVALUATED = "DEP-14"
    LONG = "DEP-15"


PROVEN = frozenset(
    {
        *(Departure.UNREADABLE, Departure.NOT_IN_LIST, Departure.UNKNOWN_NODE, Departure.DOUBLED_NODE),
        *(Departure.MIXED_CONTENT, Departure.LIMITS, Departure.STALE),
    }
)
MAY_REFUSE = PROVEN | {Departure.PHONE, Departure.NOT_EVALUATED, Departure.LONG}
"""Where JavaRosa accepts, Rihla may refuse for what JavaRosa has lost, and what follows from that; and a calculate that
only a phone can compute, and that was not sent as one computes it, may break a rule. What a phone wrote, never."""


def documented() -> list[str]:
    """The ids of the document, in its order."""
    return re.findall(r"^## (DEP-\d+)", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
