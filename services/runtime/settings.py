"""Settings that every process shares: read once from the environment at start, typed, and handed on.

Variables are named RIHLA_<SECTION>__<NAME>, for example RIHLA_KAFKA__BOOTSTRAP_SERVERS. A service adds a section of
its own in services/<service>/settings.py. The local stack, compose and Kubernetes all set these same variables.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import quote_plus

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KafkaSettings(Section):
    """The cluster. `prefix` stands before every topic and group name, so that two stacks can share a cluster."""

    bootstrap_servers: str = "127.0.0.1:9092"
    prefix: str = ""
    partitions: Annotated[int, Field(ge=1, le=1024)] = 4
    """Of each data topic at the first start. `rihla partitions grow` adds more later; this need not follow."""
    replication: Annotated[int, Field(ge=1)] = 1
    min_insync: Annotated[int, Field(ge=1)] = 1

    def topic(self, name: str) -> str:
        """Name in the cluster of a topic of schemas.topics."""
        return self.prefix + name


class MongoSettings(Section):
    """The database server: needs transactions, so a replica set (of one, if need be). `uri` names who connects, and
    deploy/mongodb/roles.py what each may do."""

    uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?replicaSet=rs0")
    password_file: Path | None = None
    """The password of the user in `uri`, which then has none itself. So it stands in no environment and no list of
    processes."""
    ledger: str = "ledger"
    live: str = "live"
    released: str = "released"
    audit: str = "audit"

    @model_validator(mode="before")
    @classmethod
    def _fill_in_the_password(cls, given: object) -> object:
        if not isinstance(given, dict) or not given.get("password_file"):
            return given
        uri = given.get("uri", cls.model_fields["uri"].default)
        text = uri.get_secret_value() if isinstance(uri, SecretStr) else str(uri)
        # Read once: these settings may be taken apart and put together again.
        return {**given, "uri": with_password(text, Path(given["password_file"])), "password_file": None}


def with_password(uri: str, file: Path) -> str:
    """The address with the password that the file holds. ValueError, which shows neither of them, if it has one, if it
    names no user, or if the file cannot be read."""
    scheme, _, rest = uri.partition("://")
    user, at, hosts = rest.partition("@")
    if not at or ":" in user:
        raise ValueError("with a password_file the uri names a user and no password: mongodb://USER@HOST/")
    try:
        password = file.read_text().strip()
    except OSError as error:
        raise ValueError(f"the password_file {file} cannot be read ({error.strerror})") from None
    if not password:
        raise ValueError(f"the password_file {file} is empty")
    return f"{scheme}://{user}:{quote_plus(password)}@{hosts}"


class KeySettings(Section):
    """Folder of key files. Ingest needs `sealing-*.pub` and `instance.key`; validate also the private ones."""

    folder: Path = Path("data/keys")
    release: Path | None = None
    """Folder of the release keys (`release-*.key`), for release alone; without it, `folder`."""

    @property
    def release_folder(self) -> Path:
        return self.release or self.folder


class WatchSettings(Section):
    """Where /metrics, /healthz and /readyz are served."""

    host: str = "127.0.0.1"
    port: Port = 9100


class LogSettings(Section):
    level: str = "INFO"


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="RIHLA_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        # A value that is wrong can be a password in the wrong variable.
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    mongodb: MongoSettings = MongoSettings()
    keys: KeySettings = KeySettings()
    watch: WatchSettings = WatchSettings()
    log: LogSettings = LogSettings()
