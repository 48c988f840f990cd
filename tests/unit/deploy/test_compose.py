"""docker-compose.yml carries the settings of the services, and its parts fit together."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.topics import MAX_MESSAGE_BYTES
from services.aggregate.settings import Settings as AggregateSettings
from services.ingest.settings import Settings as IngestSettings
from services.release.settings import Settings as ReleaseSettings
from services.runtime.settings import ServiceSettings
from services.validate.settings import Settings as ValidateSettings

ROOT = Path(__file__).parents[3]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "ingest": IngestSettings,
    "validate": ValidateSettings,
    "aggregate": AggregateSettings,
    "release": ReleaseSettings,
    "provision": AggregateSettings,
    "provision-release": ReleaseSettings,
    "rihla": ServiceSettings,
    "rihla-provision": ServiceSettings,
}
SERVICES = ("ingest", "validate", "aggregate", "release")
PASSWORD_FILE = "RIHLA_MONGODB__PASSWORD_FILE"
DATABASE_USERS = {
    "provision": "provision",
    "provision-release": "provision",
    "aggregate": "aggregate",
    "release": "release",
    "rihla": "operator",
    "rihla-provision": "provision",
}
"""Container -> its user in the database. The others have none."""
BROKERS = ("kafka-1", "kafka-2", "kafka-3")

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]


def own_environment(container: str) -> dict[str, str]:
    return {k: v for k, v in CONTAINERS[container].get("environment", {}).items() if k.startswith("RIHLA_")}


def settings_of(container: str, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """With the password left out, whose file is in a volume."""
    for name, value in own_environment(container).items():
        if name != PASSWORD_FILE:
            monkeypatch.setenv(name, value)
    return SETTINGS[container]()


def read(settings: ServiceSettings, variable: str) -> object:
    """The value that a variable has become. Raises KeyError if the settings have no such name."""
    section, _, name = variable.removeprefix("RIHLA_").lower().partition("__")
    sections = {field.rstrip("_"): field for field in type(settings).model_fields}
    part = getattr(settings, sections[section])
    if name not in type(part).model_fields:
        raise KeyError(variable)
    value = getattr(part, name)
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def volumes(container: str) -> dict[str, str]:
    """Volume or file -> where it is mounted, with its mode."""
    return dict(text.split(":", 1) for text in CONTAINERS[container].get("volumes", []))


def test_the_file_is_what_the_compose_specification_says() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    answer = subprocess.run([*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_names_that_containers_refer_to_are_there() -> None:
    for name, container in CONTAINERS.items():
        assert set(container.get("depends_on", {})) <= set(CONTAINERS), name
        for source in volumes(name):
            if source.startswith("./"):
                assert (ROOT / source).exists(), (name, source)
            else:
                assert source in COMPOSE["volumes"], (name, source)


def test_whom_others_wait_for_healthy_has_a_health_check() -> None:
    for name, container in CONTAINERS.items():
        for other, wait in container.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "test" in CONTAINERS[other]["healthcheck"], (name, other)
            else:
                # A step that is started again when it ends would never be completed.
                assert "restart" not in CONTAINERS[other], (name, other)


def test_images_name_no_registry_and_a_tag_where_they_are_not_ours() -> None:
    for name, container in CONTAINERS.items():
        image = container["image"]
        assert "." not in image.split("/")[0] or "/" not in image, name
        if "build" not in container:
            assert image.partition(":")[2] not in ("", "latest"), name


@pytest.mark.parametrize("container", SETTINGS)
def test_every_variable_is_one_that_the_settings_take(container: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(container, monkeypatch)
    assert own_environment(container)
    for variable, text in own_environment(container).items():
        found = read(settings, variable)
        assert variable == PASSWORD_FILE or str(found) == text, variable


def test_no_container_but_those_of_ours_has_our_variables() -> None:
    assert {name for name in CONTAINERS if own_environment(name)} == set(SETTINGS)


def test_a_variable_that_no_settings_have_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of("ingest", monkeypatch)
    for unknown in ("RIHLA_INGEST__PROT", "RIHLA_KAFKAA__PREFIX"):
        with pytest.raises(KeyError):
            read(settings, unknown)


def test_replication_fits_the_brokers_and_survives_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = settings_of("provision", monkeypatch).kafka
    assert kafka.replication == len(BROKERS) and kafka.min_insync == len(BROKERS) - 1
    assert kafka.bootstrap_servers == ",".join(f"{broker}:9092" for broker in BROKERS)
    for broker in BROKERS:
        environment = CONTAINERS[broker]["environment"]
        for name, value in environment.items():
            if name.endswith("REPLICATION_FACTOR"):
                assert int(value) == kafka.replication, name
            if name.endswith(("MIN_ISR", "MIN_INSYNC_REPLICAS")):
                assert int(value) == kafka.min_insync, name


def test_services_agree_on_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = []
    for container in SETTINGS:
        with monkeypatch.context() as environment:
            clusters.append(settings_of(container, environment).kafka)
    assert all(cluster == clusters[0] for cluster in clusters)


def test_brokers_are_nodes_of_one_quorum() -> None:
    voters = ",".join(f"{node}@{broker}:9093" for node, broker in enumerate(BROKERS, 1))
    for node, broker in enumerate(BROKERS, 1):
        environment = CONTAINERS[broker]["environment"]
        assert environment["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert environment["KAFKA_NODE_ID"] == str(node)
        assert environment["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{broker}:9092"
        assert environment["KAFKA_PROCESS_ROLES"] == "broker,controller"
        assert volumes(broker) == {broker: "/var/lib/kafka/data"}
    assert len({CONTAINERS[broker]["environment"]["CLUSTER_ID"] for broker in BROKERS}) == 1


def test_brokers_take_the_largest_record_and_make_no_topics() -> None:
    for broker in BROKERS:
        environment = CONTAINERS[broker]["environment"]
        assert int(environment["KAFKA_MESSAGE_MAX_BYTES"]) >= MAX_MESSAGE_BYTES + 1024
        assert environment["KAFKA_REPLICA_FETCH_MAX_BYTES"] == environment["KAFKA_MESSAGE_MAX_BYTES"]
        assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
        assert environment["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"


def test_only_validate_holds_private_keys_while_it_serves() -> None:
    holders = {name for name in CONTAINERS if "keys-private" in volumes(name)}
    passing = {name for name in holders if "restart" not in CONTAINERS[name]}
    assert holders - passing == {"validate"}
    # The one makes the keys, the other writes the secret of a survey when it is published.
    assert passing == {"keys", "rihla"} and CONTAINERS["rihla"]["profiles"] == ["tools"]
    assert volumes("validate") == {"keys-private": "/keys/private:ro"}
    assert volumes("ingest") == {"keys-public": "/keys/public:ro"}
    assert not any(name.startswith("keys") for name in volumes("aggregate"))
    assert volumes("release")["keys-release"] == "/keys/release:ro" and "keys-private" not in volumes("release")
    assert {name for name in CONTAINERS if "keys-release" in volumes(name)} == {"release", "rihla"}


def test_services_see_keys_where_they_are_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    for container in ("ingest", "validate"):
        with monkeypatch.context() as environment:
            folder = settings_of(container, environment).keys.folder
        assert f"{folder}:ro" in volumes(container).values()
    with monkeypatch.context() as environment:
        folder = settings_of("release", environment).keys.release_folder
    assert f"{folder}:ro" in volumes("release").values()
    with monkeypatch.context() as environment:
        assert str(settings_of("rihla", environment).keys.release_folder) in volumes("rihla").values()


def test_services_restart_on_failure_alone_and_after_provisioning() -> None:
    for service in SERVICES:
        assert CONTAINERS[service]["restart"] == "on-failure"
        after = {"keys", "provision", "provision-release"} if service == "release" else {"keys", "provision"}
        assert set(CONTAINERS[service]["depends_on"]) == after


def test_the_members_of_the_replica_set_are_those_that_the_services_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [f"mongodb-{number}:27017" for number in (1, 2, 3)]
    for container, user in DATABASE_USERS.items():
        with monkeypatch.context() as environment:
            uri = settings_of(container, environment).mongodb.uri.get_secret_value()
        assert uri == f"mongodb://{user}@{','.join(members)}/?replicaSet=rs0&authSource=admin"
    script = (ROOT / "deploy/mongodb/initiate.js").read_text()
    assert f"const MEMBERS = {json.dumps(members)};" in script and '_id: "rs0"' in script
    for member in members:
        assert "rs0" in CONTAINERS[member.partition(":")[0]]["command"]


def test_ports_are_published_on_loopback_alone() -> None:
    for name, container in CONTAINERS.items():
        for port in container.get("ports", []):
            assert port.startswith("127.0.0.1:"), name


def test_health_is_asked_at_the_port_that_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    assert "ARG PORT=9100" in dockerfile and "/readyz" in dockerfile
    for service in SERVICES:
        port = int(CONTAINERS[service]["build"]["args"].get("PORT", "9100"))
        with monkeypatch.context() as environment:
            settings = settings_of(service, environment)
        served = settings.ingest.port if isinstance(settings, IngestSettings) else settings.watch.port
        assert served == port
        host = settings.ingest.host if isinstance(settings, IngestSettings) else settings.watch.host
        assert host == "0.0.0.0"


def test_every_service_is_scraped_where_it_serves_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    scraped = {}
    for job in prometheus["scrape_configs"]:
        for discovery in job["dns_sd_configs"]:
            assert discovery["type"] == "A"
            scraped.update(dict.fromkeys(discovery["names"], (job["job_name"], discovery["port"])))
    for service in SERVICES:
        with monkeypatch.context() as environment:
            settings = settings_of(service, environment)
        port = settings.ingest.port if isinstance(settings, IngestSettings) else settings.watch.port
        assert scraped.pop(service) == (service, port)
    assert not scraped


def test_files_that_prometheus_and_grafana_refer_to_are_mounted() -> None:
    mounted = {at.removesuffix(":ro") for at in volumes("prometheus").values()}
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert set(prometheus["rule_files"]) <= mounted
    provider = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/rihla.yml").read_text())
    folders = {at.removesuffix(":ro") for at in volumes("grafana").values()}
    assert {entry["options"]["path"] for entry in provider["providers"]} <= folders


def test_the_image_has_a_lock_and_code_for_what_is_built() -> None:
    for name, container in CONTAINERS.items():
        if "build" in container:
            arguments = container["build"]["args"]
            assert (ROOT / "requirements" / f"{arguments['SERVICE']}.txt").exists(), name
            assert (ROOT / container["build"]["dockerfile"]).exists(), name
            if container["build"].get("target") is None:
                assert (ROOT / "services" / arguments["SERVICE"] / "app.py").exists(), name
