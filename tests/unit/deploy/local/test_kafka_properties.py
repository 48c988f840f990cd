from pathlib import Path

from deploy.local.kafka import Broker, new_cluster_id, properties
from schemas.topics import MAX_MESSAGE_BYTES

FOLDER = Path("data/kafka")
ALONE = Broker(1, 9092, 9093, FOLDER)
THREE = [Broker(node, 9000 + node, 9100 + node, FOLDER / str(node)) for node in (1, 2, 3)]


def test_every_listener_is_on_the_loopback_address() -> None:
    settings = properties(ALONE, [ALONE])
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"


def test_one_broker_replicates_nothing() -> None:
    settings = properties(ALONE, [ALONE])
    names = [name for name in settings if name.endswith((".replication.factor", ".min.isr", "insync.replicas"))]
    assert len(names) == 7
    assert {settings[name] for name in names} == {"1"}


def test_three_brokers_keep_three_copies_of_which_two_must_acknowledge() -> None:
    settings = properties(THREE[0], THREE)
    assert settings["default.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == "2"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"


def test_topics_are_not_made_by_chance_and_the_largest_message_fits() -> None:
    settings = properties(ALONE, [ALONE])
    assert settings["auto.create.topics.enable"] == "false"
    assert int(settings["message.max.bytes"]) > MAX_MESSAGE_BYTES


def test_cluster_ids_are_what_kafka_takes() -> None:
    ids = {new_cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(name) == 22 and not name.startswith("-") for name in ids)
