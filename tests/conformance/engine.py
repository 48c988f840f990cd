"""JavaRosa as a resident process: Harness.java beside this file, around the jar of ODK Validate in pyxform's wheel.

The harness is compiled once, into the cache folder, by the Eclipse compiler, which needs a Java runtime only.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from deploy.local import jars, java

SOURCES = Path(__file__).with_name("javarosa")
LOCK = SOURCES / "ecj.lock"

PATIENCE_S = 10.0
"""A submission takes JavaRosa 2 ms; what takes this long never ends (a repeat that counts itself)."""

VALIDATED = 10
"""Each tenth submission is opened a second time, to see that our walk through the form ends where JavaRosa's does."""

MEMORY = "-Xmx384m"
FLAGS = (MEMORY, "-Xss4m", "-XX:+UseSerialGC", "-Duser.timezone=UTC", "-Duser.language=en", "-Duser.country=US")


class NoAnswer(Exception):
    """JavaRosa did not end, or its process did."""


class Refused(Exception):
    """JavaRosa could not do it; the text is its own."""


def classes(cache: Path) -> Path:
    """The folder of the compiled harness. Raises deploy.local.failure.Failure if the compiler cannot be downloaded."""
    sources = sorted(SOURCES.glob("*.java"))
    content = b"".join([LOCK.read_bytes(), *(source.read_bytes() for source in sources)])
    folder = cache / "harness" / hashlib.sha256(content).hexdigest()[:16]
    if folder.is_dir():
        return folder
    compiler = jars.provide(cache, lock=LOCK, what="The Eclipse compiler")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = tempfile.mkdtemp(prefix="compile-", dir=folder.parent)
    try:
        command = [java.find(), "-jar", compiler, "-proc:none", "-nowarn", "-17", "-cp", ODK_VALIDATE_PATH]
        subprocess.run([*command, "-d", staging, *sources], check=True, timeout=120)
        if not folder.is_dir():  # two of us at a time are both right
            os.rename(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


class JavaRosa:
    """One process. Not for two threads. After NoAnswer it has been started anew and has no form."""

    def __init__(self) -> None:
        self._classes = classes(jars.cache_folder())
        self._files = Path(tempfile.mkdtemp(prefix="javarosa-"))
        self._judged = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "JavaRosa":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def load(self, xform: str, files: Mapping[str, bytes], zone: str = "UTC") -> None:
        """Parses a form, with the files that come with it. Raises Refused, NoAnswer."""
        shutil.rmtree(self._files, ignore_errors=True)
        self._files.mkdir()
        for name, content in files.items():
            (self._files / name).write_bytes(content)
        self._ask({"do": "load", "xform": xform, "folder": str(self._files), "zone": zone})

    def blank(self) -> str:
        """A new submission, as saved without an answer."""
        return str(self._ask({"do": "blank"})["saved"])

    def judge(self, xml: str, anew: bool = False, validate: bool | None = None) -> dict[str, Any]:
        """What Judgement.java says. With `validate` also the word of FormDef.validate(); without a wish, of each tenth
        submission. Raises NoAnswer."""
        self._judged += 1
        wanted = self._judged % VALIDATED == 1 if validate is None else validate
        return self._say({"do": "judge", "xml": xml, "anew": anew, "validate": wanted})

    def evaluate(self, xml: str, asks: list[tuple[str, str]]) -> dict[str, Any]:
        """What Evaluation.java says of expressions, each with the place where it stands. Raises Refused, NoAnswer."""
        return self._ask({"do": "evaluate", "xml": xml, "asks": asks})

    def close(self) -> None:
        self._end()
        shutil.rmtree(self._files, ignore_errors=True)

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        answer = self._say(command)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer

    def _say(self, command: dict[str, Any]) -> dict[str, Any]:
        process = self._process or self._start()
        stdin, stdout = _pipe(process.stdin), _pipe(process.stdout)
        watch = threading.Timer(PATIENCE_S, process.kill)
        watch.daemon = True
        watch.start()
        try:
            stdin.write(json.dumps(command) + "\n")
            stdin.flush()
            line = stdout.readline()
        except OSError:
            line = ""
        finally:
            watch.cancel()
            watch.join()
        if not line:
            self._end()
            raise NoAnswer
        told: dict[str, Any] = json.loads(line)
        return told

    def _start(self) -> "subprocess.Popen[str]":
        path = os.pathsep.join([str(self._classes), str(ODK_VALIDATE_PATH)])
        self._process = subprocess.Popen(
            [java.find(), *FLAGS, "-cp", path, "Harness"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
