"""Screening: may these two stretch at all today? One clear answer to each question, and never a guess."""

from __future__ import annotations

import pytest
from timeline import SCRIPT, Timeline, keys

from voicecoach.core.phases import Phase
from voicecoach.language.schema import Question
from voicecoach.vocabulary import Evidence, Hush, Intent, Outcome, Unclear

QUESTIONS = SCRIPT.questions
FIRST, SECOND, THIRD = (question.id for question in QUESTIONS[:3])
LAST = QUESTIONS[-1].id


def at(question: str) -> Timeline:
    """A session in which `question` has just been asked."""
    timeline = Timeline()
    while timeline.said[-1] != f"question.{question}.ask":
        timeline.answer(Intent.NO)
    timeline.quiet()
    return timeline


def cleared() -> Timeline:
    timeline = at(LAST)
    timeline.answer(Intent.NO)
    return timeline


def name(question: Question) -> str:
    return question.id


def test_the_coach_says_who_he_is_how_to_answer_and_how_to_take_back_and_asks() -> None:
    assert Timeline().said == ["screen.welcome", "screen.roles", "screen.begin", f"question.{FIRST}.ask"]


def test_seventeen_plain_noes_lead_to_the_warm_up_with_each_question_asked_once_in_order() -> None:
    timeline = cleared()
    assert [key for key in timeline.said if key.startswith("question.")] == [f"question.{question.id}.ask" for question in QUESTIONS]
    timeline.run(until="screen.clear")
    timeline.run(6)
    assert timeline.phase is Phase.WARM_UP


@pytest.mark.parametrize("question", QUESTIONS, ids=name)
@pytest.mark.parametrize("answer", [Intent.YES, Intent.UNSURE])
def test_yes_or_i_dont_know_ends_kindly_with_what_to_do(question: Question, answer: Intent) -> None:
    timeline = at(question.id)
    timeline.hear(answer)
    if question.follow_up and answer is Intent.YES:
        timeline.answer(Intent.NO)
    advice = timeline.says[-2]
    assert advice.key == f"question.{question.id}.advice"
    assert ("emergency number" in advice.text) is question.emergency
    timeline.run(60)
    assert timeline.session.outcome is (Outcome.EMERGENCY if question.emergency else Outcome.SCREENED_OUT)
    assert timeline.said[-1] == ("goodbye.emergency" if question.emergency else "goodbye.screened-out")


def test_the_emergency_signs_are_those_of_the_reference() -> None:
    assert {question.id for question in QUESTIONS if question.emergency} == {"saddle-numbness", "bladder-bowel", "both-legs", "chest-pain"}


class TestTheDiscQuestion:
    def test_a_yes_leads_to_the_question_about_clearance_and_a_yes_to_that_passes(self) -> None:
        timeline = at("disc")
        assert keys(timeline.hear(Intent.YES)) == ["question.disc.follow_up"]
        assert keys(timeline.answer(Intent.YES)) == ["question.one-leg.ask"]

    @pytest.mark.parametrize("answer", [Intent.NO, Intent.UNSURE])
    def test_anything_but_a_yes_to_clearance_ends(self, answer: Intent) -> None:
        timeline = at("disc")
        timeline.hear(Intent.YES)
        timeline.answer(answer)
        timeline.run(60)
        assert timeline.session.outcome is Outcome.SCREENED_OUT

    def test_a_weak_yes_to_clearance_does_not_pass(self) -> None:
        timeline = at("disc")
        timeline.hear(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(Intent.YES, Evidence.FINAL)) == ["talk.pardon"]

    def test_no_answer_to_clearance_is_asked_again_with_its_own_help(self) -> None:
        timeline = at("disc")
        timeline.hear(Intent.YES)
        timeline.run(until="question.disc.follow_up_help")
        timeline.run(until="question.disc.follow_up")

    def test_go_back_from_clearance_asks_about_the_disc_again(self) -> None:
        timeline = at("disc")
        timeline.hear(Intent.YES)
        assert keys(timeline.answer(Intent.GO_BACK)) == ["screen.going-back", "question.disc.ask"]


