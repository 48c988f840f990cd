"""ODK Web Forms as an oracle: what its engine makes of a form and of submissions to it.

The engine runs in one node process that stays (oracle.mjs) with a bound on its memory and a deadline for each answer.
A process that breaks either is ended and a new one started; the form is loaded again when the next submission comes.
"""

import base64
import json
import os
import re
import selectors
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from deploy.local.failure import Failure
from tests.conformance.web_forms.install import HERE, Installed, provide

HEAP_MB = 1024
"""The engine's heap: a form with 250 questions needs 100 MB."""

START_S = 60.0
"""Until node and the engine are loaded: a second on an idle machine."""

ANSWER_S = 20.0
"""For one form or submission: 6 ms are usual, the largest forms of the corpus take 3 s."""

_ROW = re.compile(r"\[(\d+)\]")

Place = tuple[str, tuple[int, ...]]
"""A path below the root ("member/age") and the row numbers of the repeats around it, from 1, outermost first."""


@dataclass(frozen=True)
class Refused:
    """The engine did not load a form or open a submission: the class of its error, and its text if about a form."""

    error: str
    why: str = ""


@dataclass(frozen=True)
class Leaf:
    """One question or calculate. `violation` is "", "required" or "constraint"; an irrelevant one reads as ""."""

    relevant: bool
    value: str
    violation: str


Leaves = dict[Place, Leaf]


@dataclass(frozen=True)
class Opened:
    """A submission as the engine has it after opening; `saved` is the XML that it would send."""

    leaves: Leaves
    saved: str


class WebForms:
    """The oracle. To be used with `with`; raises deploy.local.failure.Failure if it cannot be installed."""

    def __init__(self) -> None:
        self._installed: Installed = provide()
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._form: dict[str, Any] | None = None
        self._loaded = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def load(self, xform: str, files: Mapping[str, bytes] | None = None) -> Refused | None:
        """Loads a form with its attached files; it serves until the next is loaded. None is success."""
        attached = {name: base64.b64encode(content).decode() for name, content in (files or {}).items()}
        self._form = {"form": xform.strip(), "files": attached}
        return self._load()

    def open(self, submission: str, now_ms: int) -> Opened | Refused:
        """What the engine makes of a submission that is opened again at `now_ms` (epoch)."""
        if not self._loaded and (refused := self._load()) is not None:
            return refused
        answer = self._ask({"submission": submission, "now": now_ms})
        if "error" in answer:
            return _refused(answer)
        leaves = {
            _place(reference): Leaf(relevant, value, violation)
            for reference, relevant, value, violation in answer["leaves"]
        }
        return Opened(leaves, answer["saved"])

    def _load(self) -> Refused | None:
        if self._form is None:
            raise RuntimeError("no form to load")
        answer = self._ask(self._form)
        self._loaded = "error" not in answer
        return None if self._loaded else _refused(answer)

    def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
            return self._answer(process, ANSWER_S)
        except (BrokenPipeError, TimeoutError, EOFError) as fault:
            self._end()
            return {"error": "Timeout" if isinstance(fault, TimeoutError) else "Ended"}

    def _start(self) -> subprocess.Popen[bytes]:
        node, packages = self._installed.node, self._installed.packages
        self._process = process = subprocess.Popen(
            [node, f"--max-old-space-size={HEAP_MB}", HERE / "oracle.mjs", packages],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )
        self._rest = b""
        try:
            self._answer(process, START_S)
        except (TimeoutError, EOFError) as fault:
            self._end()
            raise Failure(
                f"ODK Web Forms' engine did not start: remove the folder {packages}, and start again."
            ) from fault
        return process

    def _answer(self, process: subprocess.Popen[bytes], limit_s: float) -> dict[str, Any]:
        """The next line. Raises TimeoutError or EOFError."""
        assert process.stdout is not None
        deadline = time.monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                read = os.read(process.stdout.fileno(), 1 << 20)
                if not read:
                    raise EOFError
                self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        process, self._process, self._loaded = self._process, None, False
        if process is not None:
            process.kill()
            process.communicate()


def _refused(answer: Mapping[str, Any]) -> Refused:
    return Refused(answer["error"], answer.get("why", ""))


def _place(reference: str) -> Place:
    """ "/data/member[2]/age" as ("member/age", (2,))."""
    numbers = tuple(int(number) for number in _ROW.findall(reference))
    return _ROW.sub("", reference).removeprefix("/").partition("/")[2], numbers
