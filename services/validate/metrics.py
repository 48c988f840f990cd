"""The metrics of validate. Labels: `kind` is one of five outcomes, `code` one of services.validate.reasons."""

from services.runtime.metrics import counter, gauge, histogram

SERVICE = "validate"

OUTCOMES = counter(
    SERVICE,
    "outcomes",
    "Outcomes written to `responses`, by kind.",
    "compare with the classes in `rihla status`.",
    ["kind"],
)
REASONS = counter(
    SERVICE,
    "reasons",
    "Reasons of rejections, by code and label; one submission can have several.",
    "look up the code in services/validate/reasons.py; VAL-03x points at the form, VAL-00x at a deployment.",
    ["code", "label"],
)
HELD = counter(
    SERVICE,
    "held",
    "Submissions that wait in the quarantine, by why: `sealed_by_form` is a form that encrypts whose key is not here.",
    "put the form's private key in place with `rihla survey form-key add`, then `rihla replay --held`.",
    ["why"],
)
NOTES = counter(
    SERVICE,
    "notes",
    "Notes for designers, by code.",
    "compare the calculate in the form with what phones send.",
    ["code"],
)
VERDICT_SECONDS = histogram(
    SERVICE,
    "verdict_seconds",
    "Mean time of a verdict within a batch.",
    "profile with `make bench-verdict`; a form with long expressions costs most.",
    (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1),
)
AGE_SECONDS = histogram(
    SERVICE,
    "age_seconds",
    "From the acknowledgement of a submission to the acknowledgement of its outcome, for the oldest of a batch.",
    "add workers or partitions if it grows; if it jumps, look at the broker.",
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
POSITION = gauge(
    SERVICE,
    "position_offset",
    "The next offset of `submissions` whose outcome is to be written, by partition.",
    "if it stands still while the end of the topic moves, read the log of the worker that has the partition.",
    ["partition"],
)
HELD_BACK = gauge(
    SERVICE,
    "held_back_records",
    "Outcomes held back because the last records could not be opened or made our own code fail.",
    "if it stays above 0, compare the keys of validate with those of ingest before the worker stops.",
)
DROPPED_FIELDS = gauge(
    SERVICE,
    "dropped_fields",
    "Fields of the survey version compiled last of which nothing leaves the validator.",
    "compare with `rihla survey check`: a field without a privacy class is dropped. What the form does not have at all "
    "is a reason of rejection (unknown_node).",
    ["survey"],
)
UNSUPPORTED_RULES = gauge(
    SERVICE,
    "unsupported_rules",
    "Rules of a survey version that are not enforced because this release does not support their expression.",
    "read the log entry `rules_not_enforced` for their paths; upgrade, or simplify the expression.",
    ["survey"],
)
