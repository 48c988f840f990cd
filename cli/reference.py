"""Writes docs/reference anew (`make reference`): settings, metrics, alerts and codes, from where they are declared."""

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr

import services.aggregate.metrics
import services.ingest.metrics
import services.release.metrics
import services.validate.metrics
from services.aggregate.settings import Settings as AggregateSettings
from services.ingest.problems import CATALOGUE as PROBLEMS
from services.ingest.settings import Settings as IngestSettings
from services.release.problems import Problem as ReleaseProblem
from services.release.settings import Settings as ReleaseSettings
from services.runtime.settings import Section, ServiceSettings
from services.validate.reasons import CATALOGUE as REASONS
from services.validate.settings import Settings as ValidateSettings

SETTINGS = {
    "every service": ServiceSettings,
    "ingest": IngestSettings,
    "validate": ValidateSettings,
    "aggregate": AggregateSettings,
    "release": ReleaseSettings,
}
METRICS: dict[str, ModuleType] = {
    "ingest": services.ingest.metrics,
    "validate": services.validate.metrics,
    "aggregate": services.aggregate.metrics,
    "release": services.release.metrics,
}

ROOT = Path(__file__).parents[1]
_NOTE = "<!-- Written by `make reference`; change the code that is named in the heading instead. -->"


def declared(service: str) -> list[MetricWrapperBase]:
    """The metrics of a service, in the order of its metrics.py."""
    return [value for value in vars(METRICS[service]).values() if isinstance(value, MetricWrapperBase)]


def series(metric: MetricWrapperBase) -> list[str]:
    """The names under which Prometheus finds a metric."""
    name: str = metric._name  # noqa: SLF001 - the library shows it nowhere else while there is no sample
    if isinstance(metric, Counter):
        return [f"{name}_total"]
    if isinstance(metric, Histogram):
        return [f"{name}_bucket", f"{name}_count", f"{name}_sum"]
    return [name]


def labels(metric: MetricWrapperBase) -> tuple[str, ...]:
    found: tuple[str, ...] = metric._labelnames  # noqa: SLF001 - as in `series`
    return found


def pages() -> dict[str, str]:
    """File name below docs/reference -> text."""
    return {
        "settings.md": _page("Settings", "Variables of the environment; services/*/settings.py.", _settings()),
        "metrics.md": _page("Metrics", "Served at /metrics by each process; services/*/metrics.py.", _metrics()),
        "alerts.md": _page("Alerts", "deploy/prometheus/rules.yml.", _alerts()),
        "codes.md": _page("Codes", "Stable: a code never changes its meaning.", _codes()),
    }


def _page(title: str, what: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", _NOTE, "", what, "", *lines]).rstrip() + "\n"


def _settings() -> Iterator[str]:
    common = set(ServiceSettings.model_fields)
    for owner, settings in SETTINGS.items():
        yield f"## For {owner}"
        yield ""
        for name, field in settings.model_fields.items():
            section = field.default
            if (name in common and settings is not ServiceSettings) or not isinstance(section, Section):
                continue
            yield _one_line(vars(type(section)).get("__doc__"))
            yield ""
            yield from _table(["variable", "default", "what it is"], _variables(name, section))


def _variables(section_name: str, section: Section) -> Iterator[list[str]]:
    documented = _documented(type(section))
    for name in type(section).model_fields:
        default = getattr(section, name)
        text = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
        variable = f"RIHLA_{section_name.rstrip('_')}__{name}".upper()
        yield [f"`{variable}`", f"`{text}`" if text else "empty", documented.get(name, "")]


def _documented(section: type[Section]) -> dict[str, str]:
    """Field -> the text below it in the source. pydantic could read it too, but at each start of each service."""
    [definition] = ast.parse(inspect.getsource(section)).body
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(definition.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _metrics() -> Iterator[str]:
    for service in METRICS:
        yield f"## {service}"
        yield ""
        yield from _table(["metric", "labels", "what it is", "remedy"], map(_metric, declared(service)))


def _metric(metric: MetricWrapperBase) -> list[str]:
    help_, _, remedy = metric._documentation.partition(" Remedy: ")  # noqa: SLF001 - as in `series`
    name = series(metric)[0].removesuffix("_bucket")
    return [f"`{name}`", ", ".join(labels(metric)), help_, remedy]


def _alerts() -> Iterator[str]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    yield from _table(["alert", "severity", "after", "says", "remedy"], map(_alert, alerts))


def _alert(rule: Mapping[str, Any]) -> list[str]:
    says = rule["annotations"]
    return [
        f"`{rule['alert']}`",
        rule["labels"]["severity"],
        rule.get("for", "at once"),
        says["summary"],
        says["remedy"],
    ]


def _codes() -> Iterator[str]:
    yield "## Answers of ingest that are no success (HTTP)"
    yield ""
    yield from _table(
        ["code", "status", "name", "what it says"], ([p.code, str(p.status), p.name, p.title] for p in PROBLEMS)
    )
    yield "## Reasons and notes of validate"
    yield ""
    yield from _table(["code", "label", "what it says"], ([r.code, r.label, r.sentence] for r in REASONS))
    yield "## Why no release came out"
    yield ""
    yield from _table(["code", "what it says"], ([p.value, p.message] for p in ReleaseProblem))


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_one_line(cell).replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def main() -> None:
    folder = ROOT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
