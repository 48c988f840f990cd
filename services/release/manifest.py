"""What a release says of itself, and the hash by which anybody can check it. Pure, deterministic.

Public: rules that may be known, and what can be counted in the rows anyway. Not public, in `Audit`: how often each rule
was applied (that both of two suppressed cells are small bounds both, and with their sum can tell both), how many cells
were kept back (in a table where hardly anybody moved that number is somebody) and the watermark (it counts submissions
one by one).
The limits of the rules of concentration are nowhere.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from services.release.epoch import Moment
from services.release.policy import Policy
from services.release.primary import Reason
from services.release.rows import ConfStatus, PublishedTable


@dataclass(frozen=True, slots=True)
class TableNote:
    """`suppressed`: rows without a number. `until_closing`: those of them that wait for the closing release."""

    name: str
    mode: str
    step: int
    threshold: int
    signed_off: str
    rows: int
    suppressed: int
    until_closing: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`inputs` commits to the watermark without saying it. `previous` is the hash of the release before, "" for the
    first: releases are a chain. `at_ms` is the time of the release, the only thing here that is not from its inputs."""

    survey: str
    epoch: int
    at_ms: int
    closing: bool
    policy: str
    tables: tuple[TableNote, ...]
    inputs: str
    previous: str
    content: str
    note: str = "A number stands as it was in the last release unless several respondents changed it."


@dataclass(frozen=True, slots=True)
class Audit:
    """For the data protection officer; not to be published. `kept` are cells held at their old value by table unit.
    `reasons`: by table, how many rows (or figures, as `figure:...`) were suppressed for which reason."""

    watermark: str
    moved: int
    kept: Mapping[str, int]
    recoverable_suppressed: int
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def content_hash(tables: Iterable[PublishedTable]) -> str:
    """SHA-256 of the tables as canonical JSON (hex)."""
    documents = [table.as_document() for table in tables]
    return hashlib.sha256(json.dumps(documents, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def note(table: PublishedTable, threshold: int) -> TableNote:
    """Of what everybody can see in the table, and its definition."""
    return TableNote(
        table.name,
        table.mode,
        table.step,
        threshold,
        table.signed_off,
        len(table.rows),
        sum(not row.published for row in table.rows),
        sum(row.conf_status is ConfStatus.NOT_YET for row in table.rows),
    )


def counted(reasons: Iterable[Mapping[str, Reason]]) -> dict[str, int]:
    """`reasons`: of each row, by indicator, "" for the row itself."""
    counts = Counter(f"figure:{reason}" if name else reason.value for row in reasons for name, reason in row.items())
    return dict(sorted(counts.items()))


def manifest(
    survey: str,
    epoch: int,
    moment: Moment,
    policy: Policy,
    tables: tuple[PublishedTable, ...],
    notes: tuple[TableNote, ...],
    previous: str,
    secret: bytes,
) -> Manifest:
    inputs = hmac.new(secret, f"watermark:{moment.watermark}".encode(), hashlib.sha256).hexdigest()
    return Manifest(
        survey, epoch, moment.now_ms, moment.closing, policy.version, notes, inputs, previous, content_hash(tables)
    )


def as_document(manifest: Manifest) -> dict[str, object]:
    return asdict(manifest)
