"""The bouts of a program in order, and the place in it."""

from __future__ import annotations

import pytest
from timeline import DIALOGS, FULL, SCRIPT, SHORT

from voicecoach.core.dosing import Dosage, bounds_of, load_rules, today
from voicecoach.core.plan import SECONDS_AROUND_A_HOLD, Plan
from voicecoach.language.loader import load_program
from voicecoach.language.program import Dose, Program

GENTLE = load_program(DIALOGS / "programs/gentle.yaml", SCRIPT)
RULES = load_rules(DIALOGS / "adaptation.yaml")
KNEES, TWIST = "knees-to-chest", "spinal-twist"
DOSE = Dosage(hold_seconds=25, repetitions=2, deepenings=2)


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
def test_the_time_left_begins_with_the_warm_up(program: Program) -> None:
    plan = Plan(program, SCRIPT)
    whole = plan.seconds_left()
    plan.warm_up_left = 0.0
    assert whole - plan.seconds_left() == program.warm_up_minutes * 60


def test_the_doses_are_within_the_references_figures() -> None:
    for bout in Plan(FULL, SCRIPT).bouts:
        assert 20 <= bout.hold_seconds <= 30
        assert 2 <= bout.repetitions <= 3


def program(*doses: Dose, **other: object) -> Program:
    return FULL.model_copy(update={"stretches": list(doses), **other})


def coming(plan: Plan) -> list[tuple[str, int, int]]:
    """Side, repetition and seconds of what is still to be done of the present stretch, whatever else there is."""
    assert plan.current
    here = plan.bouts.index(plan.current)
    return [(bout.side[:1], bout.repetition, bout.hold_seconds) for bout in plan.bouts[here:] if bout.stretch is plan.current.stretch]


# --- the program's words ----------------------------------------------------------------------------------------


def test_sides_come_as_the_program_says_and_each_repetition_is_held_longer() -> None:
    plan = Plan(program(Dose(stretch=TWIST, sides=["right", "left"], repetitions=3, hold_seconds=20, build_up_seconds=4)), SCRIPT)
    assert coming(plan) == [("r", 1, 20), ("r", 2, 24), ("r", 3, 28), ("l", 1, 20), ("l", 2, 24), ("l", 3, 28)]


@pytest.mark.parametrize(("hold", "seconds"), [(24, [24, 29, 30]), (35, [35, 35, 35])])
def test_no_build_up_leads_beyond_the_limit_and_a_hold_that_is_written_stays(hold: int, seconds: list[int]) -> None:
    plan = Plan(program(Dose(stretch=KNEES, repetitions=3, hold_seconds=hold, build_up_seconds=5)), SCRIPT)
    assert [bout.hold_seconds for bout in plan.bouts] == seconds


@pytest.mark.parametrize(("answers", "left"), [
    ({"floor": True, "knees": False, "turning": False, "disc": False}, [KNEES, TWIST, "hamstring"]),
    ({"floor": True, "knees": True, "turning": False, "disc": False}, [TWIST, "hamstring"]),
    ({"floor": True, "knees": None, "turning": False}, ["hamstring"]),
    ({"floor": None, "knees": False, "turning": False, "disc": False}, []),
    ({}, []),
])
def test_only_what_clear_answers_allow_is_done(answers: dict[str, bool | None], left: list[str]) -> None:
    plan = Plan(GENTLE, SCRIPT)
    plan.follow(answers)
    assert list(dict.fromkeys(bout.stretch.id for bout in plan.bouts)) == left


def test_how_long_counts_every_hold_with_what_is_around_it_and_the_warm_up_until_it_is_done() -> None:
    plan = Plan(SHORT, SCRIPT)
    each = 20 + SECONDS_AROUND_A_HOLD + 8
    assert plan.seconds_left() == 300 + 2 * each + 40
    plan.warm_up_left = 61.4
    assert plan.seconds_left() == 61 + 2 * each + 40
    plan.warm = True
    assert plan.seconds_left() == 2 * each + 40
    plan.advance()
    assert plan.seconds_left() == each + 40


