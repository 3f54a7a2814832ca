"""Which test reaches which line of the mutated files, and how long it takes: measured once for each test file, and kept."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from proof.mutants import Mutant, made_of

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "mutants"
"""What is kept from one run to the next."""
MODULES: Final = tuple(f"voicecoach.{name}" for name in (
    "core.safety", "hearing.rules", "hearing.arbiter", "core.parts.force", "core.parts.hold", "core.parts.approach", "core.parts.latched", "core.session", "core.floor",
    "core.question", "core.parts.screening", "hearing.risk", "core.phases", "core.plan", "core.parts.base", "core.parts.check_in", "core.parts.between",
    "core.parts.warm_up", "core.parts.who", "core.parts.newcomer", "core.parts.turn", "core.parts.offer", "core.parts.conditions", "core.parts.farewell",
    "core.household", "core.sitting", "core.dosing", "engines.presses", "hearing.scorer",
))
"""Most important first."""
WHOLE: Final = "tests/core/test_golden.py"
"""Tests that only say that something is different."""


class Reach:
    """The lines that each test reaches, kept by function, so that a change elsewhere in the file leaves them valid.

    Of a function that has changed since they were measured, a test that reached any line of it may reach each.
    """

    def __init__(self, items: list[pytest.Item]) -> None:
        self.failed: list[str] = []
        self.seconds: dict[str, float] = {}
        self._found: dict[tuple[str, str, tuple[int, int], tuple[int, int]], tuple[set[str], list[str]]] = {}
        self._by_function: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._places = {name: _places(name) for name in MODULES}
        texts = {f"{name}.{where}": (last - first, text) for name in MODULES for first, last, where, text in _texts(name)}
        kept = read(KEPT / "reach.json")
        files: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in items:
            files[item.nodeid.partition("::")[0]].append(item)
        for file, mine in files.items():
            digest = fingerprint((ROOT / file).read_text(encoding="utf-8"))
            if kept.get(file, {}).get("digest") != digest or "functions" not in kept[file] or set(kept[file]["items"]) != {item.nodeid for item in mine}:
                kept[file] = {"digest": digest, "items": self._measure(mine), "functions": {where: text for where, (_, text) in texts.items()}}
                if self.failed:
                    return
                write(KEPT / "reach.json", kept)
            for test, (seconds, reached) in kept[file]["items"].items():
                self.seconds[test] = seconds
                for where, offsets in reached.items():
                    length, text = texts.get(where, (0, ""))
                    for offset in offsets if kept[file]["functions"].get(where) == text else range(length + 1):
                        self._by_function[where][offset].add(test)

    def is_function(self, mutant: Mutant) -> bool:
        """Whether it changes a function, and no constant."""
        return any(where == mutant.where for _, _, where in self._places[mutant.module])

    def of(self, mutant: Mutant) -> tuple[set[str], list[str]]:
        """The tests that reach a mutant, as a set and in the order in which they are best tried."""
        place = (mutant.module, mutant.where, mutant.lines, mutant.block)
        if place not in self._found:
            reached = self._tests(mutant)
            inside = self._at(mutant, mutant.block) & reached
            self._found[place] = reached, [*self._ordered(inside), *self._ordered(reached - inside)]
        return self._found[place]

    def _ordered(self, reached: set[str]) -> list[str]:
        """The quick ones first, and of those that are the same function the second later than the first; the whole sessions last."""
        turn: Counter[str] = Counter()
        rest: list[tuple[bool, float, str]] = []
        for test in sorted(reached, key=self.seconds.__getitem__):
            function = test.partition("[")[0]
            turn[function] += 1
            rest.append((test.startswith(WHOLE), (self.seconds[test] + 0.001) * turn[function], test))
        return [test for _, _, test in sorted(rest)]

    def _at(self, mutant: Mutant, lines: tuple[int, int]) -> set[str]:
        """The tests that reach one of these lines of the function that it changes."""
        begins = {name: first for first, last, name in self._places[mutant.module]}
        reached = self._by_function[f"{mutant.module}.{mutant.where}"]
        return {test for line in range(lines[0], lines[1] + 1) for test in reached.get(line - begins.get(mutant.where, 0), ())}

    def _tests(self, mutant: Mutant) -> set[str]:
        """The tests that reach its line; of a constant, those that reach a line where it is named."""
        if self.is_function(mutant):
            return self._at(mutant, mutant.lines)
        named = [mutant.where.rpartition(".")[2], *made_of(mutant.module, mutant.where)]
        return {test for name in named for place in self._users(name) for tests in self._by_function[place].values() for test in tests}

    def _users(self, constant: str) -> Iterator[str]:
        """The functions that name a constant."""
        for name, places in self._places.items():
            lines = _source(name).splitlines()
            for first, last, where in places:
                if any(constant in line for line in lines[first - 1: last]):
                    yield f"{name}.{where}"

    def _measure(self, items: list[pytest.Item]) -> dict[str, Any]:
        """Run them once, and see."""
        import coverage  # noqa: PLC0415 - `make mutate` alone needs it, and installs it

        paths = {_path(name): name for name in MODULES}
        print("measuring", items[0].nodeid.partition("::")[0], len(items), file=sys.__stderr__, flush=True)
        measured: dict[str, Any] = {}
        cover = coverage.Coverage(data_file=None, include=list(paths), config_file=False)
        cover.set_option("run:disable_warnings", ["no-data-collected"])
        cover.start()
        for item, following in zip(items, [*items[1:], None], strict=True):
            cover.switch_context(item.nodeid)
            began = time.process_time()
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                self.failed.append(item.nodeid)
            measured[item.nodeid] = (round(time.process_time() - began, 4), defaultdict(list))
        cover.stop()
        data = cover.get_data()
        for path, name in paths.items():
            for line, tests in data.contexts_by_lineno(path).items():
                for first, last, where in self._places[name]:
                    if first <= line <= last:
                        for test in tests:
                            if test:
                                measured[test][1][f"{name}.{where}"].append(line - first)
        return measured


def _path(name: str) -> str:
    return str(ROOT / (name.replace(".", "/") + ".py"))


def _source(name: str) -> str:
    return Path(_path(name)).read_text(encoding="utf-8")


def _places(name: str) -> list[tuple[int, int, str]]:
    """First and last line of each function, and its name."""
    found: list[tuple[int, int, str]] = []
    for node in ast.parse(_source(name)).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                where = f"{node.name}.{inner.name}" if isinstance(node, ast.ClassDef) else inner.name
                found.append((inner.lineno, inner.end_lineno or inner.lineno, where))
    return found


def _texts(name: str) -> Iterator[tuple[int, int, str, str]]:
    """The same with a short name for its text, which is another one as soon as its lines may have moved."""
    lines = _source(name).splitlines()
    for first, last, where in _places(name):
        yield first, last, where, fingerprint("\n".join(lines[first - 1:last]))


def fingerprint(text: str) -> str:
    """A short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read(path: Path) -> dict[str, Any]:
    """What was kept; nothing at first."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def write(path: Path, what: object) -> None:
    """Keep it; whoever interrupts that leaves the old one."""
    path.with_suffix(".new").write_text(json.dumps(what), encoding="utf-8")
    path.with_suffix(".new").replace(path)
