"""Which parts a stack has, on which ports, and with which environment. Pure but for the choice of free ports."""

import http.client
import os
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import database, kafka, ports, variables
from deploy.local.database import Database
from deploy.local.failure import Failure
from deploy.local.kafka import Broker
from deploy.local.part import Part
from deploy.mongodb.roles import Databases
from services.aggregate.settings import Settings as AggregateSettings
from services.ingest.settings import Settings as IngestSettings
from services.release.settings import Settings as ReleaseSettings
from services.runtime.settings import MongoSettings, ServiceSettings
from services.validate.settings import Settings as ValidateSettings

KAFKA_ADDRESS = "RIHLA_KAFKA__BOOTSTRAP_SERVERS"
DATABASE_ADDRESS = "RIHLA_MONGODB__URI"
DATABASE_PASSWORD = "RIHLA_MONGODB__PASSWORD_FILE"  # noqa: S105 - the name of a variable
CREDENTIALS = "credentials"
"""Folder of the passwords in the stack's folder."""

PROVISIONING, TOOLS = "provision", "operator"
"""The database's users for what prepares it, and for the `rihla` command."""

PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Service:
    """A service as the stack starts it. `port_setting` is the variable by which it is told its port; it answers
    /readyz there. Of several instances each has a port of its own. It is given the variables that its `settings` know,
    and an address of the database if it has a user there."""

    name: str
    command: tuple[str, ...]
    port_setting: str
    usual_port: int
    instances: int = 1
    settings: type[ServiceSettings] = ServiceSettings
    database_user: str | None = None

    def names(self) -> list[str]:
        """Part names: "validate", or "validate-1", "validate-2" when there are several."""
        if self.instances == 1:
            return [self.name]
        return [f"{self.name}-{number}" for number in range(1, self.instances + 1)]


def _service(
    name: str, settings: type[ServiceSettings], port_setting: str, usual_port: int, database_user: str | None = None
) -> Service:
    command = (sys.executable, "-m", f"services.{name}.app")
    return Service(name, command, port_setting, usual_port, settings=settings, database_user=database_user)


SERVICES = (
    _service("ingest", IngestSettings, "RIHLA_INGEST__PORT", 8080),
    _service("validate", ValidateSettings, "RIHLA_WATCH__PORT", 9101),
    _service("aggregate", AggregateSettings, "RIHLA_WATCH__PORT", 9102, database_user="aggregate"),
    _service("release", ReleaseSettings, "RIHLA_WATCH__PORT", 9103, database_user="release"),
)
"""In the order of the data."""


@dataclass(frozen=True)
class Plan:
    """`environment` holds the RIHLA_* variables by which tools find the stack; `provisioning` those of what prepares
    it. None holds the password of a database that this stack has made."""

    ports: dict[str, int]
    environment: dict[str, str]
    provisioning: dict[str, str]
    broker: Broker | None
    database: Database | None
    services: tuple[Part, ...] = field(default=())


def usual_ports(services: Sequence[Service], given: Mapping[str, str], well_known: bool) -> dict[str, int | None]:
    """The ports to choose, by name. Without `well_known` any will do: for tests, which run beside each other."""
    usual: dict[str, int | None] = {}
    if KAFKA_ADDRESS not in given:
        usual |= {"kafka": 9092, "kafka-controller": 9093}
    if DATABASE_ADDRESS not in given:
        usual |= {"database": 27017}
    for service in services:
        usual |= {name: service.usual_port + 10 * place for place, name in enumerate(service.names())}
    return usual if well_known else dict.fromkeys(usual)


def named_ports(services: Sequence[Service], given: Mapping[str, str]) -> dict[str, int]:
    """Ports that the user has set for a service by its variable; one that several services share names none.

    Raises `Failure` for what is not a port.
    """
    named = {}
    settings = [service.port_setting for service in services]
    for service in services:
        text = given.get(service.port_setting)
        if text is None or settings.count(service.port_setting) > 1:
            continue
        if not text.isdecimal() or not 0 < int(text) < 65_536:
            raise Failure(f"{service.port_setting} is {text!r}, which is not a port: set it to a number up to 65535.")
        named[service.names()[0]] = int(text)
    return named


