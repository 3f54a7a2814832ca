"""The bouts of a program in order, and the place in it."""

from __future__ import annotations

import pytest
from timeline import FULL, SCRIPT, SHORT

from voicecoach.core.plan import Plan


def names(plan: Plan) -> list[str]:
    return [f"{bout.stretch.id} {bout.side} {bout.repetition}/{bout.repetitions}" for bout in plan.bouts]


def test_all_repetitions_of_the_left_side_come_before_the_right_side() -> None:
    twist = [name for name in names(Plan(FULL, SCRIPT)) if name.startswith("spinal-twist")]
    assert twist == ["spinal-twist left 1/2", "spinal-twist left 2/2", "spinal-twist right 1/2", "spinal-twist right 2/2"]


def test_a_stretch_without_sides_has_none() -> None:
    assert names(Plan(SHORT, SCRIPT)) == ["knees-to-chest  1/2", "knees-to-chest  2/2"]


def test_advancing_goes_through_all_bouts_and_then_there_is_none() -> None:
    plan = Plan(FULL, SCRIPT)
    walked = []
    while plan.current:
        walked.append(plan.current)
        plan.advance()
    assert tuple(walked) == plan.bouts
    assert len(walked) == 14


def test_skipping_leaves_out_the_rest_of_the_stretch_on_both_sides() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.skip()
    plan.advance()
    assert plan.current
    assert (plan.current.stretch.id, plan.current.repetition) == ("spinal-twist", 2)
    plan.skip()
    assert plan.current.stretch.id == "hamstring"
    plan.skip()
    plan.skip()
    assert plan.current is None
    plan.skip()
    assert plan.current is None


def test_lighter_lasts_as_long_as_the_stretch() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.skip()
    plan.lighter = True
    kept = []
    for _ in range(4):
        kept.append(plan.lighter)
        plan.advance()
    assert kept == [True] * 4
    assert not plan.lighter


def test_the_time_left_falls_with_each_bout_and_ends_with_the_cool_down() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.warm_up_left = 0.0
    left = [plan.seconds_left()]
    while plan.current:
        plan.advance()
        left.append(plan.seconds_left())
    assert left == sorted(left, reverse=True)
    assert left[-1] == FULL.cool_down_seconds


@pytest.mark.parametrize("program", [FULL, SHORT])
def test_the_time_left_begins_with_the_warm_up(program: object) -> None:
    plan = Plan(program, SCRIPT)
    whole = plan.seconds_left()
    plan.warm_up_left = 0.0
    assert whole - plan.seconds_left() == program.warm_up_minutes * 60


def test_the_doses_are_within_the_references_figures() -> None:
    for bout in Plan(FULL, SCRIPT).bouts:
        assert 20 <= bout.hold_seconds <= 30
        assert 2 <= bout.repetitions <= 3
