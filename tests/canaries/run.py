"""`make canaries`: thousands of interviews full of canaries through the whole running pipeline, every part killed.

    python -m tests.canaries.run [submissions]

Prints what was searched and ends with one JSON line; fails if a canary was found.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from deploy.local.plan import SERVICES
from deploy.local.stack import Stack
from tests.canaries.interviews import as_json, as_xml, household
from tests.canaries.phone import Phone
from tests.canaries.poison import write_poison
from tests.canaries.scene import open_scene, wait_until_accounted
from tests.canaries.searching import (
    Search,
    search_answers,
    search_documents,
    search_files,
    search_metrics,
    search_records,
)
from tests.canaries.sending import send_what_ingest_refuses, send_what_is_accepted, send_what_validate_rejects

SUBMISSIONS = 5_000
READY_S = 60.0
PAUSE_S = 0.05
COMMAND_S = 120
COMMANDS = (
    ("status",),
    ("erase", "--survey", "household-migration", "--instance", "-", "--wait"),
    ("erase", "--log"),
    ("release", "make", "household-migration"),
    ("release", "show", "household-migration"),
    ("privacy", "report"),
    ("risk", "household-migration"),
    ("keys", "list"),
)
"""What reads the ledger, the live tables or a sealed value."""


def send(phone: Phone, number: int) -> str:
    """One interview, until it is acknowledged: what a phone does while ingest is away. A retry is the same bytes.
    Returns its instance id."""
    c = phone.canaries
    as_a_script = number % 7 == 0
    tree, instance = household(c), c.phone("instance id in JSON" if as_a_script else "instance id")
    file = {f"{c.word('file name')}.jpg": c.text("content of a file").encode()} if number % 5 == 0 else {}
    body = as_xml(tree, instance)
    deadline = time.monotonic() + READY_S
    while True:
        try:
            status = phone.json(as_json(tree, instance)) if as_a_script else phone.xml(body, file)
        except (OSError, HTTPException):
            status = 0
        if status == 201:
            return instance
        if time.monotonic() > deadline:
            raise SystemExit(f"Ingest did not take an interview for {READY_S:.0f} s: {status}.")
        time.sleep(PAUSE_S)


def provoke(stack: Stack, phone: Phone, part: str) -> None:
    """Kills a part while interviews come in, and waits until it is back."""
    before = stack.pid(part)
    stack.kill(part)
    for number in range(20):
        send(phone, number)
    stack.wait_ready(part, READY_S, after_pid=before)


def told(stack: Stack, command: Sequence[str], asked: str) -> bytes:
    """What an operator reads, and what a command asks for goes in by a pipe."""
    program = [sys.executable, "-c", "from cli.app import main; main()", *command, "--data", str(stack.folder)]
    done = subprocess.run(program, input=asked.encode(), capture_output=True, timeout=COMMAND_S)
    return done.stdout + done.stderr


def main() -> None:
    submissions = int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS
    # So that the stack is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended before it was through."))
    names = [service.name for service in SERVICES]
    with tempfile.TemporaryDirectory(prefix="rihla-canaries-") as folder, Stack(Path(folder)) as stack:
        phone = open_scene(stack)
        send_what_is_accepted(phone)
        send_what_ingest_refuses(phone)
        send_what_validate_rejects(phone)
        victims = [*names, "kafka", "database"]
        for number in range(submissions):
            if number and number % (submissions // (len(victims) + 1) or 1) == 0 and victims:
                provoke(stack, phone, victims.pop(0))
            last = send(phone, number)
        write_poison(phone, phone.opened.settings.kafka, phone.opened.settings.keys.folder)
        wait_until_accounted(phone)
        search = Search(phone.canaries)
        for command in COMMANDS:
            said = told(stack, command, f"{last}\n")
            search.look("output", f"of rihla {' '.join(command)}", said)
        search_records(search, phone.opened.settings.kafka)
        search_documents(search, stack.mongo_uri)
        search_metrics(search, stack, names)
        search_answers(search, phone)
        search_files(search, stack)
    for kind, number in sorted(search.places.items()):
        print(f"{kind}: {number:,} searched, {search.sizes[kind]:,} bytes")
    for place, canary in sorted(search.finds):
        print(f"FOUND in {place}: {canary}")
    print(
        json.dumps(
            {
                "planted": len(phone.canaries.kinds),
                "submissions": phone.accepted,
                "places_searched": sum(search.places.values()),
                "found": len(search.finds),
            }
        )
    )
    sys.exit(bool(search.finds))


if __name__ == "__main__":
    main()
