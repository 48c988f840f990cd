"""The classes of the conservation law (design, section 4, rule 4): every source record is in exactly one of them."""

from enum import StrEnum


class OutcomeClass(StrEnum):
    COUNTED = "counted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"
    HELD = "held"
    CONTROL = "control"
