"""``make mutate``: mutation testing of the pure files, and the results as a page.

Every mutant of `proof.mutants` is put into a process of its own, forked from one that has collected the tests already, and meets the tests
that reach its line, the quick ones first, until one fails. Verdicts are kept under ``mutants/``: a run goes on where the last one stopped.
What they come to is told by `proof.mutation_page`.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import json
import os
import resource
import select
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import pytest
from _pytest.runner import runtestprotocol

from proof.mutants import Mutant, mutants
from proof.mutation_page import report
from proof.reach import KEPT, MODULES, ROOT, Reach, fingerprint, read, write

TESTS: Final = tuple(str(file.relative_to(ROOT)) for name in (
    "safety", "phases", "plan", "question", "floor", "dosing", "presses", "hearing_rules", "hearing_arbiter", "hearing_scorer", "hearing_tokens", "session_check_in",
    "conditions", "session_dose", "session_earcons", "session_early", "session_farewell", "session_force", "session_screening", "session_senses", "session_stop", "session_talk",
    "session_warm_up", "session_whole", "people_session", "names_by_voice", "pauses", "conversation", "session_properties", "golden", "proof",
) for file in ROOT.glob(f"tests/*/test_{name}.py"))
"""The quick pure ones: no sound, no engine."""
EXAMPLES: Final = 8
"""Of each property under hypothesis, always the same ones."""


def main() -> int:
    """Run what is asked for, then renew the page; 1 when a survivor is not argued."""
    parser = argparse.ArgumentParser(prog="python -m proof.mutation", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("modules", nargs="*", help="which modules, as patterns: 'voicecoach.core.parts.*'; all by default")
    parser.add_argument("--again", action="store_true", help="run what survived once more, and nothing else")
    parser.add_argument("--seconds", type=float, default=60.0, help="of tests that one mutant has to survive (60)")
    parser.add_argument("--children", type=int, default=2, help="processes at a time (2)")
    parser.add_argument("--tests", default="", metavar="NAMES", help="only these of the test files: 'safety,hearing_rules'")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    asked = parser.parse_args()
    names = [name for name in MODULES if not asked.modules or any(fnmatch.fnmatch(name, pattern) for pattern in asked.modules)]
    KEPT.mkdir(exist_ok=True)
    if not asked.page:
        os.chdir(ROOT)
        runner = _Runner(names, asked)
        tests = [test for test in TESTS if not asked.tests or Path(test).stem.removeprefix("test_") in asked.tests.split(",")]
        code = pytest.main(["-n0", "-q", "-p", "no:cacheprovider", "--capture=sys", "--no-header", *tests], plugins=[runner])
        if code or runner.broken:
            return int(code) or 2
    return report()


# --- the run ---


class _Runner:
    """A plug-in of pytest: it takes the place of the loop over the tests."""

    def __init__(self, names: list[str], asked: argparse.Namespace) -> None:
        self._names, self._asked = names, asked
        self.broken = False
        self._kept = 0
        self._verdicts = read(KEPT / "verdicts.json")
        self._killers: dict[str, list[str]] = defaultdict(list)
        self._running: dict[int, tuple[list[Mutant], IO[str], Reach]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which test reaches which line, then try the mutants."""
        for item in session.items:
            _shorten(item)
        self._items = {item.nodeid: item for item in session.items}
        reach = Reach(session.items)
        if reach.failed:
            print("these fail without any mutant:", *reach.failed, sep="\n  ", file=sys.__stderr__)
            self.broken = True
            return True
        self._clear = _caches()
        gc.collect()
        gc.freeze()
        for name in self._names:
            self._module(name, reach)
        return True

    def _module(self, name: str, reach: Reach) -> None:
        began, all_of_it = time.monotonic(), mutants(name)
        wanted = {"survived", "not reached"} if self._asked.again else {""}
        waiting = [mutant for mutant in all_of_it if self._known(mutant) in wanted]
        for mutant in all_of_it:
            if (killer := self._verdicts.get(mutant.key, ["", "", ""])[1]) and killer not in self._killers[mutant.where]:
                self._killers[mutant.where].append(killer)
        # Constants are used everywhere, so their mutants take longest.
        waiting.sort(key=lambda mutant: not reach.is_function(mutant))
        functions = list(dict.fromkeys(mutant.where for mutant in waiting))
        for share in range(self._asked.children):
            self._start([mutant for mutant in waiting if functions.index(mutant.where) % self._asked.children == share], reach)
        while self._running:
            self._listen()
        write(KEPT / "verdicts.json", self._verdicts)
        fared = Counter(self._known(mutant) for mutant in all_of_it)
        spent = time.monotonic() - began
        print(f"{name}: {dict(fared)}, {len(waiting)} run in {spent:.0f} s", file=sys.__stderr__, flush=True)

    def _known(self, mutant: Mutant) -> str:
        verdict = self._verdicts.get(mutant.key)
        return str(verdict[0]) if verdict and verdict[2] == fingerprint(mutant.text) else ""

    def _keep(self, mutant: Mutant, verdict: str, killer: str) -> None:
        self._verdicts[mutant.key] = [verdict, killer, fingerprint(mutant.text)]
        self._kept += 1
        if self._kept % 2 == 0:
            write(KEPT / "verdicts.json", self._verdicts)

    def _remember(self, mutant: Mutant, killer: str) -> None:
        """What killed one mutant of a function is likely to kill the next one."""
        killers = self._killers[mutant.where]
        if killer in killers:
            killers.remove(killer)
        killers.insert(0, killer)

    def _chosen(self, mutant: Mutant, reach: Reach) -> list[str]:
        """The tests that reach it: those that killed its neighbours, then one of each function, then the others; not more than there is time for."""
        reached, ordered = reach.of(mutant)
        killers = [test for test in self._killers[mutant.where] if test in reached][:6]
        chosen, left = killers, float(self._asked.seconds)
        for test in ordered:
            if test not in killers and left > 0:
                chosen.append(test)
                left -= reach.seconds[test]
        return chosen

    def _start(self, share: list[Mutant], reach: Reach) -> None:
        """A process that tries these, one after the other, and tells of each."""
        if not share:
            return
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            os.close(ours)
            self._child(share, reach, theirs)
        os.close(theirs)
        self._running[child] = (share, os.fdopen(ours, encoding="utf-8"), reach)

    def _listen(self) -> None:
        """Take one verdict; a process that died has met a mutant that kills it."""
        ready, _, _ = select.select([pipe for _, pipe, _ in self._running.values()], [], [])
        child, (share, pipe, reach) = next((child, kept) for child, kept in self._running.items() if kept[1] in ready)
        line = pipe.readline()
        if line:
            self._keep(share.pop(0), *json.loads(line))
            return
        del self._running[child]
        pipe.close()
        _, status = os.waitpid(child, 0)
        if share:
            if status:
                self._keep(share.pop(0), "timed out", "")
            self._start(share, reach)

    def _child(self, share: list[Mutant], reach: Reach, tell: int) -> None:
        """Never returns."""
        os.nice(12)
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        signal.signal(signal.SIGPROF, _too_long)
        try:
            for mutant in share:
                told = self._try(mutant, reach)
                if told[1] and told[0] == "killed":
                    self._remember(mutant, told[1])
                os.write(tell, (json.dumps(told) + "\n").encode())
        finally:
            os._exit(0 if mutant is share[-1] else 1)

    def _try(self, mutant: Mutant, reach: Reach) -> tuple[str, str]:
        """The verdict, and the test that killed it."""
        tests = self._chosen(mutant, reach)
        if not tests:
            return "not reached", ""
        try:
            undo = mutant.apply()
        except Exception:  # noqa: BLE001 - whatever it is, the module would not even load
            return "killed", "(it does not load)"
        items = [self._items[test] for test in tests]
        signal.setitimer(signal.ITIMER_PROF, 0.5 + 5 * sum(reach.seconds[test] for test in tests))
        try:
            for clear in self._clear:
                clear()
            for item, following in zip(items, [*items[1:], None], strict=True):
                if _fails(item, following):
                    return "killed", item.nodeid
        except _TooLong:
            return "timed out", ""
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            undo()
            items[0].session._setupstate.teardown_exact(None)
        return "survived", ""