def make(
    folder: Path, services: Sequence[Service], given: Mapping[str, str], chosen: dict[str, int], partitions: int
) -> Plan:
    """The plan for a folder. `given` are RIHLA_* variables that the user has set; they go before what is usual here."""
    broker = store = None
    shared = {
        "RIHLA_KAFKA__PARTITIONS": str(partitions),
        "RIHLA_KEYS__FOLDER": str(folder / "keys"),
        "RIHLA_INGEST__HOST": ports.HOST,
        "RIHLA_WATCH__HOST": ports.HOST,
        **given,
    }
    if "kafka" in chosen:
        broker = Broker(1, chosen["kafka"], chosen["kafka-controller"], folder / "kafka")
        shared[KAFKA_ADDRESS] = broker.address
    if "database" in chosen:
        store = Database(chosen["database"], folder / "database", folder / CREDENTIALS, database_names(given))
    parts = [
        _part(service, name, {**_environment(service, shared, store), service.port_setting: str(chosen[name])}, chosen)
        for service in services
        for name in service.names()
    ]
    ingest = {"RIHLA_INGEST__PORT": str(chosen["ingest"])} if "ingest" in chosen else {}
    common = variables.known(shared, ServiceSettings)
    # `rihla release make` works by the same rules as the service.
    releases = variables.known(shared, ReleaseSettings)
    tools = {**common, **releases, **ingest, **_connection(store, TOOLS)}
    return Plan(chosen, tools, {**common, **_connection(store, PROVISIONING)}, broker, store, tuple(parts))


def database_names(given: Mapping[str, str]) -> Databases:
    usual = MongoSettings()
    return Databases(
        *(given.get(f"RIHLA_MONGODB__{name.upper()}", getattr(usual, name)) for name in Databases.__annotations__)
    )


def _environment(service: Service, shared: Mapping[str, str], store: Database | None) -> dict[str, str]:
    """What a service knows. One without a user in the database learns neither where it is nor who has access."""
    known = variables.known(shared, service.settings)
    if service.database_user is None:
        return {name: value for name, value in known.items() if not name.upper().startswith("RIHLA_MONGODB")}
    return {**known, **_connection(store, service.database_user)}


def _connection(store: Database | None, user: str) -> dict[str, str]:
    """How a user reaches the database of this stack; for one that was given, nothing."""
    if store is None:
        return {}
    return {DATABASE_ADDRESS: store.uri(user), DATABASE_PASSWORD: str(store.password_file(user))}


def broker_part(broker: Broker, java: Path, classes: str) -> Part:
    return Part(
        name="kafka",
        command=tuple(kafka.command(broker, java, classes)),
        ready=lambda: kafka.answers(broker.address),
        address=broker.address,
        environment=system_environment(),
    )


def database_part(store: Database) -> Part:
    return Part(
        name="database",
        command=tuple(database.command(store)),
        ready=lambda: database.answers(store),
        address=store.address,
        environment=system_environment(),
    )


def _part(service: Service, name: str, environment: Mapping[str, str], chosen: Mapping[str, int]) -> Part:
    url = f"http://{ports.HOST}:{chosen[name]}"
    return Part(
        name=name,
        command=service.command,
        ready=answers_ready(f"{url}/readyz"),
        address=url,
        # A service gives itself 4 s to leave its group and to close its clients.
        stop_s=5.0,
        probe_url=f"{url}/readyz",
        environment={**system_environment(), **environment},
    )


def answers_ready(url: str) -> Callable[[], bool]:
    """Whether a service answers 200 at this address."""

    def ready() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310 - http, our own
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    return ready


def system_environment() -> dict[str, str]:
    """What every process needs from outside (PATH, HOME, LANG), without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RIHLA_")}
