"""Check-in: did you feel it, where, was it too much? The answers shape the next repetition."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from timeline import FULL, SCRIPT, SHORT, Timeline, hold_again, keys, listening

from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.language.program import Program
from voicecoach.language.script import Script
from voicecoach.vocabulary import Dictated, Evidence, Hush, Intent, Outcome, Unclear


def asked(program: Program = FULL) -> Timeline:
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


def yes_or_no(script: Script = SCRIPT) -> Timeline:
    """Nobody has named a place, so a yes or a no is asked for."""
    timeline = Timeline(session=Session(script, FULL, earcons="none")).to(Phase.CHECK_IN, warm=True)
    timeline.answer(Intent.YES)
    timeline.run(until="knees-to-chest.right_place")
    timeline.quiet()
    return timeline


def again(timeline: Timeline) -> None:
    """One more repetition, to the end of its first question."""
    hold_again(timeline)
    timeline.run(until="check-in.feel")
    timeline.quiet()


def second_time(first: Intent = Intent.NO, slot: str = "") -> Timeline:
    """The first question after the second and last repetition of a stretch, of which the first was felt in the wrong place if `slot` says so."""
    timeline = where() if slot else too_much()
    if slot:
        timeline.hear(Intent.PLACE, slot=slot)
    timeline.answer(first)
    again(timeline)
    return timeline


def test_the_wrong_place_after_the_last_repetition_leaves_nothing_out_so_it_is_explained_once_more() -> None:
    timeline = second_time(slot="knee")
    timeline.hear(Intent.YES)
    assert keys(timeline.answer(Intent.PLACE, slot="neck")) == ["place.neck", "knees-to-chest.wrong_place", "check-in.too-much"]


def test_the_wrong_place_in_one_stretch_is_the_first_time_in_the_next() -> None:
    timeline = second_time(slot="knee")
    timeline.answer(Intent.NO)
    timeline.answer(Intent.NO)
    again(timeline)
    timeline.hear(Intent.YES)
    assert keys(timeline.answer(Intent.PLACE, slot="neck")) == ["place.neck", "spinal-twist.wrong_place", "check-in.too-much"]


def test_what_felt_good_was_felt() -> None:
    assert keys(asked().hear(Intent.GOOD)) == ["check-in.where"]
    assert keys(yes_or_no(listening(place_check=(Intent.GOOD,))).hear(Intent.GOOD)) == ["check-in.right-place", "check-in.too-much"]


def test_all_good_was_not_too_much() -> None:
    assert keys(too_much().hear(Intent.GOOD))[:2] == ["check-in.fine", "next.again"]


def test_a_place_may_still_be_named_where_a_yes_or_no_was_asked_for() -> None:
    assert keys(yes_or_no().hear(Intent.PLACE, slot="hip")) == ["check-in.right-place", "check-in.too-much"]
    assert keys(yes_or_no().hear(Intent.PLACE, slot="knee"))[:2] == ["place.knee", "knees-to-chest.wrong_place"]


def test_whoever_does_not_know_where_is_not_told_that_it_was_wrong() -> None:
    timeline = yes_or_no()
    assert keys(timeline.hear(Intent.UNSURE)) == ["check-in.too-much"]
    timeline.answer(Intent.NO)
    assert "approach.lighter" not in next_set_up(timeline)


def test_a_part_of_the_body_that_no_stretch_knows_is_a_wrong_place() -> None:
    assert keys(where().hear(Intent.PLACE, slot="")) == ["knees-to-chest.wrong_place", "check-in.too-much"]


@pytest.mark.parametrize("slot", ["hip", "nowhere"])
def test_the_right_place_and_none_are_no_reason_for_less(slot: str) -> None:
    timeline = where()
    timeline.hear(Intent.PLACE, slot=slot)
    timeline.answer(Intent.NO)
    assert "approach.lighter" not in next_set_up(timeline)


def test_what_is_said_before_the_question_is_no_answer_to_it() -> None:
    timeline = asked()
    timeline.hear(Intent.YES)
    timeline.run(0.3)
    assert timeline.hear(Intent.UNSURE) == []
    timeline.quiet()
    assert timeline.said[-1] == "check-in.where"


def test_an_answer_to_the_question_as_it_sounds_counts_at_its_end() -> None:
    timeline = asked()
    timeline.hear(Intent.NO)
    timeline.sounding("check-in.too-much")
    timeline.run(1.55)
    assert timeline.hear(Intent.NO) == []
    timeline.run(1)
    assert "check-in.fine" in timeline.said


def test_what_is_no_answer_is_taken_up_while_the_question_sounds() -> None:
    timeline = asked()
    timeline.hear(Intent.YES)
    timeline.run(0.3)
    commands = timeline.hear(Intent.REPEAT)
    assert commands[0] == Hush()
    assert keys(commands) == ["check-in.where"]


@pytest.mark.parametrize(("word", "line"), [(Intent.WHERE, "knees-to-chest.where"), (Intent.NORMAL, "knees-to-chest.normal"), (Intent.HELP, "help.list")])
@pytest.mark.parametrize("place", [asked, where, too_much, yes_or_no])
def test_a_question_is_no_answer_and_leaves_ours_open(place: Callable[[], Timeline], word: Intent, line: str) -> None:
    timeline = place()
    open_one = timeline.grammar
    assert keys(timeline.hear(word))[0] == line
    assert (timeline.phase, timeline.grammar) == (Phase.CHECK_IN, open_one)
    timeline.answer(Intent.EASE)
    assert "knees-to-chest.wrong_place" not in timeline.said


@pytest.mark.parametrize("word", [Intent.YES, Intent.NO, Intent.GOOD])
def test_in_a_language_that_listens_for_more_a_yes_or_no_names_no_place(word: Intent) -> None:
    timeline = Timeline(session=Session(listening(place=(word,)), FULL, earcons="none")).to(Phase.CHECK_IN, warm=True)
    timeline.answer(Intent.YES)
    timeline.quiet()
    assert timeline.hear(word) == []


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
    def test_pain_at_any_question(self, place: Callable[[], Timeline]) -> None:
        assert keys(place().hear(Intent.PAIN, Evidence.PARTIAL)) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]


class TestNoAnswer:
    @pytest.mark.parametrize("place", [asked, where, too_much])
    def test_silence_asks_with_help_then_in_another_way_and_then_pauses(self, place: Callable[[], Timeline]) -> None:
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

    def test_words_that_are_no_phrase_are_muttering_where_no_name_is_asked_for(self) -> None:
        assert keys(asked().event(Dictated("something", ear="ear"))) == ["check-in.feel-again"]

    def test_a_word_that_was_heard_badly_is_asked_for_again_but_never_over_the_question(self) -> None:
        timeline = asked()
        timeline.hear(Intent.YES)
        timeline.run(0.3)
        assert timeline.hear(Intent.UNSURE, Evidence.FINAL) == []
        timeline.quiet()
        assert timeline.said[-1] == "check-in.where"

    def test_muttering_over_the_question_changes_nothing(self) -> None:
        timeline = asked()
        timeline.hear(Intent.NO)
        timeline.run(0.3)
        assert timeline.event(Unclear("hm")) == []
        timeline.quiet()
        assert keys(timeline.event(Unclear("hm"))) == ["check-in.too-much-again"]

    def test_after_muttering_the_question_is_put_shorter_and_is_not_repeated(self) -> None:
        timeline = asked()
        timeline.event(Unclear("hm"))
        before = len(timeline.said)
        timeline.run(60)
        assert timeline.said[before : before + 2] == ["check-in.feel-short", "paused.ask"]

    def test_each_question_has_its_own_help(self) -> None:
        timeline = asked()
        timeline.run(until="check-in.feel-again")
        timeline.answer(Intent.NO)
        before = len(timeline.said)
        timeline.run(60)
        assert timeline.said[before : before + 3] == ["check-in.too-much-again", "check-in.too-much-short", "paused.ask"]

    def test_muttering_where_a_yes_or_no_is_asked_for_repeats_that(self) -> None:
        timeline = yes_or_no()
        assert keys(timeline.event(Unclear("hm"))) == ["knees-to-chest.right_place"]
        assert timeline.event(Unclear("hm")) == []
        timeline.run(60)
        assert timeline.phase is Phase.PAUSED

    def test_a_break_for_want_of_an_answer_does_not_repeat_the_repetition(self) -> None:
        timeline = asked()
        timeline.run(80)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.session.bout
        assert timeline.session.bout.repetition == 2


class TestIMeant:
    @pytest.mark.parametrize("word", [Intent.MEANT_YES, Intent.MEANT_NO])
    def test_before_the_first_answer_there_is_none_to_correct(self, word: Intent) -> None:
        timeline = asked()
        assert keys(timeline.hear(word)) == ["correct.nothing"]
        assert timeline.grammar.name == "check-in"

    @pytest.mark.parametrize(("place", "said"), [(where, "check-in.lighter"), (too_much, "check-in.where")])
    def test_yes_is_of_the_question_before_it_and_after_a_place_of_this_one(self, place: Callable[[], Timeline], said: str) -> None:
        timeline = place()
        if place is where:
            timeline.hear(Intent.PLACE, slot="hip")
            timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_YES))[0] == said

    def test_no_is_heard_before_the_place_is_asked_for_to_the_end(self) -> None:
        timeline = asked()
        timeline.hear(Intent.YES)
        timeline.run(0.3)
        commands = timeline.hear(Intent.MEANT_NO)
        assert commands[0] == Hush()
        assert keys(commands) == ["check-in.nothing-felt", "check-in.too-much"]

    @pytest.mark.parametrize("place", [where, too_much])
    def test_no_of_the_answer_before_asks_from_the_beginning_in_doubt(self, place: Callable[[], Timeline]) -> None:
        timeline = place()
        if place is where:
            timeline.hear(Intent.PLACE, slot="hip")
            timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_NO)) == ["check-in.feel"]

    @pytest.mark.parametrize("word", [Intent.MEANT_NO, Intent.MEANT_YES])
    def test_in_a_language_that_listens_for_more_nothing_felt_and_the_place_are_told_apart(self, word: Intent) -> None:
        both = (Intent.MEANT_NO, Intent.MEANT_YES)
        timeline = yes_or_no(listening(place=both, place_check=both))
        told = ["check-in.nothing-felt", "check-in.too-much"] if word is Intent.MEANT_NO else ["check-in.where"]
        assert keys(timeline.hear(word)) == told


class TestFindingOnesWay:
    def test_go_back_asks_the_question_before(self) -> None:
        timeline = where()
        assert keys(timeline.hear(Intent.GO_BACK)) == ["check-in.feel"]
        timeline.answer(Intent.YES)
        timeline.answer(Intent.PLACE, slot="hip")
        assert keys(timeline.answer(Intent.GO_BACK)) == ["check-in.where"]
        assert keys(too_much().hear(Intent.GO_BACK)) == ["check-in.feel"]
        assert keys(yes_or_no().hear(Intent.GO_BACK)) == ["check-in.where"]

    def test_go_back_from_a_wrong_place_that_ended_the_hold_asks_where(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.quiet()
        assert keys(timeline.hear(Intent.PLACE, slot="knee")) == ["safety.ease-down", "place.knee", "knees-to-chest.wrong_place", "check-in.too-much"]
        timeline.quiet()
        assert keys(timeline.hear(Intent.GO_BACK)) == ["check-in.where"]

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

    def test_skip_after_the_last_repetition_leaves_the_next_stretch_alone(self) -> None:
        timeline = second_time()
        said = keys(timeline.hear(Intent.SKIP))
        assert said == ["next.stretch", "spinal-twist.introduction"]

    def test_after_a_skip_here_the_next_check_in_counts_its_repetition_again(self) -> None:
        timeline = asked()
        timeline.hear(Intent.SKIP)
        again(timeline)
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        assert timeline.session.bout
        assert (timeline.session.bout.stretch.id, timeline.session.bout.repetition) == ("spinal-twist", 2)

    def test_repeat_repeats_the_whole_turn(self) -> None:
        assert keys(too_much().hear(Intent.REPEAT)) == ["check-in.nothing-felt", "check-in.too-much"]

    def test_skip_never_cuts_off_the_line_that_lets_the_legs_down(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.hear(Intent.NEXT)
        assert Hush() not in timeline.hear(Intent.SKIP)
