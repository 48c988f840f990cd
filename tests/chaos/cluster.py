"""Three brokers on one machine, each a broker and a controller, with a listener for each class of clients.

Clients are told the address of a proxy in front of the listener, so that the way of one class of clients to one broker
can be cut. Peers and controllers reach each other through proxies too. The operator's tools go straight.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.local import kafka, plan
from deploy.local.kafka import Broker
from deploy.local.part import Part
from deploy.local.ports import HOST
from tests.chaos.proxy import Link

NODES = (1, 2, 3)
CLIENTS = ("ingest", "validate", "aggregate")
HEAP = "-Xmx160m"
"""Of each broker: 205 MB resident in all, under load and after restarts. The local stack's 384 MB are 350 resident."""
POLL_S = 0.3

_SMALL = {
    # Six listeners with three threads each would be 54 threads for one machine of two cores.
    "num.network.threads": "1",
    "num.io.threads": "3",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
}


@dataclass(frozen=True)
class Node:
    """`ports` of the listeners, and of the proxies in front of them, by listener."""

    broker: Broker
    ports: dict[str, int]
    proxies: dict[str, int]

    @property
    def name(self) -> str:
        return f"broker-{self.broker.node}"


def port_names() -> list[str]:
    """Names of all ports that `node` wants to be chosen."""
    listeners = ("plain", "controller", "peers", *CLIENTS)
    proxied = ("controller", "peers", *CLIENTS)
    return [
        *(f"broker-{listener}-{node}" for node in NODES for listener in listeners),
        *(f"proxy-{listener}-{node}" for node in NODES for listener in proxied),
    ]


def nodes(folder: Path, chosen: dict[str, int]) -> list[Node]:
    return [
        Node(
            Broker(
                node, chosen[f"broker-plain-{node}"], chosen[f"broker-controller-{node}"], folder / f"broker-{node}"
            ),
            {listener: chosen[f"broker-{listener}-{node}"] for listener in ("controller", "peers", *CLIENTS)},
            {listener: chosen[f"proxy-{listener}-{node}"] for listener in ("controller", "peers", *CLIENTS)},
        )
        for node in NODES
    ]


def links(cluster: Sequence[Node]) -> list[Link]:
    """Named `<listener>-<node>`."""
    return [
        Link(f"{listener}-{node.broker.node}", node.proxies[listener], node.ports[listener])
        for node in cluster
        for listener in ("controller", "peers", *CLIENTS)
    ]


def bootstrap(cluster: Sequence[Node], client: str | None = None) -> str:
    """Where a class of clients begins; None: the operator's tools."""
    ports = [node.broker.port if client is None else node.proxies[client] for node in cluster]
    return ",".join(f"{HOST}:{port}" for port in ports)


def write_configuration(node: Node, cluster: Sequence[Node]) -> None:
    kafka.write_configuration(node.broker, [each.broker for each in cluster])
    listeners = {"PLAINTEXT": node.broker.port, **{name.upper(): port for name, port in node.ports.items()}}
    advertised = {"PLAINTEXT": node.broker.port, **{name.upper(): port for name, port in node.proxies.items()}}
    voters = [
        # To itself a controller goes straight.
        f"{each.broker.node}@{HOST}:{each.ports['controller'] if each is node else each.proxies['controller']}"
        for each in cluster
    ]
    properties = {
        **kafka.properties(node.broker, [each.broker for each in cluster]),
        **_SMALL,
        "controller.quorum.voters": ",".join(voters),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
        "advertised.listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in advertised.items()),
        "inter.broker.listener.name": "PEERS",
    }
    node.broker.properties_file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def part(node: Node, java: Path, classes: str) -> Part:
    command = [HEAP if each.startswith("-Xmx") else each for each in kafka.command(node.broker, java, classes)]
    return Part(
        name=node.name,
        command=tuple(command),
        ready=lambda: kafka.answers(node.broker.address),
        address=node.broker.address,
        environment=plan.system_environment(),
        stop_s=20.0,  # it hands its partitions over first
    )


class Observer:
    """Asks the cluster who leads and who is in sync."""

    def __init__(self, servers: str, topics: Sequence[str]) -> None:
        self._servers = servers.split(",")
        self._topics = list(topics)

    def leaders(self, topic: str) -> dict[int, int]:
        """Partition -> node. KafkaError if nobody answers."""
        return {entry["partition_index"]: entry["leader_id"] for entry in self._describe([topic])[0]["partitions"]}

    def whole(self) -> bool:
        """Every replica of every partition is in sync."""
        try:
            found = self._describe(self._topics)
        except (KafkaError, OSError):
            return False
        return all(
            entry["leader_id"] >= 0 and len(entry["isr_nodes"]) == len(entry["replica_nodes"])
            for topic in found
            for entry in topic["partitions"]
        )

    def wait_whole(self, deadline_s: float) -> None:
        """TimeoutError."""
        deadline = time.monotonic() + deadline_s
        while not self.whole():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not all replicas were in sync after {deadline_s:g} s")
            time.sleep(POLL_S)

    def _describe(self, topics: list[str]) -> list[dict[str, Any]]:
        admin = KafkaAdminClient(bootstrap_servers=self._servers, request_timeout_ms=5_000, bootstrap_timeout_ms=5_000)
        try:
            return list(admin.describe_topics(topics))
        finally:
            admin.close()
