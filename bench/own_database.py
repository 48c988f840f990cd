"""A database for one benchmark, in a folder that goes with it."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.local import ports
from deploy.local.database import Database, answers, command, prepare

START_DEADLINE_S = 60.0


@contextmanager
def own_database() -> Iterator[tuple[Database, psutil.Process]]:
    """Ready, and ended with the block, whatever ends it."""
    with tempfile.TemporaryDirectory() as folder:
        port = ports.choose({"database": None}, {}, {})["database"]
        database = Database(port, Path(folder), Path(folder) / "credentials")
        prepare(database)
        process = psutil.Popen(command(database), stdout=sys.stderr, stderr=sys.stderr)
        try:
            deadline = time.monotonic() + START_DEADLINE_S
            while not answers(database):
                assert time.monotonic() < deadline, "the database does not start"
                time.sleep(0.1)
            yield database, process
        finally:
            process.kill()
            process.wait()