# --- where it is ------------------------------------------------------------------------------------------------


def test_a_stretch_has_begun_from_its_second_repetition_on_and_changes_its_side_once() -> None:
    plan = Plan(FULL, SCRIPT)
    walked = []
    for _ in range(7):
        walked.append((plan.begun, plan.changes_side, plan.more_of_this, plan.other_side))
        plan.advance()
    knees = [(False, False, True, ""), (True, False, False, "")]
    twist = [(False, False, True, "right"), (True, False, True, "right"), (True, True, True, ""), (True, False, False, "")]
    assert walked == [*knees, *twist, (False, False, True, "right")]


def test_a_plan_is_under_way_as_soon_as_one_repetition_is_over() -> None:
    plan = Plan(FULL, SCRIPT)
    assert not plan.under_way
    plan.advance()
    assert plan.under_way


def test_when_all_is_done_nothing_has_begun_and_there_is_no_side_and_no_dose() -> None:
    plan = Plan(SHORT, SCRIPT)
    assert not plan.begun
    plan.skip()
    assert (plan.begun, plan.changes_side, plan.more_of_this, plan.other_side, plan.dosage, plan.deepen_limit) == (False, False, False, "", None, 0)


def test_the_other_side_first_loses_nothing() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.skip()
    before = plan.bouts
    plan.other_side_first()
    assert [name for name in names(plan) if TWIST in name] == ["spinal-twist right 1/2", "spinal-twist right 2/2", "spinal-twist left 1/2", "spinal-twist left 2/2"]
    assert plan.bouts[:2] == before[:2]
    assert plan.bouts[6:] == before[6:]
    plan.advance()
    plan.other_side_first(after_this=True)
    assert [name for name in names(plan) if TWIST in name] == ["spinal-twist right 1/2", "spinal-twist right 2/2", "spinal-twist left 1/2", "spinal-twist left 2/2"]


def test_after_a_hold_the_other_side_comes_next_and_the_hold_is_not_repeated() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.skip()
    plan.other_side_first(after_this=True)
    assert [name for name in names(plan) if TWIST in name] == ["spinal-twist left 1/2", "spinal-twist right 1/2", "spinal-twist right 2/2", "spinal-twist left 2/2"]


def test_a_stretch_to_which_the_program_comes_back_is_another_time() -> None:
    knees, twist = Dose(stretch=KNEES, repetitions=1), Dose(stretch=TWIST, repetitions=1)
    plan = Plan(program(twist, knees, twist), SCRIPT)
    plan.other_side_first()
    again = ["spinal-twist left 1/1", "spinal-twist right 1/1"]
    assert names(plan) == [*reversed(again), "knees-to-chest  1/1", *again]
    plan.advance()
    assert (plan.more_of_this, plan.other_side) == (False, "")
    plan.skip()
    assert plan.current
    assert plan.current.stretch.id == KNEES


def test_unease_ends_with_its_stretch_and_carefree_with_the_session() -> None:
    plan = Plan(FULL, SCRIPT)
    assert (plan.unease, plan.carefree) == (False, True)
    plan.wants_less(here=False)
    assert (plan.unease, plan.carefree) == (False, False)
    plan.wants_less()
    plan.wants_less(here=False)
    assert (plan.unease, plan.carefree) == (True, False)
    plan.lighter = True
    plan.advance()
    assert plan.unease
    plan.advance()
    assert (plan.unease, plan.lighter, plan.carefree) == (False, False, False)


def test_after_the_last_repetition_nothing_is_lighter_any_more() -> None:
    plan = Plan(SHORT, SCRIPT)
    plan.lighter = True
    plan.wants_less()
    plan.skip()
    assert (plan.lighter, plan.unease) == (False, False)


# --- another dose -----------------------------------------------------------------------------------------------


