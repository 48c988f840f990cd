"""Older workers beside newer ones: each is replaced in turn by a release one ahead, and back again.

The newer release is a copied tree whose messages hold an optional field more, which docs/adr/0003 allows without a new
version: so the roll goes in any order, and back.
"""

import re
import shutil
import time
from pathlib import Path
from random import Random

import schemas
import services
from tests.chaos.nemesis import EVERYTHING, Nemesis
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage
from tests.chaos.world import WORKERS

READY_S = 300.0
NEW_FIELD = "since_next_release"

_EDITS = (
    # Every message of the release has the field, and says so.
    (
        "schemas/message.py",
        r"    schema_version: int = 1\n",
        f"    schema_version: int = 1\n    {NEW_FIELD}: int = 0\n",
    ),
    ("services/ingest/record.py", r'"kind": "submission",', f'"kind": "submission", "{NEW_FIELD}": 1,'),
    ("services/validate/outcome.py", r'"kind": "response",', f'"kind": "response", "{NEW_FIELD}": 1,'),
    ("services/validate/outcome.py", r"(Rejection|Refusal|Held|Withdrawn)\(\n", rf"\1({NEW_FIELD}=1,\n"),
)


def newer_tree(folder: Path) -> Path:
    """Makes the newer release in a folder, unless it is there. Raises ValueError where the code has no such place."""
    if folder.exists():
        return folder
    staged = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    for package in (schemas, services):
        source = Path(next(iter(package.__path__)))
        shutil.copytree(source, staged / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, after in _EDITS:
        path = staged / name
        text, found = re.subn(before, after, path.read_text())
        if not found:
            raise ValueError(f"{name} has no {before}: mend the list of edits")
        path.write_text(text)
    staged.rename(folder)
    return folder


def roll(stage: Stage, random: Random) -> Struck:
    """Some workers in turn to the newer release, and then the same ones back, under load all the time."""
    tree = newer_tree(stage.world.folder / "newer")
    names = random.sample(WORKERS, random.randint(2, len(WORKERS)))
    for path in (stage.world.python_path(tree), stage.world.python_path()):
        for name in names:
            stage.world.again(name, path)
            stage.world.wait_ready(name, READY_S)
    return Struck(time.monotonic())


NEMESES = (Nemesis("older_beside_newer", EVERYTHING, roll),)
