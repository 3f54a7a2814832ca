"""Check-in: did you feel it, where, was it too much? The answers shape the next repetition."""

from __future__ import annotations

import pytest
from timeline import FULL, SHORT, Timeline, keys

from voicecoach.core.phases import Phase
from voicecoach.vocabulary import Evidence, Hush, Intent, Outcome, Unclear


def asked(program: object = FULL) -> Timeline:
    """The first question has been asked."""
    timeline = Timeline(program).to(Phase.CHECK_IN, warm=True)
    timeline.quiet()
    return timeline


def where() -> Timeline:
    timeline = asked()
    timeline.hear(Intent.YES)
    timeline.quiet()
    return timeline


def too_much() -> Timeline:
    timeline = asked()
    timeline.hear(Intent.NO)
    timeline.quiet()
    return timeline


def test_a_stretch_in_the_right_place_and_not_too_much() -> None:
    timeline = where()
    assert keys(timeline.hear(Intent.PLACE, slot="lower-back")) == ["check-in.right-place", "check-in.too-much"]
    assert keys(timeline.answer(Intent.NO))[:2] == ["check-in.fine", "next.again"]
    assert timeline.phase is Phase.NEXT


def test_all_three_questions_of_the_reference_are_for_the_client() -> None:
    timeline = where()
    timeline.hear(Intent.PLACE, slot="lower-back")
    texts = [say.text for say in timeline.says if say.key.startswith("check-in.")]
    assert "did you feel a stretch?" in texts[0]
    assert texts[1] == "Where did you feel it?"
    assert texts[3] == "Was any of it too much?"


@pytest.mark.parametrize("answer", [Intent.NO, Intent.UNSURE])
def test_nothing_felt_is_no_failure_and_nobody_pushes_harder_for_it(answer: Intent) -> None:
    assert keys(asked().hear(answer)) == ["check-in.nothing-felt", "check-in.too-much"]


def test_nowhere_is_the_same_as_nothing_felt() -> None:
    assert keys(where().hear(Intent.PLACE, slot="nowhere")) == ["check-in.nothing-felt", "check-in.too-much"]


def test_i_dont_know_where_goes_on_to_the_next_question() -> None:
    assert keys(where().hear(Intent.UNSURE)) == ["check-in.too-much"]


def next_set_up(timeline: Timeline) -> list[str]:
    timeline.run(until="position.ready")
    return timeline.said


def test_a_wrong_place_is_explained_and_the_next_time_is_lighter() -> None:
    timeline = where()
    assert keys(timeline.hear(Intent.PLACE, slot="knee")) == ["place.knee", "knees-to-chest.wrong_place", "check-in.too-much"]
    timeline.answer(Intent.NO)
    assert "approach.lighter" in next_set_up(timeline)


@pytest.mark.parametrize("answer", [Intent.YES, Intent.UNSURE, Intent.EASE])
def test_too_much_makes_the_next_time_lighter(answer: Intent) -> None:
    timeline = too_much()
    assert keys(timeline.hear(answer))[0] == "check-in.lighter"
    assert "approach.lighter" in next_set_up(timeline)


def test_too_much_may_be_said_at_any_question_and_in_the_rest_after_it() -> None:
    assert keys(asked().hear(Intent.EASE, Evidence.FINAL))[0] == "check-in.lighter"
    assert keys(where().hear(Intent.EASE, Evidence.FINAL))[0] == "check-in.lighter"
    timeline = too_much()
    timeline.hear(Intent.NO)
    assert keys(timeline.answer(Intent.EASE)) == ["check-in.lighter"]
    assert "approach.lighter" in next_set_up(timeline)


def test_too_much_before_the_first_repetition_of_a_stretch_compares_it_with_nothing() -> None:
    timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
    timeline.quiet()
    timeline.hear(Intent.EASE)
    assert "approach.lighter" not in next_set_up(timeline)


def test_the_coachs_own_too_much_is_no_answer() -> None:
    timeline = asked()
    timeline.hear(Intent.NO)
    timeline.sounding("check-in.too-much")
    assert timeline.hear(Intent.EASE, Evidence.FINAL) == []


