"""The locks in requirements/ are complete, current, and name no host."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
RUN = ["ingest", "validate", "aggregate", "release", "cli", "local"]
LOCKS = {
    "dev": [*RUN, "dev"],
    "run": RUN,
    "ingest": ["ingest"],
    "validate": ["validate"],
    "aggregate": ["aggregate"],
    "release": ["release"],
    "cli": ["cli"],
}
BUILT_HERE = ("dev", "run")
"""Locks from which `pip install --no-build-isolation -e .` must work."""

OURS = ("schemas", "services", "cli", "deploy", "bench")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version in PIN.findall(lock(name))}


def wanted(name: str) -> list[Requirement]:
    texts = [*PROJECT["project"]["dependencies"], *(text for extra in LOCKS[name] for text in EXTRAS[extra])]
    if name in BUILT_HERE:
        texts += PROJECT["build-system"]["requires"]
    return [Requirement(text) for text in texts]


def test_every_extra_is_locked() -> None:
    assert {extra for extras in LOCKS.values() for extra in extras} == set(EXTRAS)
    assert {path.stem for path in (ROOT / "requirements").iterdir()} == set(LOCKS)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(name: str) -> None:
    found = pins(name)
    for requirement in wanted(name):
        version = found.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {name}.txt: run `make lock`"
        assert SpecifierSet(str(requirement.specifier), prereleases=True).contains(version), f"run `make lock`: {name}"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_complete_by_hash_and_names_no_host(name: str) -> None:
    text = lock(name)
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name)) and all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", [name for name in LOCKS if name != "dev"])
def test_what_runs_is_what_is_tested(name: str) -> None:
    tested = pins("dev")
    assert {package: tested.get(package) for package in pins(name)} == pins(name)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*OURS, include_external_packages=True, cache_dir=None)


def lacking(graph: grimp.ImportGraph, starts: list[str], name: str) -> list[str]:
    """Packages that these modules import, directly or not, and that a lock does not have."""
    imported = set(starts).union(*(graph.find_upstream_modules(start) for start in starts))
    distributions = importlib.metadata.packages_distributions()
    locked = set(pins(name))
    return [
        package
        for package in imported - set(OURS)
        if graph.is_module_squashed(package) and package in distributions  # the standard library belongs to none
        if not {canonicalize_name(distribution) for distribution in distributions[package]} & locked
    ]


@pytest.mark.parametrize("service", ["ingest", "validate", "aggregate", "release"])
def test_the_lock_of_a_service_holds_all_that_its_image_imports(graph: grimp.ImportGraph, service: str) -> None:
    """Also what runs beside the service in its image: keys with validate, provisioning with aggregate."""
    starts = [module for module in graph.modules if module.startswith(f"services.{service}.")]
    if service in ("validate", "aggregate"):
        starts += [module for module in graph.modules if module.startswith("services.runtime.")]
    assert lacking(graph, starts, service) == []


def test_the_lock_of_the_tools_holds_what_operators_run_in_a_container(graph: grimp.ImportGraph) -> None:
    assert lacking(graph, ["cli.app", "cli.survey", "cli.collector", "cli.simulate"], "cli") == []


def test_a_package_that_is_not_locked_would_be_seen(graph: grimp.ImportGraph) -> None:
    assert {"faust", "pymongo"} <= set(lacking(graph, ["services.aggregate.app"], "ingest"))
