"""Apache Kafka as a process: broker and controller in one, from jars.

Written for any number of brokers on one machine, of which the local stack runs one and tests may run three.
"""

import contextlib
import logging
import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failure import Failure
from deploy.local.ports import HOST
from schemas.topics import MAX_MESSAGE_BYTES

FORMAT_TIMEOUT_S = 60
"""Formatting takes one second here; this is for a machine that is short of memory."""

PROBE_TIMEOUT_MS = 2_000

_JVM = (
    "-Xmx384m",  # measured: 340 to 360 MB resident in all, and enough for tens of thousands of records a second
    "-XX:+UseSerialGC",  # two cores: a collector with threads of its own takes them from the services
    "-XX:TieredStopAtLevel=1",  # starts in 2.5 s; the optimising compiler would compete with the services for minutes
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True)
class Broker:
    """One node. Everything it writes lies in `folder`."""

    node: int
    port: int
    controller_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def properties_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def log4j_file(self) -> Path:
        return self.folder / "log4j2.properties"

    @property
    def formatted_mark(self) -> Path:
        return self.folder / "formatted"


def properties(broker: Broker, quorum: Sequence[Broker]) -> dict[str, str]:
    """The settings of one broker of a cluster whose brokers are all of `quorum`."""
    replication = min(3, len(quorum))
    in_sync = max(1, replication - 1)
    return {
        "process.roles": "broker,controller",
        "node.id": str(broker.node),
        "controller.quorum.voters": ",".join(f"{peer.node}@{HOST}:{peer.controller_port}" for peer in quorum),
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners": f"PLAINTEXT://{broker.address},CONTROLLER://{HOST}:{broker.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{broker.address}",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(broker.folder / "log"),
        # Topics come from provisioning alone: one that a typing error made would swallow records.
        "auto.create.topics.enable": "false",
        # Room for the batch's own header around a record of the largest size.
        "message.max.bytes": str(MAX_MESSAGE_BYTES + 64 * 1024),
        "replica.fetch.max.bytes": str(MAX_MESSAGE_BYTES + 64 * 1024),
        "default.replication.factor": str(replication),
        "min.insync.replicas": str(in_sync),
        "offsets.topic.replication.factor": str(replication),
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": str(replication),
        "transaction.state.log.min.isr": str(in_sync),
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": str(replication),
        "share.coordinator.state.topic.min.isr": str(in_sync),
        "share.coordinator.state.topic.num.partitions": "4",
        # The first member of a group does not wait for others.
        "group.initial.rebalance.delay.ms": "0",
        # A broker that was killed is let in again once its old session has ended: 9 to 13 s with these, 17 s without.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
    }


def write_configuration(broker: Broker, quorum: Sequence[Broker]) -> None:
    """Writes the files that the process reads. They hold ports, so they are written at every start."""
    broker.folder.mkdir(parents=True, exist_ok=True)
    broker.properties_file.write_text("".join(f"{k}={v}\n" for k, v in properties(broker, quorum).items()))
    broker.log4j_file.write_text(
        "appender.stdout.type = Console\n"
        "appender.stdout.name = stdout\n"
        "appender.stdout.layout.type = PatternLayout\n"
        "appender.stdout.layout.pattern = %d{ISO8601} %p %m (%c)%n\n"
        "rootLogger.level = WARN\n"
        "rootLogger.appenderRef.stdout.ref = stdout\n"
        "logger.server.name = kafka.server.KafkaRaftServer\n"
        "logger.server.level = INFO\n"
    )


def format_once(broker: Broker, java: Path, classes: str, cluster: str | None = None) -> None:
    """Gives the broker's folder the identity of its cluster, unless it has one. One second of Java.

    The mark is written last, so that a formatting that was killed is done again.
    """
    if broker.formatted_mark.exists():
        return
    cluster = cluster or new_cluster_id()
    tool = [*_java(broker, java, classes), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command = [*tool, "-t", cluster, "-c", str(broker.properties_file)]
    try:
        answer = subprocess.run(  # noqa: S603 - our own arguments
            command,
            capture_output=True,
            text=True,
            timeout=FORMAT_TIMEOUT_S,
            check=False,
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"Kafka took longer than {FORMAT_TIMEOUT_S} s to prepare {broker.folder}: try again.") from None
    if answer.returncode != 0:
        lines = (answer.stderr + answer.stdout).strip().splitlines() or ["no output"]
        raise Failure(f"Kafka could not prepare {broker.folder}: {lines[-1]}")
    broker.formatted_mark.write_text(cluster + "\n")


def new_cluster_id() -> str:
    """A random id as Kafka writes it: 22 characters of base64; one that starts with "-" would be read as an option."""
    while (name := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return name


def command(broker: Broker, java: Path, classes: str) -> list[str]:
    return [*_java(broker, java, classes), "kafka.Kafka", str(broker.properties_file)]


def _java(broker: Broker, java: Path, classes: str) -> list[str]:
    return [str(java), *_JVM, f"-Dlog4j2.configurationFile={broker.log4j_file}", "-cp", classes]


def answers(address: str) -> bool:
    """Whether the broker at this address is up and let into its cluster: it lists itself among the live brokers."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return _lists_itself(address)
    return False


def _lists_itself(address: str) -> bool:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    # The client reports every refused connection; while a broker starts that is no news.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=address, request_timeout_ms=PROBE_TIMEOUT_MS, bootstrap_timeout_ms=PROBE_TIMEOUT_MS
        )
    except (KafkaError, OSError, ValueError):
        return False
    try:
        brokers = admin.describe_cluster()["brokers"]
        return any(f"{b['host']}:{b['port']}" == address and not b.get("is_fenced") for b in brokers)
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
