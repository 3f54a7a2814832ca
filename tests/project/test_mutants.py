"""The mutants of `make mutate`: each takes effect where the code runs, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from test_safety import CALM

from proof import reach
from proof.mutants import Mutant, made_of, mutants
from proof.mutation_page import code, result_of
from voicecoach.core import phases, safety
from voicecoach.core.floor import Floor
from voicecoach.core.phases import Phase, Step
from voicecoach.core.safety import Verdict
from voicecoach.hearing import arbiter
from voicecoach.vocabulary import Evidence, Heard, Intent

STOP = Heard(Intent.STOP, Evidence.PARTIAL)


def one(module: str, where: str, change: str) -> Mutant:
    return next(mutant for mutant in mutants(module) if (mutant.where, mutant.change) == (where, change))


def test_a_function_is_changed_and_changed_back() -> None:
    undo = one("voicecoach.core.safety", "_release", "case Intent.STOP: -> case Intent.EASE:").apply()
    try:
        assert safety.judge(STOP, CALM) is not Verdict.LET_GO
    finally:
        undo()
    assert safety.judge(STOP, CALM) is Verdict.LET_GO


def test_a_constant_is_changed_wherever_it_was_imported_and_so_is_what_is_made_of_it() -> None:
    weighed = arbiter.WEIGHED
    change = next(mutant for mutant in mutants("voicecoach.hearing.risk") if mutant.where == "LOADING" and "Intent.MORE" not in mutant.change.split(" -> ")[1])
    undo = change.apply()
    try:
        assert safety.needed(Intent.MORE, CALM) is Evidence.FINAL
        assert Intent.MORE not in arbiter.WEIGHED
    finally:
        undo()
    assert safety.needed(Intent.MORE, CALM) is Evidence.STRONG
    assert arbiter.WEIGHED is weighed


def test_what_is_made_of_a_constant_by_way_of_another_follows_it() -> None:
    change = next(mutant for mutant in mutants("voicecoach.core.phases") if mutant.where == "LATCHED" and mutant.change.endswith("({Phase.PAUSED})"))
    assert made_of("voicecoach.core.phases", "LATCHED") == ["_WORKING", "_LATCHED", "TABLE"]
    undo = change.apply()
    try:
        assert Phase.RELEASED not in sources(Step.BACK_TO_NEXT)
    finally:
        undo()
    assert Phase.RELEASED in sources(Step.BACK_TO_NEXT)


def sources(wanted: Step) -> tuple[Phase, ...]:
    """The phases from which a step leads."""
    return next(sources for step, sources, _ in phases.TABLE if step is wanted)


def test_a_property_is_changed_too() -> None:
    before = Floor.quiet.fget.__code__
    undo = one("voicecoach.core.floor", "Floor.quiet", "return not self._pending -> return self._pending").apply()
    assert Floor.quiet.fget.__code__ is not before
    undo()
    assert Floor.quiet.fget.__code__ is before


@pytest.mark.parametrize("module", ["voicecoach.core.safety", "voicecoach.hearing.risk", "voicecoach.core.parts.force", "voicecoach.core.parts.latched"])
def test_each_has_a_name_of_its_own_and_can_be_put_in_place(module: str) -> None:
    found = mutants(module)
    assert len({mutant.key for mutant in found}) == len(found) > 10
    for mutant in found:
        before, after = mutant.change.split(" -> ")[0], mutant.change.split(" -> ")[-1]
        assert before != after
        mutant.apply()()


def test_whoever_enters_a_block_is_the_first_to_notice_that_it_is_never_entered() -> None:
    stops = one("voicecoach.core.safety", "_release", "case Intent.STOP: -> (left out)")
    assert stops.block == (stops.lines[0] + 1,) * 2
    never, ever = (one("voicecoach.core.safety", "needed", f"if intent in RELEASE: -> if {value}:") for value in (False, True))
    assert (never.block, ever.block) == ((never.lines[0] + 1,) * 2, ever.lines)


def test_of_a_function_that_has_changed_since_any_test_that_reached_it_may_reach_each_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is measured once for each test file: lines that have moved since must not hide the tests that reach them now."""
    monkeypatch.setattr(reach, "KEPT", tmp_path)
    test = SimpleNamespace(nodeid="tests/project/test_mutants.py::any")
    where, line = "voicecoach.core.safety.judge", 1
    for text, found in ((None, False), ("another", True)):
        functions = {f"{name}.{inner}": digest for name in reach.MODULES for _, _, inner, digest in reach._texts(name)}  # noqa: SLF001
        kept = {"digest": reach.fingerprint(Path(__file__).read_text(encoding="utf-8")), "items": {test.nodeid: (0.1, {where: [line]})}, "functions": functions | ({where: text} if text else {})}
        reach.write(tmp_path / "reach.json", {"tests/project/test_mutants.py": kept})
        known = reach.Reach([test])  # type: ignore[list-item]
        change = one("voicecoach.core.safety", "judge", "if situation.phase is Phase.DONE: -> if False:")
        assert (test.nodeid in known.of(change)[0]) is found


# --- what is kept of a module ---

RISK = "voicecoach.hearing.risk"


def told(*verdicts: str) -> dict[str, list[str]]:
    """Verdicts on the first mutants of a small module."""
    return {mutant.key: [verdict, "tests/test_x.py::y", reach.fingerprint(mutant.text)] for mutant, verdict in zip(mutants(RISK), verdicts, strict=False)}


def test_a_module_that_was_run_to_its_end_tells_of_every_mutant() -> None:
    all_of_it = mutants(RISK)
    result = result_of(code(RISK), all_of_it, told("survived", "timed out", *["killed"] * (len(all_of_it) - 2)), None)
    assert (result["killed"], result["timed out"], result["not run"], result["survivors"]) == (len(all_of_it) - 2, 1, 0, [all_of_it[0].key])


@pytest.mark.parametrize(("then", "killed"), [("the same", 20), ("another", 2)])
def test_what_another_machine_found_counts_as_long_as_the_code_is_the_same(then: str, killed: int) -> None:
    kept = {"code": code(RISK) if then == "the same" else then, "date": "2026-12-01", "killed": 20, "whole": 0, "timed out": 0, "not run": 0, "survivors": []}
    result = result_of(code(RISK), mutants(RISK), told("killed", "killed"), kept)
    assert (result == kept) is (then == "the same")
    assert result["killed"] == killed


def test_a_verdict_on_what_a_function_was_is_none_on_what_it_is() -> None:
    verdicts = {key: [verdict, killer, "another text"] for key, (verdict, killer, _) in told("killed").items()}
    assert result_of(code(RISK), mutants(RISK), verdicts, None)["not run"] == len(mutants(RISK))