def _fails(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Whether a test fails; one that needs no fixture is called without more ado, which is many times quicker."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if not isinstance(item, pytest.Function) or set(item.fixturenames) - set(given) or not set(given) <= set(item._fixtureinfo.argnames):
        return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))
    try:
        item.obj(**given)
    except _TooLong:
        raise
    except pytest.skip.Exception:
        return False
    except BaseException:  # noqa: BLE001 - whatever it is, the test has noticed
        return True
    return False


class _TooLong(BaseException):
    """A mutant that never comes to an end."""


def _too_long(_signal: int, _frame: object) -> None:
    raise _TooLong


def _shorten(item: pytest.Item) -> None:
    """Few examples of each property, and always the same."""
    from hypothesis import settings  # noqa: PLC0415 - only now: pytest wants to load it itself

    function = getattr(item, "obj", None)
    inner = getattr(function, "__func__", function)
    if (own := getattr(inner, "_hypothesis_internal_use_settings", None)) is not None:
        inner._hypothesis_internal_use_settings = settings(own, max_examples=min(EXAMPLES, own.max_examples), derandomize=True, database=None, deadline=None)  # type: ignore[union-attr]


def _caches() -> list[Callable[[], None]]:
    """How to forget what was computed before a change, which would hide it."""
    ours = [module for module in list(sys.modules.values()) if getattr(module, "__name__", "").split(".")[0].startswith(("voicecoach", "test", "timeline", "golden", "proof"))]
    return [clear for module in ours for value in list(vars(module).values()) if callable(clear := getattr(value, "cache_clear", None))]


if __name__ == "__main__":
    sys.exit(main())
