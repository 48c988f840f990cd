"""Waiting for an erasure: until its record is accounted for, and what it concerns is found and taken back."""

import time

from cli.control_record import Placed
from deploy.local.failure import Failure
from services.aggregate.erasing import Erasure
from services.aggregate.mongo_store import MongoStore
from services.aggregate.store import Unavailable
from services.runtime.settings import ServiceSettings

POLL_S = 0.2
APPLIED_S = 300.0
"""An erasure waits for all that was accepted before it: seconds, or minutes behind a burst. It goes on without us."""


def wait_until_done(settings: ServiceSettings, placed: Placed, deadline_s: float) -> Erasure:
    """Raises `Failure` if validate did not take it, or the time is over."""
    deadline = time.monotonic() + deadline_s
    store = MongoStore(settings.mongodb)
    try:
        while time.monotonic() < deadline:
            try:
                # In this order: the log is written with the watermark.
                passed = any(
                    mark.partition == placed.partition and mark.submissions_next > placed.offset
                    for mark in store.watermarks()
                )
                found = store.erasure_log.of([(placed.partition, placed.offset)])
            except Unavailable:
                passed, found = False, []
            if found and found[0].done_ms is not None:
                return found[0]
            if passed and not found:
                raise Failure(
                    f"Erasure {placed} was not applied: validate could not read it. Its list of rejections "
                    "(live.rejections) has the reason; compare the keys of this command with validate's."
                )
            time.sleep(POLL_S)
    finally:
        store.close()
    raise Failure(
        f"Erasure {placed} is not done yet. It stays in force: see `rihla status` for what lags, and "
        "`rihla erase --log` later."
    )
