"""Settings that every process shares: read once from the environment at start, typed, and handed on.

Variables are named RIHLA_<SECTION>__<NAME>, for example RIHLA_KAFKA__BOOTSTRAP_SERVERS. A service adds a section of
its own in services/<service>/settings.py. The local stack, compose and Kubernetes all set these same variables.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KafkaSettings(Section):
    """The cluster. `prefix` stands before every topic and group name, so that two stacks can share a cluster."""

    bootstrap_servers: str = "127.0.0.1:9092"
    prefix: str = ""
    partitions: Annotated[int, Field(ge=1, le=1024)] = 4
    replication: Annotated[int, Field(ge=1)] = 1
    min_insync: Annotated[int, Field(ge=1)] = 1

    def topic(self, name: str) -> str:
        """Name in the cluster of a topic of schemas.topics."""
        return self.prefix + name


class MongoSettings(Section):
    """The database server: needs transactions, so a replica set (of one, if need be)."""

    uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?replicaSet=rs0")
    ledger: str = "ledger"
    live: str = "live"


class KeySettings(Section):
    """Folder of key files. Ingest needs `sealing-*.pub` and `instance.key`; validate also the private ones."""

    folder: Path = Path("data/keys")


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
