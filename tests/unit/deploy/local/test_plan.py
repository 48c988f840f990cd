from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import plan
from deploy.local.failure import Failure
from deploy.local.plan import DATABASE_ADDRESS, DATABASE_PASSWORD, KAFKA_ADDRESS, SERVICES, Plan
from deploy.mongodb.roles import Databases, user_names

FOLDER = Path("/data")
TWO_VALIDATORS = tuple(replace(s, instances=2) if s.name == "validate" else s for s in SERVICES)


def planned(given: dict[str, str] | None = None, services: tuple[plan.Service, ...] = SERVICES) -> Plan:
    usual = plan.usual_ports(services, given or {}, well_known=True)
    chosen = {name: port for name, port in usual.items() if port is not None}
    return plan.make(FOLDER, services, given or {}, chosen, partitions=4)


def test_a_whole_stack_has_broker_database_and_all_services() -> None:
    whole = planned()
    assert whole.broker is not None
    assert whole.database is not None
    assert [part.name for part in whole.services] == ["ingest", "validate", "aggregate", "release"]
    assert len(set(whole.ports.values())) == 7


def test_services_are_told_where_everything_is() -> None:
    whole = planned()
    for part in whole.services:
        assert part.environment[KAFKA_ADDRESS] == "127.0.0.1:9092"
        assert part.environment["RIHLA_KEYS__FOLDER"] == "/data/keys"
        assert part.environment["RIHLA_KAFKA__PARTITIONS"] == "4"
    ports = {part.name: part.environment.get("RIHLA_WATCH__PORT") for part in whole.services}
    assert ports == {"ingest": None, "validate": "9101", "aggregate": "9102", "release": "9103"}
    assert whole.services[0].environment["RIHLA_INGEST__PORT"] == "8080"
    assert whole.services[0].probe_url == "http://127.0.0.1:8080/readyz"


def test_each_process_reaches_the_database_as_its_own_user_and_others_not_at_all() -> None:
    whole = planned()

    def connection(environment: Mapping[str, str]) -> list[str | None]:
        return [environment.get(DATABASE_ADDRESS), environment.get(DATABASE_PASSWORD)]

    def of(user: str) -> list[str | None]:
        uri = f"mongodb://{user}@127.0.0.1:27017/?directConnection=true&authSource=admin"
        return [uri, f"/data/credentials/{user}"]

    assert {part.name: connection(part.environment) for part in whole.services} == {
        "ingest": [None, None],
        "validate": [None, None],
        "aggregate": of("aggregate"),
        "release": of("release"),
    }
    assert connection(whole.environment) == of("operator")
    assert connection(whole.provisioning) == of("provision")


def test_the_users_of_the_services_are_in_the_table() -> None:
    users = {service.database_user for service in SERVICES} - {None}
    assert users | {plan.TOOLS, plan.PROVISIONING} <= set(user_names())


def test_no_service_gets_a_variable_that_its_settings_do_not_know() -> None:
    given = {
        "RIHLA_VALIDATE__FORM_KEY_PASSPHRASE": "open sesame",
        "RIHLA_INGEST__PUBLIC_URL": "https://odk.example",
        "RIHLA_LOG": '{"level": "DEBUG"}',
        "RIHLA_DATA": "/elsewhere",
    }
    whole = planned(given)
    holders = {
        variable: [part.name for part in whole.services if part.environment.get(variable) == value]
        for variable, value in given.items()
    }
    assert holders == {
        "RIHLA_VALIDATE__FORM_KEY_PASSPHRASE": ["validate"],
        "RIHLA_INGEST__PUBLIC_URL": ["ingest"],
        "RIHLA_LOG": ["ingest", "validate", "aggregate", "release"],
        "RIHLA_DATA": [],
    }
    assert "open sesame" not in (*whole.environment.values(), *whole.provisioning.values())


def test_a_cluster_that_is_given_is_used_and_none_started() -> None:
    uri = "mongodb://rihla@db.example/?replicaSet=rs0"
    given = {KAFKA_ADDRESS: "kafka.example:9092", DATABASE_ADDRESS: uri, DATABASE_PASSWORD: "/run/secrets/rihla"}
    pointed = planned(given)
    assert pointed.broker is None
    assert pointed.database is None
    assert pointed.services[1].environment[KAFKA_ADDRESS] == "kafka.example:9092"
    for environment in (pointed.environment, pointed.provisioning, pointed.services[2].environment):
        assert environment[DATABASE_ADDRESS] == uri
        assert environment[DATABASE_PASSWORD] == "/run/secrets/rihla"
    assert DATABASE_ADDRESS not in pointed.services[0].environment


def test_each_of_several_instances_has_a_name_and_a_port_of_its_own() -> None:
    parts = planned(services=TWO_VALIDATORS).services
    assert [part.name for part in parts] == ["ingest", "validate-1", "validate-2", "aggregate", "release"]
    assert parts[1].environment["RIHLA_WATCH__PORT"] != parts[2].environment["RIHLA_WATCH__PORT"]


def test_what_the_user_has_set_goes_before_what_is_usual() -> None:
    given = {"RIHLA_INGEST__HOST": "0.0.0.0", "RIHLA_KAFKA__PREFIX": "north-", "RIHLA_MONGODB__LIVE": "north-live"}
    assert planned(given).services[0].environment["RIHLA_INGEST__HOST"] == "0.0.0.0"
    assert planned(given).environment["RIHLA_KAFKA__PREFIX"] == "north-"
    database = planned(given).database
    assert database is not None and database.names == Databases(live="north-live")


def test_a_port_that_the_user_has_set_is_named_and_a_shared_one_is_not() -> None:
    given = {"RIHLA_INGEST__PORT": "8099", "RIHLA_WATCH__PORT": "9999"}
    assert plan.named_ports(SERVICES, given) == {"ingest": 8099}
    with pytest.raises(Failure, match="RIHLA_INGEST__PORT is 'eighty'"):
        plan.named_ports(SERVICES, {"RIHLA_INGEST__PORT": "eighty"})


def test_settings_of_this_process_do_not_leak_into_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIHLA_KAFKA__PREFIX", "elsewhere-")
    assert "RIHLA_KAFKA__PREFIX" not in planned().services[0].environment
