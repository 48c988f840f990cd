"""Rules and dashboards of Prometheus and Grafana: they load, they fire when they should, and name what is declared."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.reference import METRICS, declared, labels, pages, series
from schemas.outcome_class import OutcomeClass
from services.ingest.problems import CATALOGUE as PROBLEMS

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy/prometheus"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
ALERTS = [rule for rule in RULES if "alert" in rule]
DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
LABELS = {name: set(labels(metric)) for service in METRICS for metric in declared(service) for name in series(metric)}
GIVEN_BY_PROMETHEUS = {"job", "instance", "le"}
SUFFIXES = ("_bucket", "_count", "_sum")


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in dashboard["panels"]:
        yield panel
        yield from panels(panel) if "panels" in panel else ()


def expressions() -> dict[str, str]:
    """Where it stands -> a PromQL expression."""
    found = {rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES}
    for path in DASHBOARDS:
        for panel in panels(json.loads(path.read_text())):
            for place, target in enumerate(panel.get("targets", [])):
                found[f"{path.name}: {panel['title']} {place}"] = target["expr"]
    return found


def names(expression: str) -> set[str]:
    return set(re.findall(r"\brihla[_:][A-Za-z0-9_:]+", re.sub(r'"[^"]*"', '""', expression)))


EXPRESSIONS = expressions()


def promtool(*arguments: str) -> str:
    tool = ROOT / "build/tools/promtool"
    if not tool.exists():
        # Where it cannot be had it is left out on a developer's machine, and never where it decides.
        assert "CI" not in os.environ, "deploy/prometheus/promtool.sh has not been run"
        pytest.skip("no promtool: deploy/prometheus/promtool.sh fetches it")
    answer = subprocess.run([str(tool), *arguments], capture_output=True, text=True, check=False, cwd=FOLDER)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_metric_is_declared_by_a_service_or_recorded(place: str) -> None:
    unknown = names(EXPRESSIONS[place]) - set(LABELS) - RECORDED
    assert not unknown, f"{place} names {unknown}, which no services/*/metrics.py declares"


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_label_is_one_of_its_metric(place: str) -> None:
    expression = EXPRESSIONS[place]
    for name, matchers in re.findall(r"\b(rihla_\w+)\{([^}]*)\}", expression):
        asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        assert asked <= LABELS[name] | GIVEN_BY_PROMETHEUS, (name, asked)
    known = GIVEN_BY_PROMETHEUS.union(*(LABELS.get(name, {"kind", "partition"}) for name in names(expression)))
    for group in re.findall(r"\bby\s*\(([^)]*)\)", expression):
        assert {label.strip() for label in group.split(",")} <= known, group


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_outcomes_of_ingest_are_those_of_its_catalogue(place: str) -> None:
    known = {problem.name for problem in PROBLEMS} | {"accepted"}
    found = re.findall(r'rihla_ingest_\w+\{[^}]*outcome="([^"]*)"', EXPRESSIONS[place])
    assert set(found) <= known


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_classes_of_aggregate_are_those_that_there_are(place: str) -> None:
    found = re.findall(r'rihla_aggregate_class_records\{[^}]*outcome="([^"]*)"', EXPRESSIONS[place])
    assert set(found) <= {of.value for of in OutcomeClass}


def test_a_wrong_name_would_be_seen() -> None:
    assert names('sum(rate(rihla_ingest_submisions_total{outcome="rihla_x"}[1m]))') - set(LABELS)


def test_recorded_names_are_not_those_of_metrics() -> None:
    assert not RECORDED & set(LABELS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_what_is_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["summary"].endswith(".") and len(alert["annotations"]["remedy"]) > 20


def test_every_alert_is_shown_to_fire_and_to_stay_away() -> None:
    tests = yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test.get("alert_rule_test", [])]
    for alert in ALERTS:
        of_it = [bool(case.get("exp_alerts")) for case in cases if case["alertname"] == alert["alert"]]
        assert {True, False} <= set(of_it), alert["alert"]


def test_rules_are_valid_and_do_what_their_tests_say() -> None:
    promtool("check", "rules", "rules.yml")
    assert "SUCCESS" in promtool("test", "rules", "rules_test.yml")


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "rules.yml", tmp_path)
    text = (FOLDER / "prometheus.yml").read_text()
    assert "/etc/prometheus/rules.yml" in text
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(text.replace("/etc/prometheus/rules.yml", str(tmp_path / "rules.yml")))
    promtool("check", "config", str(configuration))


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: str(path.name))
def test_a_dashboard_asks_the_data_source_that_is_provisioned(path: Path) -> None:
    dashboard = json.loads(path.read_text())
    sources = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    uids = {source["uid"] for source in sources["datasources"]}
    found = list(panels(dashboard))
    assert dashboard["uid"] and len({panel["id"] for panel in found}) == len(found)
    for panel in found:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] in uids, panel["title"]
            assert panel["targets"] and panel["title"] and panel["description"], panel["title"]
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


@pytest.mark.parametrize("name", pages())
def test_the_reference_is_current(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text() == pages()[name], "run `make reference`"
