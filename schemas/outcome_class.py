"""The classes of the conservation law (design, section 4, rule 4): every source record is in exactly one of them."""

from enum import StrEnum

SEALED_BY_FORM = "sealed_by_form"
"""Why a record is held: its form encrypted it, and the key is not here. A metric label."""


class OutcomeClass(StrEnum):
    COUNTED = "counted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"
    HELD = "held"
    REPLAYED = "replayed"
    """Was rejected or held, and its payload was written again from the quarantine: that record stands for it."""
    CONTROL = "control"
    LOST = "lost"
    """Gone from the topics before it was counted, and accepted as lost by somebody (`rihla repair accept`)."""