class TestNoAnswer:
    def test_the_question_comes_again_with_help_then_the_coach_wonders_whether_he_hears_then_he_waits(self) -> None:
        timeline = at(FIRST)
        before = len(timeline.said)
        timeline.run(110)
        ask = f"question.{FIRST}.ask"
        assert timeline.said[before:] == [f"question.{FIRST}.help", ask, "screen.closer", ask, "screen.waiting", "screen.waiting"]

    def test_repeat_after_the_waiting_line_repeats_the_question_and_not_the_waiting_line(self) -> None:
        timeline = at(FIRST)
        timeline.run(until="screen.waiting")
        assert keys(timeline.answer(Intent.REPEAT)) == ["screen.closer", f"question.{FIRST}.ask"]

    def test_an_hour_of_silence_passes_nobody_and_ends_without_having_begun(self) -> None:
        timeline = at(SECOND)
        timeline.run(3600)
        assert timeline.session.outcome is Outcome.UNANSWERED
        assert f"question.{THIRD}.ask" not in timeline.said

    def test_a_late_answer_still_counts(self) -> None:
        timeline = at(FIRST)
        timeline.run(until="screen.waiting")
        timeline.run(30)
        assert keys(timeline.answer(Intent.NO)) == [f"question.{SECOND}.ask"]

    def test_muttering_is_answered_with_the_possible_answers_but_once_only(self) -> None:
        timeline = at(FIRST)
        assert keys(timeline.event(Unclear("well"))) == ["screen.answers"]
        timeline.quiet()
        assert timeline.event(Unclear("well well")) == []


class TestWeakOrEarlyAnswers:
    def test_a_weak_no_is_asked_for_again(self) -> None:
        timeline = at(FIRST)
        assert keys(timeline.hear(Intent.NO, Evidence.FINAL)) == ["talk.pardon"]
        assert keys(timeline.answer(Intent.REPEAT)) == ["screen.welcome", "screen.roles", "screen.begin", f"question.{FIRST}.ask"]

    def test_a_no_in_passing_is_not_over_yet(self) -> None:
        assert at(FIRST).hear(Intent.NO, Evidence.PARTIAL) == []

    def test_a_weak_yes_ends_all_the_same(self) -> None:
        assert keys(at(FIRST).hear(Intent.YES, Evidence.FINAL))[0] == f"question.{FIRST}.advice"

    def test_a_no_before_the_question_has_been_spoken_answers_nothing(self) -> None:
        timeline = at(FIRST)
        timeline.hear(Intent.NO)
        timeline.run(0.5)
        assert timeline.hear(Intent.NO) == [], "the second no of 'no, no' would pass a question that nobody has heard"
        timeline.run(until=f"question.{SECOND}.ask")
        assert keys(timeline.answer(Intent.NO)) == [f"question.{THIRD}.ask"]

    def test_a_yes_in_the_middle_of_the_question_cuts_it_off(self) -> None:
        timeline = at(FIRST)
        timeline.hear(Intent.NO)
        timeline.run(0.5)
        commands = timeline.hear(Intent.YES)
        assert commands[0] == Hush()
        assert keys(commands)[0] == f"question.{SECOND}.advice"


