"""The metrics of aggregate. Labels: classes of the conservation law, AGG and VAL codes, partitions. Never an id."""

from services.runtime.metrics import counter, gauge, histogram

SERVICE = "aggregate"

OUTCOMES = counter(
    SERVICE,
    "outcomes",
    "Source records applied, by the class they got and, if rejected, the code of the first reason.",
    "compare with `rihla status`; a rise of AGG-00x points at phones that send one id twice or edit side by side.",
    ["outcome", "code"],
)
BATCH_RECORDS = histogram(
    SERVICE,
    "batch_records",
    "Records of `responses` in a batch.",
    "if batches are always full and lag grows, add workers up to the number of partitions.",
    (1, 10, 50, 100, 250, 500, 750, 1000, 2500, 5000),
)
TRANSACTION_SECONDS = histogram(
    SERVICE,
    "transaction_seconds",
    "From the begin of a batch's transaction to its commit, retries included.",
    "above 1 s look at the database: disk, another primary, or two workers that meet in one lineage.",
    (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
RETRIES = counter(
    SERVICE,
    "retries",
    "Attempts of a transaction that did not succeed: conflict, an uncertain commit, or no database.",
    "conflicts pass by themselves; for `unavailable` start the database or mend the network.",
    ["why"],
)
AGE_SECONDS = histogram(
    SERVICE,
    "age_seconds",
    "From the acknowledgement of a submission to its committed cell.",
    "above 5 s find the stage that lags in `rihla status` and add workers there.",
    (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 600, 3600),
)
REPETITIONS = counter(
    SERVICE,
    "repetitions",
    "Outcomes that were skipped because their source record is accounted for: a validate worker started again.",
    "none; if it keeps rising while nothing is restarted, validate is in a restart loop: read its log.",
)
PASSED_OVER = counter(
    SERVICE,
    "passed_over",
    "Outcomes that were not applied because an earlier one is missing (a gap).",
    "validate comes again from the missing record by itself; see gap_first_offset if it does not.",
)
GAP_FIRST_OFFSET = gauge(
    SERVICE,
    "gap_first_offset",
    "The first source offset whose outcome is missing while later ones are there; -1 if none is.",
    "if it stays: `rihla repair check`, then `rihla repair rewind`, which has validate judge it again.",
    ["partition"],
)
RESPONSES_NEXT = gauge(
    SERVICE,
    "responses_next_offset",
    "Watermark: the next offset of `responses` to apply.",
    "if it stands still while the topic grows, read the log of the worker that has the partition.",
    ["partition"],
)
SUBMISSIONS_NEXT = gauge(
    SERVICE,
    "submissions_next_offset",
    "Watermark: source records below this offset are accounted for.",
    "if it stands still while responses_next_offset moves, there is a gap: see gap_first_offset.",
    ["partition"],
)
IN_FLIGHT_RECORDS = gauge(
    SERVICE,
    "in_flight_records",
    "Source records that ingest has accepted and that are in no class yet.",
    "if it grows, find the stage that lags: compare the lag of validate and of aggregate.",
    ["partition"],
)
EXPIRED_RECORDS = gauge(
    SERVICE,
    "expired_records",
    "Source records that `submissions` does not hold any more, that are in no class, and have no outcome on its way.",
    "they are lost unless `responses` is made to give them: `rihla repair check` names their offsets.",
    ["partition"],
)
CLASS_RECORDS = gauge(
    SERVICE,
    "class_records",
    "Source records in each class of the conservation law, as moved by this worker's partitions.",
    "sum over all workers must equal submissions_next_offset minus where the topics began; if not, stop and report it.",
    ["outcome"],
)
CONSERVATION_OPEN_RECORDS = gauge(
    SERVICE,
    "conservation_open_records",
    "Source records accounted for, minus the sum of the classes: always 0, or something was lost or counted twice.",
    "stop aggregate, keep Kafka and the database as they are, and report it with what `rihla status` prints.",
    ["partition"],
)
ERASURES = counter(
    SERVICE,
    "erasures",
    "Erasures that were asked for: of an instance, or of a respondent, who is then looked for.",
    "none; `rihla erase --log` lists them.",
    ["kind"],
)
ERASURES_WAITING = gauge(
    SERVICE,
    "erasures_waiting",
    "Erasures of respondents that are not done, on the partitions of this worker.",
    "they wait until all that was accepted before them is accounted for: see erasure_wait_seconds.",
)
ERASURE_WAIT_SECONDS = gauge(
    SERVICE,
    "erasure_wait_seconds",
    "How long the oldest erasure of a respondent waits; 0 if none does. No release is made meanwhile.",
    "above some minutes find the partition that stands still: `rihla status`, gap_first_offset, in_flight_records.",
)
RETENTION_OVERDUE_SURVEYS = gauge(
    SERVICE,
    "retention_overdue_surveys",
    "Surveys whose retention is over while the ledger still holds what was to be deleted.",
    "the worker with partition 0 sweeps within a minute; if it stays, read its log, and `rihla retention list`.",
)
TABLES_FILLING = gauge(
    SERVICE,
    "surveys_filling",
    "Surveys of which tables are being filled from the ledger: new tables, or such as somebody had made anew.",
    "`rihla tables list SURVEY` shows how far it is; if it stays and filled_slots does not rise, read the log.",
)
FILLED_SLOTS = counter(
    SERVICE,
    "filled_slots",
    "Counted instances that were added to tables which are being filled.",
    "none; it rises while surveys_filling is above 0.",
)

OF_A_PARTITION = (
    GAP_FIRST_OFFSET,
    RESPONSES_NEXT,
    SUBMISSIONS_NEXT,
    IN_FLIGHT_RECORDS,
    EXPIRED_RECORDS,
    CONSERVATION_OPEN_RECORDS,
)
"""Gauges that a worker must not show any more for a partition that it has lost."""
