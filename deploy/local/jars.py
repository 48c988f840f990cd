"""Apache Kafka's jars: which ones (kafka.lock), where they lie, and how they get there the first time.

They are downloaded with jgo from where it knows them, six at a time, into a temporary folder, compared with the lock,
and only then moved to their place; so a download that breaks leaves nothing half done, and the next one goes on.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failure import Failure

LOCK = Path(__file__).with_name("kafka.lock")

PARALLEL = 6
"""Downloads at a time: the jars are many and small, so that latency counts more than bandwidth."""

TIMEOUT_S = 30
"""Silence of the server after which a download is given up."""

Progress = Callable[[int, int], None]
"""Is told the bytes that are there and the bytes in all."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock. `size` is in bytes, `sha256` in hex."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def read_lock(path: Path = LOCK) -> list[Jar]:
    """The jars in the order of the class path."""
    lines = (line.split() for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(group, artifact, version, int(size), sha256) for group, artifact, version, size, sha256 in lines]


def write_lock(path: Path, jars: Iterable[Jar]) -> None:
    lines = [f"{jar.group} {jar.artifact} {jar.version} {jar.size} {jar.sha256}" for jar in jars]
    path.write_text("\n".join(["# group artifact version bytes sha256; made by deploy.local.relock", *lines]) + "\n")


def cache_folder() -> Path:
    """RIHLA_CACHE, else the user's cache folder as the XDG rules have it."""
    if given := os.environ.get("RIHLA_CACHE"):
        return Path(given).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rihla"


def is_whole(jar: Jar, folder: Path) -> bool:
    """Whether the folder holds this jar, to the last bit."""
    path = folder / jar.filename
    if not path.is_file() or path.stat().st_size != jar.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


def missing(jars: Iterable[Jar], folder: Path) -> list[Jar]:
    """What must be downloaded: 0.1 s for the 43 MB of Kafka when all is there."""
    return [jar for jar in jars if not is_whole(jar, folder)]


def class_path(jars: Iterable[Jar], folder: Path) -> str:
    return os.pathsep.join(str(folder / jar.filename) for jar in jars)


def provide(cache: Path, progress: Progress | None = None, lock: Path = LOCK, what: str = "Kafka") -> str:
    """The class path of what a lock names, after downloading what is missing. Needs no network when nothing is.

    Raises `Failure` when a download breaks or brings other bytes than the lock says.
    """
    jars = read_lock(lock)
    folder = cache / lock.stem
    wanted = missing(jars, folder)
    if wanted:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _download(wanted, folder, progress or (lambda _done, _all: None))
        except OSError as error:
            raise Failure(
                f"{what} could not be downloaded into {cache} ({_reason(error)}): check the network and the disk, and "
                "start again; what has arrived is kept."
            ) from error
    return class_path(jars, folder)


def _download(jars: list[Jar], folder: Path, progress: Progress) -> None:
    total = sum(jar.size for jar in jars)
    done = 0
    progress(done, total)
    staging = Path(tempfile.mkdtemp(prefix="download-", dir=folder))
    pool = ThreadPoolExecutor(PARALLEL)
    try:
        for future in as_completed([pool.submit(_fetch, jar, staging, folder) for jar in jars]):
            done += future.result()
            progress(done, total)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(staging, ignore_errors=True)


def _fetch(jar: Jar, staging: Path, folder: Path) -> int:
    """Downloads one jar; returns its size in bytes. requests' exceptions are OSErrors."""
    from jgo.maven import MavenContext, PythonResolver  # half a second, and needed only the first time

    context = MavenContext(repo_cache=staging, timeout=TIMEOUT_S)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        path = PythonResolver().download(artifact)
    except RuntimeError as error:  # jgo's word for "no repository has it"
        raise OSError(f"{jar.filename} was not found") from error
    if path is None or _sha256(path) != jar.sha256:
        raise OSError(f"{jar.filename} arrived damaged")
    path.replace(folder / jar.filename)
    return jar.size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: OSError) -> str:
    """A few words for a person; the text of requests' exceptions is a stack of nested reprs."""
    if type(error).__module__.startswith(("requests", "urllib3")):
        return "the server cannot be reached"
    return error.strerror or str(error)
