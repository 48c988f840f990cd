"""Mutation testing of the pure core of aggregate. Ends with one line of JSON; docs/mutation.md explains the survivors.

python -m tests.mutation.run                     every module
python -m tests.mutation.run lineage watermark   modules by their last names
python -m tests.mutation.run lineage/_accept     one function of one
"""

import json
import sys

import pytest
from hypothesis import Phase, settings

from tests.mutation.judging import Judge

AGGREGATE = """watermark batch_sums overlay slots replacing withdrawing replaying gaps erasing retention lineage
table_cells sums unit_tables contributor histogram leaves generations taking_back"""
TABLES = "cells psu_runs contribution codes places remembered numbers measures layout unit_scope"
MODULES = {
    name: f"{package}.{name}"
    for package, names in (("services.aggregate", AGGREGATE), ("schemas.tables", TABLES))
    for name in names.split()
}
TESTS = ["tests/unit/services/aggregate", "tests/unit/schemas/tables"]


def main(arguments: list[str]) -> None:
    # The same examples for every mutant, and none made smaller: that it fails is enough.
    settings.register_profile("mutation", database=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutation")
    tests = [argument for argument in arguments if argument.startswith("tests/")] or TESTS
    named = [argument.partition("/") for argument in arguments if argument not in tests] or [
        (name, "", "") for name in MODULES
    ]
    judge = Judge([MODULES[name] for name, _, _ in named], named[0][2] if len(named) == 1 else "")
    # hypothesis is here before pytest, which would have liked to rewrite its asserts.
    slow = [f"--ignore=tests/unit/schemas/tables/{name}.py" for name in ("test_estimates", "test_samplics_oracle")]
    options = [*slow, "-p", "no:cacheprovider", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    status = pytest.main([*options, *tests], plugins=[judge])
    if status != 0:
        sys.exit(int(status))
    verdicts = judge.verdicts
    for place in verdicts.untested:
        print(f"no test enters {place}")
    survived = len(verdicts.survivors)
    mutants = verdicts.killed.total() + survived
    by_module: dict[str, int] = {}
    for survivor in verdicts.survivors:
        by_module[survivor.module] = by_module.get(survivor.module, 0) + 1
    result = {
        "mutants": mutants,
        "killed": mutants - survived,
        "score": round((mutants - survived) / max(1, mutants), 4),
        "survivors": by_module,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
