from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import plan
from deploy.local.failure import Failure
from deploy.local.plan import DATABASE_ADDRESS, KAFKA_ADDRESS, SERVICES, Plan

FOLDER = Path("/data")
TWO_VALIDATORS = tuple(replace(s, instances=2) if s.name == "validate" else s for s in SERVICES)


def planned(given: dict[str, str] | None = None, services: tuple[plan.Service, ...] = SERVICES) -> Plan:
    usual = plan.usual_ports(services, given or {}, well_known=True)
    chosen = {name: port for name, port in usual.items() if port is not None}
    return plan.make(FOLDER, services, given or {}, chosen, partitions=4)


def test_a_whole_stack_has_broker_database_and_three_services() -> None:
    whole = planned()
    assert whole.broker is not None
    assert whole.database is not None
    assert [part.name for part in whole.services] == ["ingest", "validate", "aggregate"]
    assert len(set(whole.ports.values())) == 6


def test_services_are_told_where_everything_is() -> None:
    whole = planned()
    for part in whole.services:
        assert part.environment[KAFKA_ADDRESS] == "127.0.0.1:9092"
        assert part.environment[DATABASE_ADDRESS] == "mongodb://127.0.0.1:27017/?directConnection=true"
        assert part.environment["RIHLA_KEYS__FOLDER"] == "/data/keys"
        assert part.environment["RIHLA_KAFKA__PARTITIONS"] == "4"
    ports = {part.name: part.environment.get("RIHLA_WATCH__PORT") for part in whole.services}
    assert ports == {"ingest": None, "validate": "9101", "aggregate": "9102"}
    assert whole.services[0].environment["RIHLA_INGEST__PORT"] == "8080"
    assert whole.services[0].probe_url == "http://127.0.0.1:8080/readyz"


def test_a_cluster_that_is_given_is_used_and_none_started() -> None:
    given = {KAFKA_ADDRESS: "kafka.example:9092", DATABASE_ADDRESS: "mongodb://db.example/?replicaSet=rs0"}
    pointed = planned(given)
    assert pointed.broker is None
    assert pointed.database is None
    assert pointed.services[1].environment[KAFKA_ADDRESS] == "kafka.example:9092"
    assert pointed.environment[DATABASE_ADDRESS] == "mongodb://db.example/?replicaSet=rs0"


def test_each_of_several_instances_has_a_name_and_a_port_of_its_own() -> None:
    parts = planned(services=TWO_VALIDATORS).services
    assert [part.name for part in parts] == ["ingest", "validate-1", "validate-2", "aggregate"]
    assert parts[1].environment["RIHLA_WATCH__PORT"] != parts[2].environment["RIHLA_WATCH__PORT"]


def test_what_the_user_has_set_goes_before_what_is_usual() -> None:
    given = {"RIHLA_INGEST__HOST": "0.0.0.0", "RIHLA_KAFKA__PREFIX": "north-"}
    assert planned(given).services[0].environment["RIHLA_INGEST__HOST"] == "0.0.0.0"
    assert planned(given).environment["RIHLA_KAFKA__PREFIX"] == "north-"


def test_a_port_that_the_user_has_set_is_named_and_a_shared_one_is_not() -> None:
    given = {"RIHLA_INGEST__PORT": "8099", "RIHLA_WATCH__PORT": "9999"}
    assert plan.named_ports(SERVICES, given) == {"ingest": 8099}
    with pytest.raises(Failure, match="RIHLA_INGEST__PORT is 'eighty'"):
        plan.named_ports(SERVICES, {"RIHLA_INGEST__PORT": "eighty"})


def test_settings_of_this_process_do_not_leak_into_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIHLA_KAFKA__PREFIX", "elsewhere-")
    assert "RIHLA_KAFKA__PREFIX" not in planned().services[0].environment