def test_another_dose_is_for_what_is_left_of_that_stretch_alone() -> None:
    plan = Plan(FULL, SCRIPT)
    plan.skip()
    plan.advance()
    before = plan.bouts
    plan.change(TWIST, DOSE, DOSE.moved("hold_seconds", -3))
    assert coming(plan) == [("l", 2, 22), ("r", 1, 22), ("r", 2, 22)]
    assert plan.bouts[:3] == before[:3]
    assert plan.bouts[6:] == before[6:]
    assert plan.dosage == DOSE.moved("hold_seconds", -3)


def test_a_repetition_more_is_done_on_both_sides_and_one_less_on_neither() -> None:
    plan = Plan(program(Dose(stretch=TWIST, repetitions=2)), SCRIPT)
    more = DOSE.moved("repetitions", 1)
    plan.change(TWIST, DOSE, more)
    assert names(plan) == [f"spinal-twist {side} {number}/3" for side in ("left", "right") for number in (1, 2, 3)]
    assert plan.dosage == more
    plan.change(TWIST, more, DOSE.moved("repetitions", -1))
    assert names(plan) == ["spinal-twist left 1/1", "spinal-twist right 1/1"]


@pytest.mark.parametrize(("by", "seconds"), [(3, [28, 30]), (20, [30, 30]), (-3, [22, 27]), (-20, [20, 20])])
def test_no_hold_leaves_the_limits(by: int, seconds: list[int]) -> None:
    plan = Plan(program(Dose(stretch=KNEES, hold_seconds=25, build_up_seconds=5)), SCRIPT)
    plan.change(KNEES, DOSE, DOSE.moved("hold_seconds", by))
    assert [bout.hold_seconds for bout in plan.bouts] == seconds


@pytest.mark.parametrize(("hold", "by"), [(15, -5), (40, 5)])
def test_a_hold_that_is_written_outside_of_the_limits_goes_no_further(hold: int, by: int) -> None:
    plan = Plan(program(Dose(stretch=KNEES, hold_seconds=hold)), SCRIPT)
    old = DOSE.model_copy(update={"hold_seconds": hold})
    plan.change(KNEES, old, old.moved("hold_seconds", by))
    assert [bout.hold_seconds for bout in plan.bouts] == [hold, hold]


def test_less_that_is_refused_leaves_no_hold_longer_than_it_was() -> None:
    """The built-up hold of the left side comes down by 5 s, the first one of the right side cannot: it must not go up on the way back."""
    plan = Plan(GENTLE, SCRIPT)
    plan.skip()
    plan.advance()
    before, old = coming(plan), plan.dosage
    assert old
    assert before == [("l", 2, 35), ("r", 1, 30), ("r", 2, 35)]
    less = today(RULES, bounds_of(GENTLE, 1)[TWIST], old)
    plan.change(TWIST, old, less)
    assert coming(plan) == [("l", 2, 30), ("r", 1, 30), ("r", 2, 30)]
    plan.change(TWIST, less, old)
    assert coming(plan) == before
    plan.change(TWIST, old, less)
    plan.change(TWIST, less, less.moved("hold_seconds", 10))
    assert coming(plan) == [("l", 2, 40), ("r", 1, 40), ("r", 2, 40)]


def test_repetitions_that_are_given_back_are_built_up_as_before() -> None:
    plan = Plan(GENTLE, SCRIPT)
    old = plan.dosage
    assert old
    before, one = coming(plan), old.moved("repetitions", -1)
    plan.change(KNEES, old, one)
    assert coming(plan) == [("", 1, 30)]
    plan.change(KNEES, one, old)
    assert coming(plan) == before


def test_each_stretch_is_deepened_as_often_as_was_agreed_and_never_more_often_than_the_program_says() -> None:
    plan = Plan(FULL, SCRIPT)
    assert plan.deepen_limit == 2
    plan.change(KNEES, DOSE, DOSE.moved("deepenings", -1))
    plan.change(TWIST, DOSE, DOSE.moved("deepenings", 1))
    assert plan.deepen_limit == 1
    plan.skip()
    assert plan.deepen_limit == 2
