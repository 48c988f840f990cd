"""The metrics of release. Labels: surveys, REL codes. Never a figure of a cell, and never how many have moved."""

from services.runtime.metrics import counter, gauge, histogram

SERVICE = "release"

MADE = counter(
    SERVICE,
    "made",
    "Releases that came out.",
    "none; `rihla release list` has them.",
    ["survey"],
)
REFUSED = counter(
    SERVICE,
    "refused",
    "Looks after which no release came out, by code. REL-001 to REL-005 are waiting, all others need somebody.",
    "docs/reference/codes.md says what each code asks for; `rihla release make SURVEY` says it with names.",
    ["survey", "code"],
)
HELD_BACK = gauge(
    SERVICE,
    "held_back_state",
    "1 while a release that is due does not come out for the reason of this code, which needs somebody.",
    "docs/reference/codes.md says what each code asks for.",
    ["survey", "code"],
)
NEXT_DUE_SECONDS = gauge(
    SERVICE,
    "next_due_timestamp_seconds",
    "When the next release of a survey is due at the earliest (epoch); 0 once its last one is out.",
    "if it lies far back, `rihla release make SURVEY` says why nothing comes out: mostly because too few have moved.",
    ["survey"],
)
OVERDUE_SECONDS = gauge(
    SERVICE,
    "overdue_seconds",
    "For how long a release of a survey has been due and did not come out; 0 while none is due.",
    "as for next_due_timestamp_seconds.",
    ["survey"],
)
LAST_MADE_SECONDS = gauge(
    SERVICE,
    "last_made_timestamp_seconds",
    "When the last release of a survey was made (epoch); 0 before the first.",
    "as for next_due_timestamp_seconds.",
    ["survey"],
)
LAST_LOOK_SECONDS = gauge(
    SERVICE,
    "last_look_timestamp_seconds",
    "When all surveys were last looked at (epoch).",
    "if it stands still, release waits for the database or the broker: read its log.",
)
ROWS = gauge(
    SERVICE,
    "rows",
    "Rows of the last release of a survey, published and suppressed, as its manifest says.",
    "if nearly all are suppressed, the tables are too fine for the sample: declare coarser ones.",
    ["survey", "published"],
)
MAKING_SECONDS = histogram(
    SERVICE,
    "making_seconds",
    "From the look at the databases to the written release.",
    "above 30 s the transactions of a release come near the minute that MongoDB gives them: declare smaller tables.",
    (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120),
)
