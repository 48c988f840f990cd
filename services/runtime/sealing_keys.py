"""The sealing keys of a folder: which is the newest, and how long an old one is needed.

The id of a key begins with the time at which it was made: files that were restored, or that a platform mounts, have
other times than they had. An id without one is from before there were any, and older than all others.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from schemas.topics import DAY_MS, HOUR_MS

PUBLIC, PRIVATE = ".pub", ".key"

NEEDED_AFTER = timedelta(milliseconds=2 * (7 * DAY_MS + HOUR_MS))
"""How long a key can still be asked for after the next one came into use: a record lies up to seven days in
`submissions`, and if it was not accepted, its payload seven more in the outcome on `responses`; both in segments of an
hour. Then it is in the quarantine or nowhere."""

_TIMED = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")
_TIME = "%Y%m%dT%H%M%SZ"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """`private` and `public` tell which halves are in the folder. `made` is None where the id does not say it."""

    key_id: str
    made: datetime | None
    private: bool
    public: bool


def new_id(now: datetime, others: Iterable[str]) -> str:
    """Newer than each of the others, also where the clock of this machine is behind the one that made them."""
    last = max((made for made in map(made_at, others) if made is not None), default=_NEVER)
    return f"{max(now, last + timedelta(seconds=1) if last > _NEVER else now):{_TIME}}-{secrets.token_hex(4)}"


def made_at(key_id: str) -> datetime | None:
    found = _TIMED.fullmatch(key_id)
    try:
        return None if found is None else datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def key_id_of(path: Path) -> str:
    return path.stem.removeprefix("sealing-")


def path_of(folder: Path, key_id: str, half: str) -> Path:
    return folder / f"sealing-{key_id}{half}"


def sealing_keys(folder: Path) -> list[SealingKey]:
    """Of a folder, the oldest first."""
    halves: dict[str, set[str]] = {}
    changed: dict[str, int] = {}
    for path in folder.glob("sealing-*"):
        if path.suffix in (PUBLIC, PRIVATE):
            key_id = key_id_of(path)
            halves.setdefault(key_id, set()).add(path.suffix)
            changed[key_id] = max(changed.get(key_id, 0), path.stat().st_mtime_ns)
    order = sorted(halves, key=lambda key_id: (made_at(key_id) or _NEVER, changed[key_id], key_id))
    return [
        SealingKey(key_id, made_at(key_id), PRIVATE in halves[key_id], PUBLIC in halves[key_id]) for key_id in order
    ]


def needed_until(keys: Iterable[SealingKey]) -> Mapping[str, datetime | None]:
    """For each key but the newest, from when on the topics cannot hold anything that it sealed; None where the next one
    does not say when it was made. The quarantine can need it for longer. `keys` from the oldest on.

    What counts is when ingest took the next key, which is seconds after it was handed over; `rihla keys rotate
    --prune` looks at the records themselves as well.
    """
    listed = [key for key in keys if key.public]
    return {key.key_id: None if after.made is None else after.made + NEEDED_AFTER for key, after in pairwise(listed)}
