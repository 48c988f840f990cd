"""What each stage has done and what waits in front of it: snapshots, and the figures that follow from two of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """Totals at a moment (monotonic seconds). `accepted` and `judged` are records in `submissions` and `responses`,
    `accounted` how far the watermarks are, `classes` the counters behind them."""

    at: float
    planned: int = 0
    acknowledged: int = 0
    attempts: int = 0
    in_flight: int = 0
    accepted: int = 0
    judged: int = 0
    accounted: int = 0
    counted: int = 0
    cells: int = 0
    age_s: float | None = None


@dataclass(frozen=True)
class Stage:
    """A line of the display. `waiting` is what has reached the stage before and not this one."""

    name: str
    does: str
    total: int
    per_second: float
    waiting: int
    note: str = ""


def stages(earlier: Snapshot, now: Snapshot) -> list[Stage]:
    """In the order of the data. Rates are means between the two snapshots."""
    span_s = max(now.at - earlier.at, 1e-3)

    def stage(name: str, does: str, total: int, before: int, waiting: int, note: str = "") -> Stage:
        return Stage(name, does, total, max(0.0, (total - before) / span_s), max(0, waiting), note)

    age = f"{now.age_s:.2f} s from acknowledgement to cell" if now.age_s is not None else ""
    lost = now.attempts - now.acknowledged
    return [
        stage("phones", "send until acknowledged", now.acknowledged, earlier.acknowledged,
              now.planned - now.acknowledged, f"{lost} tries without an answer"),
        stage("ingest", "seals and acknowledges", now.accepted, earlier.accepted, now.in_flight),
        stage("Kafka", "keeps the log", now.accepted + now.judged, earlier.accepted + earlier.judged, 0,
              "records in submissions and responses"),
        stage("validate", "checks and anonymises", now.judged, earlier.judged, now.accepted - now.judged),
        stage("aggregate", "keeps the tables", now.accounted, earlier.accounted, now.judged - now.accounted, age),
        stage("database", "holds the statistics", now.counted, earlier.counted, 0, f"counted, in {now.cells} cells"),
    ]  # fmt: skip
