"""What `rihla keys list` shows: names, times and states, and nothing of what is in a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.survey.definition import SurveyDefinition
from services.runtime.sealing_keys import SealingKey, needed_until, sealing_keys
from services.runtime.survey_keys import mark_path, pseudonym_paths, secret_path, survey_hash
from services.validate.form_keys import PATTERN

BOTH, VALIDATE, RELEASE = "ingest, validate", "validate", "release"


@dataclass(frozen=True)
class KeyRow:
    file: str
    what: str
    made: str
    needed_by: str
    state: str


def key_rows(
    folder: Path,
    release: Path,
    surveys: Iterable[SurveyDefinition],
    closed: Mapping[str, int],
    now: datetime | None = None,
) -> list[KeyRow]:
    """`closed` surveys by name. A survey whose name nobody knows is shown by its hash."""
    when = now or datetime.now(UTC)
    rows = [_instance(folder, when), *_sealing(folder, when)] if folder.is_dir() else []
    names = {survey_hash(each.survey): each.survey for each in surveys}
    for path in sorted(folder.glob("survey-*.destroyed")):
        names.setdefault(path.stem.removeprefix("survey-"), path.read_text().strip())
    seen = set()
    for hashed in sorted(names, key=names.__getitem__):
        rows += _survey(folder, names[hashed], names[hashed] in closed, when)
        seen.add(hashed)
    for path in sorted(folder.glob("survey-*.key")):
        if path.stem.removeprefix("survey-") not in seen:
            rows.append(KeyRow(path.name, "secret of a survey", _age(path, when), VALIDATE, ""))
    rows += [
        KeyRow(path.name, _release(path, names), _age(path, when), RELEASE, "")
        for path in sorted(release.glob("release-*.key"))
    ]
    rows += [
        KeyRow(path.name, "opens a form that encrypts", _age(path, when), VALIDATE, "")
        for path in sorted(folder.glob(PATTERN))
    ]
    return rows


def _instance(folder: Path, now: datetime) -> KeyRow:
    path = folder / "instance.key"
    there = path.exists()
    made, state = (_age(path, now), "") if there else ("", "missing: restore it")
    return KeyRow(path.name, "hashes instance ids", made, BOTH, state)


def _sealing(folder: Path, now: datetime) -> list[KeyRow]:
    found = sealing_keys(folder)
    until = needed_until(found)
    newest = next((key.key_id for key in reversed(found) if key.public), None)
    rows = []
    for key in found:
        path = folder / f"sealing-{key.key_id}.{'key' if key.private else 'pub'}"
        rows.append(
            KeyRow(
                f"sealing-{key.key_id}",
                "seals and opens submissions" if key.private else "seals submissions",
                _days(now - key.made) if key.made is not None else _age(path, now),
                BOTH if key.key_id == newest else VALIDATE if key.private else "nobody",
                _state(key, newest, until.get(key.key_id), now),
            )
        )
    return rows


def _state(key: SealingKey, newest: str | None, until: datetime | None, now: datetime) -> str:
    if not key.public:
        return "public half missing: `rihla keys init` makes it again"
    if key.key_id == newest:
        return "newest" if key.private else "newest; private half not here"
    if not key.private:
        return "old; private half not here"
    if until is None:
        return "old; opens what it sealed"
    if until > now:
        return f"old; needed until {until:%Y-%m-%d %H:%M} UTC, and as long as the quarantine holds what it sealed"
    return "old; can go unless the quarantine needs it: rihla keys rotate sealing --prune"


def _survey(folder: Path, survey: str, closed: bool, now: datetime) -> list[KeyRow]:
    path = secret_path(folder, survey)
    versions = pseudonym_paths(folder, survey)
    left = [path, *versions.values()] if path.exists() else list(versions.values())
    if mark_path(folder, survey).exists():
        state = f"destroyed, but files are left: rihla keys destroy {survey}" if left else "destroyed"
        mark = mark_path(folder, survey)
        return [KeyRow(mark.name, f"{survey}: no key any more", _age(mark, now), "nobody", state)]
    if not path.exists():
        return [KeyRow(path.name, f"{survey}: secret", "", VALIDATE, "missing: restore it")]
    state = "; closed" if closed else ""
    newest = max(versions, default=1)
    rows = [KeyRow(path.name, f"{survey}: secret", _age(path, now), VALIDATE, f"pseudonyms p{newest}{state}")]
    for number, each in versions.items():
        rows.append(
            KeyRow(
                each.name, f"{survey}: pseudonyms p{number}", _age(each, now), VALIDATE, "newest" * (number == newest)
            )
        )
    return rows


def _release(path: Path, names: Mapping[str, str]) -> str:
    hashed = path.stem.removeprefix("release-")
    return f"{names.get(hashed, 'a survey')}: rounding of releases"


def _age(path: Path, now: datetime) -> str:
    return _days(now - datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _days(age: timedelta) -> str:
    days = age.days
    return "today" if days < 1 else f"{days} day{'s' * (days > 1)} ago"
