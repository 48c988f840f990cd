"""Which mutants the tests kill: a plugin of pytest that collects once, and forks for each mutant."""

import gc
import os
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from tests.mutation.mutants import Mutant, mutants, put_in, watched

CPU_FACTOR, CPU_FLOOR_S = 8, 2
"""A test may take so many times its own CPU, and at least this: after that the mutant loops, and is killed."""
EXAMPLES = 40
"""Of a law, for each mutant. The tests themselves take up to 600: so fewer are killed here than there."""
BUDGET_S = 6
"""CPU of all tests of one mutant, the quickest first; for the same reason."""
MORE_BYTES = 2 << 30
"""That a mutant may take beyond what the process has."""


@dataclass
class Verdicts:
    killed: Counter[str] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)


class Judge:
    def __init__(self, modules: Sequence[str], function: str = "") -> None:
        self._modules = modules
        self._function = function
        self._hits: dict[str, set[pytest.Item]] = defaultdict(set)
        self._cpu_s: dict[pytest.Item, float] = {}
        self._kills: Counter[tuple[str, pytest.Item]] = Counter()
        self.verdicts = Verdicts()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        found = {module: list(mutants(module)) for module in self._modules}
        self._watch(session.items, found)
        gc.freeze()  # a collection in a fork would copy all that the process has
        for module, its in found.items():
            began = time.monotonic()
            for mutant in its:
                if self._function in mutant.function:
                    self._judge(mutant)
            survived = sum(mutant.module == module for mutant in self.verdicts.survivors)
            line = f"{module}: {self.verdicts.killed[module]} killed, {survived} not, {time.monotonic() - began:.0f} s"
            print(line, file=sys.stderr, flush=True)
        return True

    def _watch(self, items: Sequence[pytest.Item], found: Mapping[str, Sequence[Mutant]]) -> None:
        """Runs every test once, to see which functions it enters and how long it takes. Those that fail without a
        mutant judge none."""
        entered: set[str] = set()
        with ExitStack() as stack:
            for module, its in found.items():
                stack.enter_context(watched(module, {mutant.function for mutant in its}, entered))
            for item, after in zip(items, [*items[1:], None], strict=True):
                _fewer_examples(item)
                entered.clear()
                began = time.process_time()
                if not _passes(item, after):
                    print(f"{item.nodeid} fails without a mutant", file=sys.stderr, flush=True)
                    continue
                self._cpu_s[item] = time.process_time() - began
                for name in entered:
                    self._hits[name].add(item)

    def _judge(self, mutant: Mutant) -> None:
        place = f"{mutant.module}.{mutant.function}"
        tests = self._tests(place)
        if not tests and place not in self.verdicts.untested:
            self.verdicts.untested.append(place)
        killer = self._fork(mutant, tests)
        if killer is None:
            self.verdicts.survivors.append(mutant)
            print(f"lives: {mutant.name}", file=sys.stderr, flush=True)
        else:
            self.verdicts.killed[mutant.module] += 1
            self._kills[place, tests[killer]] += 1

    def _tests(self, place: str) -> list[pytest.Item]:
        """What has killed there before first, then what is quick."""
        found = sorted(self._hits[place], key=lambda item: (-self._kills[place, item], self._cpu_s[item]))
        spent = list(accumulate(self._cpu_s[item] for item in found))
        return [item for item, so_far in zip(found, spent, strict=True) if so_far <= BUDGET_S] or found[:1]

    def _fork(self, mutant: Mutant, tests: Sequence[pytest.Item]) -> int | None:
        """The place of the test that kills it; None if it lives."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self._in_fork(mutant, tests, writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            begun = len(pipe.read())
        _, status = os.waitpid(child, 0)
        assert begun or not tests, f"could not be put in: {mutant.name}"
        return None if status == 0 else begun - 1

    def _in_fork(self, mutant: Mutant, tests: Sequence[pytest.Item], writer: int) -> None:
        status = 1
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(silence, stream)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            _limit_memory()
            put_in(mutant)
            status = 0
            for item in tests:
                os.write(writer, b".")
                signal.setitimer(signal.ITIMER_PROF, CPU_FLOOR_S + CPU_FACTOR * self._cpu_s[item])
                if not _passes(item, None):
                    status = 1
                    break
        finally:
            os._exit(status)


def _passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


def _fewer_examples(item: pytest.Item) -> None:
    function = getattr(item, "obj", None)
    known = getattr(function, "_hypothesis_internal_use_settings", None)
    if known is not None and known.max_examples > EXAMPLES:
        fewer = settings(known, max_examples=EXAMPLES)
        function._hypothesis_internal_use_settings = fewer  # type: ignore[union-attr]


def _limit_memory() -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MORE_BYTES, now + MORE_BYTES))
