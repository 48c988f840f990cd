"""The parts of a world as the supervisor needs them, and what prepares them."""

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from deploy.local import database, jars, java, kafka, plan, processes
from deploy.local.database import Database
from deploy.local.failure import Failure
from deploy.local.log_files import last_line, open_for_part
from deploy.local.part import Part
from deploy.local.plan import Plan
from deploy.local.stack import PREPARE
from tests.chaos import cluster
from tests.chaos.cluster import Node
from tests.chaos.proxy import Link

DATABASE = "database"
PHONES, STORE = "phones", "store"
"""Links: phones to ingest, aggregate to the database."""

PREPARE_S = 180.0
"""Of all topics with three replicas, on a machine that is busy."""


def links(nodes: Sequence[Node], ports: Mapping[str, int]) -> list[Link]:
    return [
        *cluster.links(nodes),
        Link(PHONES, ports[f"proxy-{PHONES}"], ports["ingest"]),
        Link(STORE, ports[f"proxy-{STORE}"], ports[DATABASE], database=True),
    ]


def infrastructure(nodes: Sequence[Node], store: Database) -> list[Part]:
    """Brokers, formatted, and the database."""
    runtime, classes = java.find(), jars.provide(jars.cache_folder())
    identity = kafka.new_cluster_id()

    def prepared(node: Node) -> Part:
        cluster.write_configuration(node, nodes)
        kafka.format_once(node.broker, runtime, classes, identity)
        return cluster.part(node, runtime, classes)

    database.prepare(store)
    with ThreadPoolExecutor(len(nodes)) as threads:
        return [*threads.map(prepared, nodes), plan.database_part(store)]


def services(planned: Plan, nodes: Sequence[Node], store: str, python_path: Mapping[str, str]) -> list[Part]:
    """As in the local stack, but each goes through the links of its class, and by a clock that can jump. `store` is
    the address of the link to the database."""
    found = []
    for part in planned.services:
        client = part.name.partition("-")[0]
        own = {plan.KAFKA_ADDRESS: cluster.bootstrap(nodes, client), **python_path}
        if plan.DATABASE_ADDRESS in part.environment:
            assert planned.database is not None
            direct = part.environment[plan.DATABASE_ADDRESS]
            own[plan.DATABASE_ADDRESS] = direct.replace(planned.database.address, store)
        found.append(replace(part, environment={**part.environment, **own}))
    return found


def prepare(folder: Path, planned: Plan) -> None:
    """Makes keys, topics, watermarks and indexes."""
    log = folder / "logs" / "prepare.log"
    environment = {**plan.system_environment(), **planned.provisioning, processes.MARK: str(folder)}
    with open_for_part(log) as out:
        answer = subprocess.run(
            PREPARE, stdout=out, stderr=subprocess.STDOUT, env=environment, timeout=PREPARE_S, check=False,
            start_new_session=True,
        )  # fmt: skip
    if answer.returncode != 0:
        raise Failure(f"the topics could not be made: {last_line(log)}")