def test_lighter_holds_for_the_other_side_too_and_not_for_the_next_stretch() -> None:
    timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
    timeline.answer(Intent.SKIP)
    timeline.run(until="position.ready")
    sides = []
    for repetition in range(4):
        timeline.answer(Intent.READY)
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.NEXT, until="hold.begin")
        timeline.answer(Intent.NO, until="check-in.feel")
        timeline.answer(Intent.YES if repetition == 1 else Intent.NO)
        before = len(timeline.said)
        timeline.run(until="position.ready")
        sides.append("approach.lighter" in timeline.said[before:])
    assert sides == [False, True, True, False]


class TestPain:
    @pytest.mark.parametrize("evidence", [Evidence.FINAL, Evidence.STRONG])
    def test_a_stretch_that_radiates_ends_the_session(self, evidence: Evidence) -> None:
        timeline = where()
        commands = timeline.hear(Intent.PLACE, evidence, slot="radiating")
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN

    def test_a_radiating_place_is_heard_while_the_coach_speaks(self) -> None:
        timeline = asked()
        timeline.hear(Intent.YES)
        timeline.run(0.3)
        assert keys(timeline.hear(Intent.PLACE, Evidence.FINAL, slot="radiating"))[0] == "safety.pain"

    def test_but_not_the_coachs_own_example(self) -> None:
        timeline = where()
        timeline.hear(Intent.HELP)
        timeline.run(0.3)
        assert timeline.hear(Intent.PLACE, Evidence.FINAL, slot="radiating") == []

    @pytest.mark.parametrize("place", [asked, where, too_much])
    def test_pain_at_any_question(self, place: object) -> None:
        assert keys(place().hear(Intent.PAIN, Evidence.PARTIAL)) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]


class TestNoAnswer:
    @pytest.mark.parametrize("place", [asked, where, too_much])
    def test_silence_asks_with_help_then_in_another_way_and_then_pauses(self, place: object) -> None:
        timeline = place()
        question = timeline.said[-1]
        other_way = "knees-to-chest.right_place" if question == "check-in.where" else f"{question}-short"
        before = len(timeline.said)
        timeline.run(80)
        assert timeline.said[before : before + 3] == [f"{question}-again", other_way, "paused.ask"]
        assert timeline.phase is Phase.PAUSED

    def test_muttering_gets_the_help_once(self) -> None:
        timeline = asked()
        assert keys(timeline.event(Unclear("hm"))) == ["check-in.feel-again"]
        timeline.quiet()
        assert timeline.event(Unclear("hm")) == []


class TestFindingOnesWay:
    def test_go_back_asks_the_question_before(self) -> None:
        timeline = where()
        assert keys(timeline.hear(Intent.GO_BACK)) == ["check-in.feel"]
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PLACE, slot="hip")
        assert keys(timeline.answer(Intent.GO_BACK)) == ["check-in.where"]
        assert keys(too_much().hear(Intent.GO_BACK)) == ["check-in.feel"]

    def test_skip_leaves_out_the_rest_of_the_stretch(self) -> None:
        timeline = asked()
        assert keys(timeline.hear(Intent.SKIP)) == ["next.skipped", "next.stretch", "spinal-twist.introduction"]

    def test_skip_after_the_last_repetition_leaves_out_the_questions_only(self) -> None:
        timeline = asked(SHORT)
        timeline.hear(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        timeline.answer(Intent.READY)
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.NEXT, until="hold.begin")
        timeline.run(until="check-in.feel")
        assert keys(timeline.answer(Intent.SKIP)) == ["cool-down.1"]

    def test_repeat_repeats_the_whole_turn(self) -> None:
        assert keys(too_much().hear(Intent.REPEAT)) == ["check-in.nothing-felt", "check-in.too-much"]

    def test_skip_never_cuts_off_the_line_that_lets_the_legs_down(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.hear(Intent.NEXT)
        assert Hush() not in timeline.hear(Intent.SKIP)
