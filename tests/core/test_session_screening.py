"""Screening: may these two stretch at all today? One clear answer to each question, and never a guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import pytest
from timeline import DIALOGS, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.parts.screening import LAST_CHANCE, SECOND_THOUGHTS, WAITING
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.language.loader import load_program
from voicecoach.language.program import Program
from voicecoach.language.schema import Question
from voicecoach.language.script import Script
from voicecoach.vocabulary import Command, Dictated, Evidence, Hush, Intent, LineFinished, Outcome, Unclear

QUESTIONS = SCRIPT.questions
FIRST, SECOND, THIRD = (question.id for question in QUESTIONS[:3])
LAST = QUESTIONS[-1].id


def at(question: str) -> Timeline:
    """A session in which `question` has just been asked."""
    timeline = Timeline()
    for _ in QUESTIONS:
        if timeline.said[-1] != f"question.{question}.ask":
            timeline.answer(Intent.NO)
    assert timeline.said[-1] == f"question.{question}.ask"
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


# --- every word at every place ----------------------------------------------------------------------------------

FEW = replace(SCRIPT, questions=tuple(question for question in SCRIPT.questions if question.id in {"chest-pain", "disc", "steroids"}))
"""One question that is an emergency, one with a second question behind it, and one more; the second hardly changes."""
DISC_LAST = replace(FEW, questions=FEW.questions[:2])
CHECKED = replace(FEW, language=FEW.language.model_copy(update={"read_back": True}), grammars={
    **FEW.grammars, "confirm": Grammar("confirm", (*FEW.grammars["confirm"].phrases, *FEW.grammars["screening"].of(Intent.MEANT_YES, Intent.WHY).phrases)),
})
"""A language whose recogniser takes anything for a "no", so that the answers are read back; more is understood there than in English."""
CHECKED_DISC = replace(CHECKED, questions=CHECKED.questions[:2])
GENTLE = load_program(DIALOGS / "programs/gentle.yaml", SCRIPT)
"""It asks about the floor, the knees and turning."""
LATELY = Progress(sessions=2, screened=True)


class Place(NamedTuple):
    """Where the questioning may stand, and the answers that led there."""

    answers: str
    script: Script = FEW
    program: Program = SHORT
    progress: Progress = Progress()


PLACES = {
    "first question": Place(""),
    "first question to somebody who is known": Place("", progress=LATELY),
    "second question": Place("no"),
    "second question of it": Place("no yes"),
    "question after an agreement": Place("no yes yes"),
    "closing": Place("no no yes"),
    "closing of the disc": Place("no yes no"),
    "emergency": Place("yes"),
    "cleared": Place("no no no"),
    "cleared by an agreement": Place("no yes yes", DISC_LAST),
    "read back": Place("no no no", CHECKED),
    "cleared by an agreement that was read back": Place("no yes yes yes", CHECKED_DISC),
    "one for several": Place("no no", progress=LATELY),
    "cleared by one for several": Place("no no no", progress=LATELY),
    "first condition": Place("no no no", program=GENTLE),
    "second condition": Place("no no no yes", program=GENTLE),
    "cleared after conditions": Place("no no no yes no no", program=GENTLE),
    "cleared for less": Place("no no no yes no yes", program=GENTLE),
    "nothing left": Place("no no no no", program=GENTLE),
    "cleared after conditions and one for several": Place("no no no yes no no", program=GENTLE, progress=LATELY),
    "open again after conditions": Place("no no no yes no no pause continue yes", program=GENTLE),
}


def standing(place: str) -> Timeline:
    """A session at this place, with the coach quiet."""
    answers, script, program, progress = PLACES[place]
    timeline = Timeline(session=Session(script, program, progress=progress, earcons="none"))
    for answer in answers.split():
        timeline.answer(Intent(answer))
    timeline.quiet()
    return timeline


def told(lines: list[str]) -> str:
    """The lines, short: "disc?" asks it, "disc??" asks its second question, "disc!" gives its advice, "disc because" tells why."""
    signs = {"ask": "?", "follow_up": "??", "advice": "!", "because": " because", "help": " help", "follow_up_help": "?? help"}
    parts = [line.split(".") for line in lines]
    return ", ".join(f"{part[1]}{signs[part[2]]}" if part[0] in {"question", "condition"} else part[-1] for part in parts)


def after_a_break(timeline: Timeline) -> list[Command]:
    timeline.hear(Intent.PAUSE)
    timeline.answer(Intent.CONTINUE)
    return timeline.answer(Intent.YES)


WORDS: dict[str, Callable[[Timeline], list[Command]]] = {
    **{intent.value: lambda timeline, intent=intent: timeline.hear(intent)  # type: ignore[misc]
       for intent in (Intent.YES, Intent.NO, Intent.UNSURE, Intent.GO_BACK, Intent.MEANT_YES, Intent.MEANT_NO, Intent.WHY)},
    "weak yes": lambda timeline: timeline.hear(Intent.YES, Evidence.FINAL),
    "weak no": lambda timeline: timeline.hear(Intent.NO, Evidence.FINAL),
    "muttering": lambda timeline: timeline.event(Unclear("well")),
    "break": after_a_break,
}
ANSWERED: dict[str, tuple[str, ...]] = {
    #              yes, no, unsure, / go back, meant yes, meant no, why, / weak yes, weak no, muttering, / break
    "first question": (
        "chest-pain!, take-back", "disc?", "chest-pain!, take-back",
        "going-back, chest-pain?", "yes, chest-pain!, take-back", "chest-pain?", "chest-pain because, chest-pain?",
        "chest-pain!, take-back", "pardon", "answers", "chest-pain?"),
    "first question to somebody who is known": (
        "chest-pain!, take-back", "steroids?", "chest-pain!, take-back",
        "going-back, chest-pain?", "yes, chest-pain!, take-back", "chest-pain?", "chest-pain because, chest-pain?",
        "chest-pain!, take-back", "pardon", "answers", "chest-pain?"),
    "second question": (
        "disc??", "steroids?", "disc!, take-back",
        "going-back, chest-pain?", "yes, chest-pain!, take-back", "disc?", "disc because, disc?",
        "disc??", "pardon", "answers", "disc?"),
    "second question of it": (
        "steroids?", "disc!, take-back", "disc!, take-back",
        "going-back, disc?", "going-back, disc?", "going-back, disc?", "disc because, disc??",
        "pardon", "disc!, take-back", "answers", "disc??"),
    "question after an agreement": (
        "steroids!, take-back", "clear", "steroids!, take-back",
        "going-back, disc?", "yes, disc??", "disc!, take-back", "steroids because, steroids?",
        "steroids!, take-back", "pardon", "answers", "steroids?"),
    # Only what takes an answer back is heard once the session is about to end.
    "closing": (
        "", "", "",
        "going-back, steroids?", "take-back", "going-back, steroids?", "steroids because",
        "", "pardon", "", "steroids?"),
    "closing of the disc": (
        "", "", "",
        "going-back, disc?", "going-back, disc?", "going-back, disc?", "disc because",
        "pardon", "", "", "disc?"),
    "emergency": (
        "", "", "",
        "going-back, chest-pain?", "take-back", "going-back, chest-pain?", "chest-pain because",
        "", "pardon", "", "chest-pain?"),
    # Whatever may mean that something does speak against it asks again.
    "cleared": (
        "once-more, steroids?", "", "once-more, steroids?",
        "going-back, steroids?", "yes, steroids!, take-back", "nothing", "steroids because",
        "once-more, steroids?", "pardon", "", "steroids?"),
    "cleared by an agreement": (
        "once-more, disc?", "", "once-more, disc?",
        "going-back, disc?", "yes, disc??", "disc!, take-back", "disc because",
        "pardon", "", "", "disc?"),
    "read back": (
        "clear", "going-back, chest-pain?", "going-back, chest-pain?",
        "going-back, steroids?", "going-back, chest-pain?", "going-back, chest-pain?", "steroids because, read-back",
        "confirm", "going-back, chest-pain?", "confirm", "read-back"),
    "cleared by an agreement that was read back": (
        "once-more, disc?", "", "once-more, disc?",
        "going-back, disc?", "yes, disc??", "disc!, take-back", "disc because",
        "pardon", "", "", "disc?"),
    "one for several": (
        "one-by-one, disc?", "clear", "one-by-one, disc?",
        "going-back, steroids?", "yes, steroids!, take-back", "since-last-time?", "since-last-time because, since-last-time?",
        "one-by-one, disc?", "one-by-one, disc?", "one-by-one, disc?", "since-last-time?"),
    "cleared by one for several": (
        "one-by-one, disc?", "", "one-by-one, disc?",
        "going-back, since-last-time?", "one-by-one, disc?", "nothing", "since-last-time because",
        "one-by-one, disc?", "pardon", "", "since-last-time?"),
    # What a program asks decides what is done: an answer that was wrong is only asked for again.
    "first condition": (
        "knees?", "nothing-left, take-back", "nothing-left, take-back",
        "going-back, steroids?", "going-back, steroids?", "going-back, steroids?", "floor because, floor?",
        "pardon", "pardon", "answers", "floor?"),
    "second condition": (
        "turning?", "turning?", "turning?",
        "going-back, floor?", "going-back, floor?", "going-back, floor?", "knees because, knees?",
        "pardon", "pardon", "answers", "knees?"),
    "cleared after conditions": (
        "once-more, turning?", "", "once-more, turning?",
        "going-back, turning?", "going-back, turning?", "going-back, turning?", "turning because",
        "pardon", "pardon", "", "steroids?"),
    "cleared for less": (
        "once-more, turning?", "", "once-more, turning?",
        "going-back, turning?", "going-back, turning?", "going-back, turning?", "turning because",
        "pardon", "pardon", "", "steroids?"),
    "nothing left": (
        "", "", "",
        "going-back, floor?", "going-back, floor?", "going-back, floor?", "why",
        "pardon", "pardon", "", "steroids?"),
    "cleared after conditions and one for several": (
        "once-more, turning?", "", "once-more, turning?",
        "going-back, turning?", "going-back, turning?", "going-back, turning?", "turning because",
        "pardon", "pardon", "", "since-last-time?"),
    "open again after conditions": (
        "steroids!, take-back", "clear", "steroids!, take-back",
        "going-back, disc?", "yes, disc??", "steroids?", "steroids because, steroids?",
        "steroids!, take-back", "pardon", "answers", "steroids?"),
}
"""What the coach says to each word at each place."""


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("place", PLACES)
def test_what_each_word_leads_to_at_each_place(place: str, word: str) -> None:
    timeline = standing(place)
    assert told(keys(WORDS[word](timeline))) == ANSWERED[place][[*WORDS].index(word)]
    assert timeline.phase is Phase.SCREEN


SILENCE: dict[str, tuple[str, Phase]] = {
    "first question": ("chest-pain help, chest-pain?, closer, chest-pain?, waiting, waiting", Phase.SCREEN),
    "second question": ("disc help, disc?, closer, disc?, waiting, waiting", Phase.SCREEN),
    "second question of it": ("disc?? help, disc??, closer, disc??, waiting, waiting", Phase.SCREEN),
    "closing": ("screened-out", Phase.DONE),
    "closing of the disc": ("screened-out", Phase.DONE),
    "emergency": ("emergency", Phase.DONE),
    "cleared": ("begin, call", Phase.WARM_UP),
    "read back": ("confirm, read-back, closer, read-back, waiting, waiting", Phase.SCREEN),
    "one for several": ("one-by-one, disc?, disc help, disc?, closer, disc?, waiting, waiting", Phase.SCREEN),
    "second condition": ("knees help, knees?, closer, knees?, waiting, waiting", Phase.SCREEN),
    "cleared for less": ("begin, call", Phase.WARM_UP),
    "nothing left": ("finished-early", Phase.DONE),
}
"""What the coach says in two minutes of silence, and where that leads."""


@pytest.mark.parametrize("place", SILENCE)
def test_silence_passes_no_question_and_takes_nothing_back(place: str) -> None:
    timeline = standing(place)
    before = len(timeline.said)
    timeline.run(120)
    assert (told(timeline.said[before:]), timeline.phase) == SILENCE[place]


@pytest.mark.parametrize(("place", "no"), [
    ("closing", "clear"), ("closing of the disc", "steroids?"), ("emergency", "disc?"), ("cleared", "clear"), ("cleared by an agreement", "clear"),
    ("cleared by one for several", "clear"), ("cleared after conditions", "clear"), ("cleared for less", "skipped, clear"), ("nothing left", "nothing-left, take-back"),
])
def test_a_break_after_the_answer_opens_its_question_again_and_silence_does_not_answer_it(place: str, no: str) -> None:
    timeline = standing(place)
    after_a_break(timeline)
    assert told(keys(timeline.answer(Intent.NO))) == no
    timeline = standing(place)
    after_a_break(timeline)
    timeline.run(300)
    assert timeline.phase is Phase.SCREEN


@pytest.mark.parametrize("place", PLACES)
def test_what_is_listened_for_and_which_answers_have_to_be_clear(place: str) -> None:
    """A grammar that holds more would let more be mistaken for an answer."""
    timeline = standing(place)
    assert timeline.grammar.name == ("confirm" if "read back" in place else "screening")


class TestMuttering:
    """Whoever says something that is no answer is told the answers: once for each question."""

    def test_at_the_next_question_it_is_told_again(self) -> None:
        timeline = standing("first question")
        assert told(keys(timeline.event(Unclear("well")))) == "answers"
        timeline.answer(Intent.NO)
        timeline.quiet()
        assert told(keys(timeline.event(Unclear("well")))) == "answers"

    def test_but_not_because_the_same_one_was_asked_again(self) -> None:
        timeline = standing("first question")
        timeline.event(Unclear("well"))
        for _ in range(2):
            timeline.run(until="question.chest-pain.ask")
            timeline.quiet()
            assert timeline.event(Unclear("well")) == []

    @pytest.mark.parametrize("until", ["question.chest-pain.help", "screen.closer"])
    def test_it_is_told_as_well_to_those_who_were_silent_before(self, until: str) -> None:
        timeline = standing("first question")
        timeline.run(until=until)
        timeline.run(until="question.chest-pain.ask")
        timeline.quiet()
        assert told(keys(timeline.event(Unclear("well")))) == "answers"

    def test_and_again_once_they_have_asked_why(self) -> None:
        timeline = standing("first question")
        timeline.event(Unclear("well"))
        timeline.answer(Intent.WHY)
        timeline.quiet()
        assert told(keys(timeline.event(Unclear("well")))) == "answers"

    def test_words_that_an_ear_wrote_for_a_name_are_muttering_where_nobody_is_asked_for_one(self) -> None:
        assert told(keys(standing("first question").event(Dictated("well")))) == "answers"

    def test_while_the_coach_speaks_it_is_his_own_voice(self) -> None:
        for place in ("first question", "one for several"):
            timeline = standing(place)
            timeline.hear(Intent.REPEAT)
            assert timeline.event(Unclear("well")) == []

    @pytest.mark.parametrize("place", ["first question", "read back"])
    def test_somebody_who_is_there_is_not_waited_for_as_long_as_nobody_is(self, place: str) -> None:
        timeline = standing(place)
        timeline.run(until="screen.waiting")
        timeline.quiet()
        timeline.event(Unclear("well"))
        timeline.quiet()
        before = len(timeline.said)
        timeline.run(10)
        assert told(timeline.said[before:]) == "waiting"


class TestTime:
    """How long there is to answer, and to take an answer back."""

    @pytest.mark.parametrize(("place", "seconds"), [
        ("closing", SECOND_THOUGHTS), ("emergency", SECOND_THOUGHTS), ("cleared", LAST_CHANCE), ("cleared after conditions", LAST_CHANCE),
        ("cleared for less", SECOND_THOUGHTS), ("nothing left", SECOND_THOUGHTS),
    ])
    def test_after_the_last_line_there_is_a_while_to_take_the_answer_back(self, place: str, seconds: float) -> None:
        timeline = standing(place)
        end = next(entry.now for entry in reversed(timeline.log) if isinstance(entry.event, LineFinished))
        timeline.run(end + seconds - timeline.now - 0.1)
        assert timeline.phase is Phase.SCREEN
        timeline.run(0.2)
        assert timeline.phase is not Phase.SCREEN

    @pytest.mark.parametrize(("place", "word", "seconds"), [
        ("closing", Intent.WHY, SECOND_THOUGHTS), ("closing", Intent.MEANT_YES, SECOND_THOUGHTS), ("cleared", Intent.WHY, SECOND_THOUGHTS), ("cleared", Intent.MEANT_NO, LAST_CHANCE),
        ("nothing left", Intent.REPEAT, SECOND_THOUGHTS),
    ])
    def test_whoever_says_something_has_that_time_anew(self, place: str, word: Intent, seconds: float) -> None:
        timeline = standing(place)
        timeline.run(3)
        timeline.hear(word)
        timeline.quiet()
        timeline.run(seconds - 0.9)
        assert timeline.phase is Phase.SCREEN
        timeline.run(0.5)
        assert timeline.phase is not Phase.SCREEN

    @pytest.mark.parametrize("place", ["closing", "cleared", "nothing left"])
    def test_a_weak_word_while_it_is_about_to_go_on_gives_more_time_to_say_it_again(self, place: str) -> None:
        timeline = standing(place)
        timeline.run(3)
        timeline.hear(Intent.NO, Evidence.FINAL)
        timeline.quiet()
        timeline.run(SECOND_THOUGHTS - 0.9)
        assert timeline.phase is Phase.SCREEN
        timeline.run(0.5)
        assert timeline.phase is not Phase.SCREEN

    def test_each_question_is_waited_for_as_long_as_the_first(self) -> None:
        timeline = standing("first question")
        timeline.run(until="screen.closer")
        timeline.answer(Intent.NO)
        before = len(timeline.said)
        timeline.run(until="question.disc.ask")
        timeline.run(until="question.disc.ask")
        assert told(timeline.said[before:]) == "disc help, disc?"

    def test_a_weak_answer_to_an_open_question_changes_no_time(self) -> None:
        timeline = standing("first question")
        timeline.run(3)
        timeline.hear(Intent.NO, Evidence.FINAL)
        timeline.quiet()
        timeline.run(timeline.session._floor.patience - 0.5)  # noqa: SLF001 - the usual one
        assert told(timeline.said[-2:]) == "chest-pain help, chest-pain?"

    @pytest.mark.parametrize("patience", [4.0, 12.0])
    def test_a_question_comes_again_after_as_long_as_the_people_want(self, patience: float) -> None:
        timeline = Timeline(session=Session(FEW, SHORT, patience=patience, earcons="none"))
        timeline.run(until="question.chest-pain.ask")
        asked = timeline.now
        timeline.run(until="question.chest-pain.help")
        helped = next(entry.now for entry in timeline.log if "question.chest-pain.help" in entry.says)
        assert helped - asked == pytest.approx(patience)

    def test_nobody_is_waited_for_without_end(self) -> None:
        timeline = standing("first question")
        timeline.to_the_end()
        assert timeline.session.outcome is Outcome.UNANSWERED
        assert timeline.said.count("screen.waiting") == 8
        times = [entry.now for entry in timeline.log if "screen.waiting" in entry.says]
        assert min(later - earlier for earlier, later in pairwise(times)) >= WAITING


class TestSeveralAnswersLater:
    def said(self, place: str, *words: Intent) -> str:
        """The last thing said when these come one after the other."""
        timeline = standing(place)
        for word in words:
            timeline.answer(word)
        return told(timeline.said[-1:])

    def test_an_agreement_that_is_taken_back_by_a_plain_no_is_none_any_more(self) -> None:
        """"I meant no" about the disc then speaks of no agreement, and closes nothing."""
        assert self.said("question after an agreement", Intent.MEANT_NO) == "take-back"
        assert self.said("question after an agreement", Intent.GO_BACK, Intent.NO, Intent.MEANT_NO) == "steroids?"

    def test_a_no_to_the_disc_lets_turning_be_asked_about_and_an_agreement_leaves_it_out(self) -> None:
        assert self.said("second condition", Intent.NO) == "turning?"
        agreed = Timeline(session=Session(FEW, GENTLE, earcons="none"))
        for answer in (Intent.NO, Intent.YES, Intent.YES, Intent.NO, Intent.YES, Intent.NO):
            agreed.answer(answer)
        assert told(agreed.said[-2:]) == "skipped, clear"

    def test_one_answer_for_several_is_an_answer_to_each_of_them_for_the_program_too(self) -> None:
        timeline = Timeline(session=Session(FEW, GENTLE, progress=LATELY, earcons="none"))
        for answer in (Intent.NO, Intent.NO, Intent.NO, Intent.YES, Intent.NO):
            timeline.answer(answer)
        assert told(timeline.said[-1:]) == "turning?"
        timeline.answer(Intent.NO)
        assert "next.skipped" not in timeline.said

    def test_nor_does_the_reading_back_make_a_plain_no_of_an_agreement(self) -> None:
        """Else a disc would be turned."""
        timeline = Timeline(session=Session(CHECKED_DISC, GENTLE, earcons="none"))
        for answer in (Intent.NO, Intent.YES, Intent.YES, Intent.YES, Intent.YES, Intent.NO):
            timeline.answer(answer)
        assert told(timeline.said[-2:]) == "skipped, clear"

    def test_what_is_left_out_is_not_done(self) -> None:
        timeline = standing("second condition")
        timeline.answer(Intent.YES)
        timeline.answer(Intent.NO)
        timeline.run(until="warm-up.begin")
        assert timeline.session.bout
        assert timeline.session.bout.stretch.id == "spinal-twist"

    def test_a_second_question_without_a_help_of_its_own_has_that_of_the_first(self) -> None:
        script = replace(FEW, questions=tuple(question.model_copy(update={"follow_up_help": None}) for question in FEW.questions))
        timeline = Timeline(session=Session(script, SHORT, earcons="none"))
        timeline.answer(Intent.NO)
        timeline.answer(Intent.YES)
        timeline.run(until="question.disc.help")

    @pytest.mark.parametrize("second", [Intent.NO, Intent.UNSURE, Intent.GO_BACK])
    def test_whoever_was_not_sure_of_several_is_asked_each_of_them(self, second: Intent) -> None:
        timeline = standing("one for several")
        timeline.answer(Intent.UNSURE)
        timeline.answer(second)
        assert told(timeline.said[-1:]) == {Intent.NO: "clear", Intent.UNSURE: "take-back", Intent.GO_BACK: "steroids?"}[second]

    def test_a_late_doubt_about_several_opens_each_of_them_and_silence_answers_none(self) -> None:
        timeline = standing("cleared by one for several")
        timeline.hear(Intent.UNSURE)
        timeline.run(300)
        assert timeline.phase is Phase.SCREEN
        assert self.said("cleared by one for several", Intent.UNSURE, Intent.YES) == "disc??"

    def test_where_no_question_stands_for_several_each_is_asked(self) -> None:
        timeline = Timeline(session=Session(replace(FEW, since_last_time=None), SHORT, progress=LATELY, earcons="none"))
        for _ in range(3):
            timeline.answer(Intent.NO)
        assert told(timeline.said[4:]) == "disc?, steroids?, clear"

    def test_one_question_stands_for_several_only_if_there_are_any(self) -> None:
        steady = replace(FEW, questions=tuple(question for question in FEW.questions if not question.steady))
        timeline = Timeline(session=Session(steady, SHORT, progress=LATELY, earcons="none"))
        for _ in range(2):
            timeline.answer(Intent.NO)
        assert told(timeline.said[4:]) == "steroids?, clear"

    def test_nor_does_one_where_the_answers_are_read_back(self) -> None:
        timeline = Timeline(session=Session(CHECKED, SHORT, progress=LATELY, earcons="none"))
        for _ in range(3):
            timeline.answer(Intent.NO)
        assert told(timeline.said[4:]) == "disc?, steroids?, read-back"

    def test_the_answers_are_read_back_once(self) -> None:
        assert self.said("read back", Intent.YES) == "clear"
        assert self.said("read back", Intent.NO, Intent.NO, Intent.NO, Intent.NO) == "read-back"

    def test_how_many_questions_there_are_is_told_with_those_of_the_program(self) -> None:
        for place, count in (("first question", "three"), ("first condition", "six"), ("one for several", "three")):
            (begin,) = [say.text for say in standing(place).says if say.key == "screen.begin"]
            assert f"{count} short questions" in begin


class TestOverTheQuestion:
    """Somebody speaks while the coach asks."""

    @pytest.mark.parametrize(("place", "word"), [
        ("second question", Intent.YES), ("second question", Intent.GO_BACK), ("second question", Intent.MEANT_YES), ("question after an agreement", Intent.MEANT_NO),
        ("read back", Intent.MEANT_NO), ("read back", Intent.NO), ("one for several", Intent.UNSURE), ("first condition", Intent.GO_BACK),
    ])
    def test_what_takes_an_answer_back_or_closes_makes_the_coach_give_way_at_once(self, place: str, word: Intent) -> None:
        timeline = standing(place)
        timeline.hear(Intent.REPEAT)
        timeline.run(2)
        commands = timeline.hear(word, ear="keyboard")
        assert commands[0] == Hush()
        assert keys(commands)

    @pytest.mark.parametrize(("place", "passes", "then"), [
        ("second question", Intent.NO, "steroids?"), ("second question of it", Intent.YES, "steroids?"), ("read back", Intent.YES, "clear"),
        ("one for several", Intent.NO, "clear"), ("first condition", Intent.YES, "knees?"), ("second condition", Intent.NO, "turning?"),
    ])
    def test_what_passes_waits_for_the_questions_end_and_is_none_before_it_can_be_known(self, place: str, passes: Intent, then: str) -> None:
        timeline = standing(place)
        (question,) = keys(timeline.hear(Intent.REPEAT))
        timeline.run(0.3)
        assert timeline.hear(passes, ear="keyboard") == []
        timeline.run(until=question)
        assert timeline.said[-1] == question
        timeline.hear(Intent.REPEAT)
        timeline.run(1.6)
        assert timeline.hear(passes, ear="keyboard") == []
        timeline.run(until=question)
        assert told(timeline.said[-1:]) == then

    @pytest.mark.parametrize(("word", "line"), [(Intent.MEANT_NO, "question.disc.ask"), (None, "question.disc.help"), (None, "screen.closer")])
    def test_over_a_question_that_was_heard_before_it_counts_at_once(self, word: Intent | None, line: str) -> None:
        timeline = standing("second question")
        if word:
            timeline.hear(word)
        else:
            timeline.run(until=line)
        timeline.sounding("question.disc.ask")
        timeline.run(0.2)
        commands = timeline.hear(Intent.NO, ear="keyboard")
        assert commands[0] == Hush()
        assert told(keys(commands)) == "steroids?"

    def test_a_weak_yes_over_the_reading_back_waits_for_its_end(self) -> None:
        timeline = standing("read back")
        timeline.hear(Intent.REPEAT)
        timeline.run(2)
        assert timeline.hear(Intent.YES, Evidence.FINAL, ear="keyboard") == []
        timeline.run(until="screen.read-back")
        assert told(timeline.said[-1:]) == "confirm"


class TestWhatCanBeSaid:
    @pytest.mark.parametrize("place", PLACES)
    def test_an_answer_is_told_of_only_while_a_question_is_open_and_stop_never(self, place: str) -> None:
        timeline = standing(place)
        timeline.hear(Intent.HELP)
        text = next(say.text for say in timeline.says if say.key == "help.list")
        choices = set(text.removeprefix("You can say ").removesuffix(".").replace(", or ", ", ").split(", "))
        is_open = place.split(maxsplit=1)[0] in {"first", "second", "question", "read", "one", "open"}
        assert choices & {"yes", "no", "I don't know"} == ({"yes", "no", "I don't know"} if is_open else set())
        assert "stop" not in text
