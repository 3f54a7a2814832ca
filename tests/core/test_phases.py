"""The table of ways between the phases."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest
from transitions import MachineError

from voicecoach.core.phases import FORCE, LATCHED, TABLE, Phase, Phases, Step

WAYS = {(source, step, target) for step, sources, target in TABLE for source in sources}


def reachable(start: Phase, without: frozenset[Phase] = frozenset()) -> set[Phase]:
    """The phases that a session can come to from `start`, never touching `without` on the way."""
    found, edge = set(), {start}
    while edge:
        found |= edge
        edge = {target for source, _, target in WAYS if source in edge and target not in without} - found
    return found


def lead_to(phase: Phase) -> Phases:
    """The machine, led to `phase` by the shortest way."""
    for length in range(9):
        for steps in _walks(length):
            phases = Phases()
            for step in steps:
                phases.take(step)
            if phases.phase is phase:
                return phases
    raise AssertionError(f"no way leads to {phase}")


def _walks(length: int) -> Iterator[tuple[Step, ...]]:
    ahead = (Step.SCREENED, Step.WARMED, Step.SET_UP, Step.HELD_STILL, Step.LET_DOWN)
    yield from (walk for walk in itertools.chain([ahead[:length]], ([*ahead[: length - 1], last] for last in Step)) if _goes(tuple(walk)))


def _goes(walk: tuple[Step, ...]) -> bool:
    phase: Phase | None = Phase.SCREEN
    for step in walk:
        phase = next((target for source, taken, target in WAYS if (source, taken) == (phase, step)), None)
    return phase is not None


def test_a_session_begins_with_the_screening() -> None:
    assert Phases().phase is Phase.SCREEN


def test_every_phase_can_be_reached_and_done_is_final() -> None:
    assert reachable(Phase.SCREEN) == set(Phase)
    assert reachable(Phase.DONE) == {Phase.DONE}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.DONE])
def test_stop_and_the_end_are_open_from_everywhere(phase: Phase) -> None:
    for step, target in ((Step.RELEASED, Phase.RELEASED), (Step.ENDED, Phase.DONE)):
        phases = lead_to(phase)
        phases.take(step)
        assert phases.phase is target


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("step", list(Step))
def test_the_machine_knows_the_rows_of_the_table_and_no_other_way(phase: Phase, step: Step) -> None:
    phases = lead_to(phase)
    target = next((target for source, taken, target in WAYS if (source, taken) == (phase, step)), None)
    if target:
        phases.take(step)
        assert phases.phase is target
    else:
        with pytest.raises(MachineError):
            phases.take(step)


def test_force_is_behind_screening_warm_up_and_set_up() -> None:
    # That a latched phase leads back to where it came from is the session's affair: the table cannot say so.
    for gate in (Phase.NEXT, Phase.STRETCH):
        assert Phase.HOLD not in reachable(Phase.SCREEN, frozenset({gate}))
    # A hold that had hardly begun leads back to the position and its question for "ready".
    assert {source for source, _, target in WAYS if target is Phase.STRETCH} == {Phase.NEXT, Phase.HOLD}
    assert {source for source, _, target in WAYS if target is Phase.HOLD} == {Phase.STRETCH}


@pytest.mark.parametrize("phase", sorted(LATCHED, key=lambda phase: phase.value))
def test_no_way_leads_from_a_latched_phase_straight_to_force(phase: Phase) -> None:
    assert not {target for source, _, target in WAYS if source is phase} & FORCE


def test_where_each_step_leads_and_from_where() -> None:
    """Written out, so that no set of the code can lose a phase unseen: one that a break leads out of, or that a stop does not lead out of."""
    working = "who screen warm-up next stretch hold check-in turn"
    latched = "released paused"
    assert {step.value: (" ".join(sorted(phase.value for phase in sources)), target.value) for step, sources, target in TABLE} == {
        step: (" ".join(sorted(sources.split())), target) for step, sources, target in (
            ("ask-who", "screen", "who"),
            ("named", "who", "screen"),
            ("screened", "screen", "warm-up"),
            ("warmed", "warm-up", "next"),
            ("not-warm", "next stretch", "warm-up"),
            ("set-up", "next", "stretch"),
            ("held-still", "stretch", "hold"),
            ("let-down", "stretch hold", "check-in"),
            ("anew", "hold", "stretch"),
            ("checked", "check-in", "next"),
            ("skipped", "stretch check-in next", "next"),
            ("turn-over", "next stretch hold check-in paused", "turn"),
            ("released", f"{working} {latched}", "released"),
            ("paused", working, "paused"),
            ("back-to-who", latched, "who"),
            ("back-to-turn", latched, "turn"),
            ("back-to-screen", latched, "screen"),
            ("back-to-warm-up", latched, "warm-up"),
            ("back-to-next", latched, "next"),
            ("ended", f"{working} {latched}", "done"),
        )}


def test_in_which_phases_somebody_may_push_and_which_only_a_confirmed_continue_leads_out_of() -> None:
    assert {phase.value for phase in FORCE} == {"stretch", "hold"}
    assert {phase.value for phase in LATCHED} == {"released", "paused"}


def test_a_phase_is_left_by_taking_a_step_and_by_nothing_else() -> None:
    """A method for every way, as the library would make them, could be called past the table."""
    assert [name for name in dir(Phases()) if not name.startswith("_")] == ["phase", "take"]


def test_no_step_is_ambiguous_and_none_is_without_use() -> None:
    assert len({(source, step) for source, step, _ in WAYS}) == len(WAYS)
    assert {step for _, step, _ in WAYS} == set(Step)


def test_the_library_does_not_chatter(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Phases()
    assert not caplog.records
