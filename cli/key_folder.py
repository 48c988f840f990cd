"""The folder of keys that a command works on."""

import os
from dataclasses import dataclass
from pathlib import Path

from cli.where import settings_of
from deploy.local import state
from deploy.local.failure import Failure
from services.runtime.key_files import open_to_others
from services.runtime.settings import ServiceSettings

FOLDER = "RIHLA_KEYS__FOLDER"
RELEASE_FOLDER = "RIHLA_KEYS__RELEASE"
_SHOWN = 5


@dataclass(frozen=True)
class Keys:
    """`release` is the folder of release's keys, often the same. `settings` are those of the cluster; None where none
    is named, which keys can do without."""

    folder: Path
    release: Path
    settings: ServiceSettings | None

    def files(self) -> list[str]:
        """The names of all key files, in both folders."""
        return sorted({path.name for folder in {self.folder, self.release} for path in folder.glob("[!.]*")})

    def path(self, name: str) -> Path:
        return (self.release if name.startswith("release-") else self.folder) / name

    def cluster(self) -> ServiceSettings:
        """Raises `Failure` if none is named."""
        if self.settings is None:
            raise Failure(f"This needs the cluster: run it where {FOLDER} and RIHLA_KAFKA__BOOTSTRAP_SERVERS are set.")
        return self.settings

    def refuse_open(self) -> None:
        """Raises `Failure` if anybody but the owner can read a key."""
        if not self.folder.is_dir():
            raise Failure(f"There is no folder {self.folder}: `rihla keys init` makes it, or set {FOLDER}.")
        found = list(dict.fromkeys([*open_to_others(self.folder), *open_to_others(self.release)]))
        if found:
            names = ", ".join(path.name for path in found[:_SHOWN]) + (" and more" if len(found) > _SHOWN else "")
            raise Failure(
                f"Other users of this machine can read {names}. Close it: chmod -R go-rwx {self.folder}; and if "
                "somebody may have read a private key, rotate it."
            )


def keys_of(data: Path) -> Keys:
    """What the environment names, else the folder of the stack in `data`, whether or not it was ever started."""
    environment = state.running_environment(data) | os.environ
    named = environment.get(FOLDER)
    try:
        settings = settings_of(data)
    except Failure:
        settings = None
    folder = Path(named) if named else data / "keys"
    release = environment.get(RELEASE_FOLDER)
    return Keys(folder, Path(release) if release else folder, settings)