class TestCorrections:
    def test_go_back_after_a_no_that_passed_on_reopens_the_question_just_answered(self) -> None:
        timeline = at(SECOND)
        assert keys(timeline.hear(Intent.GO_BACK)) == ["screen.going-back", f"question.{FIRST}.ask"]

    def test_go_back_in_the_middle_of_the_next_question_cuts_that_off(self) -> None:
        timeline = at(FIRST)
        timeline.hear(Intent.NO)
        timeline.run(1)
        commands = timeline.hear(Intent.GO_BACK)
        assert commands[0] == Hush()
        assert keys(commands) == ["screen.going-back", f"question.{FIRST}.ask"]

    def test_go_back_twice_goes_back_two_questions(self) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.GO_BACK)
        assert keys(timeline.answer(Intent.GO_BACK)) == ["screen.going-back", f"question.{FIRST}.ask"]

    def test_go_back_at_the_first_question_asks_it_again(self) -> None:
        assert keys(at(FIRST).hear(Intent.GO_BACK)) == ["screen.going-back", f"question.{FIRST}.ask"]

    def test_a_weak_go_back_will_do_because_it_only_asks_again(self) -> None:
        assert keys(at(SECOND).hear(Intent.GO_BACK, Evidence.FINAL)) == ["screen.going-back", f"question.{FIRST}.ask"]

    def test_a_corrected_no_can_still_end_the_session(self) -> None:
        timeline = at(SECOND)
        timeline.hear(Intent.GO_BACK)
        timeline.answer(Intent.YES)
        timeline.run(60)
        assert timeline.session.outcome is Outcome.EMERGENCY

    def test_go_back_after_the_closing_advice_asks_that_question_again(self) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.YES)
        timeline.run(until="screen.take-back")
        timeline.run(5)
        assert keys(timeline.hear(Intent.GO_BACK)) == ["screen.going-back", f"question.{THIRD}.ask"]
        assert keys(timeline.answer(Intent.NO)) == [f"question.{QUESTIONS[3].id}.ask"]

    def test_nothing_but_go_back_takes_the_closing_advice_back(self) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.YES)
        timeline.run(until="screen.take-back")
        timeline.run(1)
        for word in (Intent.NO, Intent.YES, Intent.UNSURE):
            timeline.hear(word)
        timeline.run(30)
        assert timeline.session.outcome is Outcome.EMERGENCY

    def test_go_back_after_the_last_question_reopens_it(self) -> None:
        timeline = cleared()
        timeline.run(until="screen.clear")
        timeline.run(3)
        assert keys(timeline.hear(Intent.GO_BACK)) == ["screen.going-back", f"question.{LAST}.ask"]
        timeline.run(60)
        assert timeline.phase is Phase.SCREEN


class TestInterruptions:
    def test_stop_then_continue_and_yes_asks_the_open_question_again(self) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.STOP)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.SCREEN
        assert timeline.said[-1] == f"question.{THIRD}.ask"

    @pytest.mark.parametrize("break_word", [Intent.STOP, Intent.PAUSE])
    def test_a_break_never_turns_a_refusal_into_a_pass(self, break_word: Intent) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.YES)
        timeline.answer(break_word)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.said[-1] == f"question.{THIRD}.ask"

    @pytest.mark.parametrize("break_word", [Intent.STOP, Intent.PAUSE])
    def test_a_break_after_the_last_question_asks_it_again(self, break_word: Intent) -> None:
        timeline = cleared()
        timeline.answer(break_word)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.said[-1] == f"question.{LAST}.ask"

    def test_why_gives_the_reason_and_asks_again(self) -> None:
        assert keys(at("steroids").hear(Intent.WHY)) == ["question.steroids.because", "question.steroids.ask"]

    def test_why_after_the_last_answer_asks_no_question_whose_answer_nobody_would_hear(self) -> None:
        """Found by the model check: the last question sounded open again, a "yes" to it was passed over, and silence led to the warm-up."""
        timeline = cleared()
        timeline.run(until="screen.clear")
        assert keys(timeline.hear(Intent.WHY)) == [f"question.{LAST}.because"]
        timeline.answer(Intent.GO_BACK)
        assert timeline.said[-1] == f"question.{LAST}.ask"

    def test_why_after_the_answer_that_ended_it_leaves_time_to_take_it_back(self) -> None:
        timeline = at(THIRD)
        timeline.hear(Intent.YES)
        timeline.run(until="screen.take-back")
        timeline.run(8)
        assert keys(timeline.hear(Intent.WHY)) == [f"question.{THIRD}.because"]
        timeline.run(8)
        timeline.answer(Intent.GO_BACK)
        assert timeline.said[-1] == f"question.{THIRD}.ask"

    def test_help_lists_what_can_be_said_and_repeat_repeats_that(self) -> None:
        timeline = at(THIRD)
        assert keys(timeline.hear(Intent.HELP)) == ["help.list"]
        assert keys(timeline.answer(Intent.REPEAT)) == ["help.list"]

    def test_finish_ends_without_a_summary(self) -> None:
        timeline = at(THIRD)
        assert keys(timeline.hear(Intent.FINISH)) == ["goodbye.finished-early"]

    def test_words_of_other_moments_mean_nothing_here(self) -> None:
        timeline = at(THIRD)
        for word in (Intent.READY, Intent.MORE, Intent.CONTINUE, Intent.WARM, Intent.GOOD, Intent.SKIP, Intent.NEXT, Intent.EASE):
            assert timeline.hear(word) == []
