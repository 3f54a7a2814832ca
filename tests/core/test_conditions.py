"""Which of a program's questions are asked, and which of its stretches the answers leave."""

from __future__ import annotations

import pytest
from timeline import FULL, SCRIPT

from voicecoach.core.parts.conditions import Conditions
from voicecoach.core.plan import Plan
from voicecoach.language.program import Dose

KNEES = Dose(stretch="knees-to-chest", only_if=["floor"], skip_if=["knees"])
TWIST = Dose(stretch="spinal-twist", only_if=["floor"], skip_if=["turning", "disc"])
HAMSTRING = Dose(stretch="hamstring")
STANDING = Dose(stretch="hamstring", only_if=["chair"])


def plan_of(*doses: Dose) -> Plan:
    return Plan(FULL.model_copy(update={"stretches": list(doses)}), SCRIPT)


def after(*answers: bool | None, doses: tuple[Dose, ...] = (KNEES, TWIST), disc: bool | None = False) -> Conditions:
    """The disc is asked about in the screening; then these answers were given to what was open."""
    conditions = Conditions(plan_of(*doses), frozenset({"disc"}))
    if disc is not None:
        conditions.know("disc", known=disc)
    for answer in answers:
        conditions.answer(answer)
    return conditions


def test_each_question_counts_once_and_those_of_the_screening_do_not() -> None:
    assert after().count == 3
    assert Conditions(plan_of(KNEES, TWIST), frozenset()).count == 4
    assert Conditions(plan_of(HAMSTRING), frozenset({"disc"})).count == 0


@pytest.mark.parametrize(("answers", "then"), [
    ((), "floor"), ((True,), "knees"), ((True, False), "turning"), ((True, True), "turning"), ((True, None), "turning"), ((True, False, False), ""), ((True, False, None), "")])
def test_they_come_in_the_order_in_which_the_stretches_need_them(answers: tuple[bool | None, ...], then: str) -> None:
    assert after(*answers).open == then


@pytest.mark.parametrize("answer", [False, None])
def test_what_no_stretch_depends_on_any_more_is_not_asked(answer: bool | None) -> None:  # noqa: FBT001 - it is the answer itself
    assert after(answer).open == ""
    assert after(answer, doses=(KNEES, STANDING)).open == "chair"


def test_an_answer_of_the_screening_leaves_a_question_out_as_well() -> None:
    assert after(True, False, disc=True).open == ""
    assert after(doses=(TWIST,), disc=True).open == ""


def test_a_stretch_without_conditions_asks_nothing() -> None:
    assert after(doses=(HAMSTRING,)).open == ""
    assert after(doses=(HAMSTRING, KNEES)).open == "floor"


def test_what_the_screening_knows_is_no_answer_of_the_client() -> None:
    assert after().last == ""
    assert after(True).last == "floor"


def test_the_last_answer_can_be_taken_back_and_then_the_one_before() -> None:
    conditions = after(True, False, True)
    assert conditions.go_back() is True
    assert (conditions.open, conditions.last) == ("turning", "knees")
    assert conditions.go_back() is True
    assert conditions.open == "knees"
    conditions.answer(False)
    assert conditions.open == "turning", "it is asked anew"
    assert conditions.go_back()
    assert conditions.go_back()
    assert (conditions.open, conditions.last) == ("floor", "")
    assert conditions.go_back() is False
    assert conditions.open == "floor"


def test_nothing_that_was_not_answered_can_be_taken_back() -> None:
    conditions = after(disc=True)
    assert conditions.go_back() is False
    assert conditions.left_out == [SCRIPT.stretches["knees-to-chest"].name, SCRIPT.stretches["spinal-twist"].name]


@pytest.mark.parametrize(("answers", "left"), [
    ((True, False, False), ["knees-to-chest", "spinal-twist"]), ((True, True, False), ["spinal-twist"]), ((True, None, False), ["spinal-twist"]),
    ((True, False, True), ["knees-to-chest"]), ((True, False, None), ["knees-to-chest"]), ((False,), []), ((None,), []), ((True, True, True), [])])
def test_a_stretch_is_done_only_with_the_clear_answers_that_it_needs(answers: tuple[bool | None, ...], left: list[str]) -> None:
    plan = plan_of(KNEES, TWIST)
    conditions = Conditions(plan, frozenset({"disc"}))
    conditions.know("disc", known=False)
    for answer in answers:
        conditions.answer(answer)
    assert conditions.left_out == [SCRIPT.stretches[name].name for name in ("knees-to-chest", "spinal-twist") if name not in left]
    assert conditions.nothing_left is (not left)
    conditions.settle()
    assert list(dict.fromkeys(bout.stretch.id for bout in plan.bouts)) == left


def test_a_stretch_of_which_something_is_left_is_not_left_out() -> None:
    """It stands twice: on the floor, and by a chair."""
    assert after(False, True, doses=(Dose(stretch="hamstring", only_if=["floor"]), STANDING)).left_out == []
