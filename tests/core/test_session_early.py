"""Answers that come before the coach has finished asking: none is lost, and none passes a question that nobody has heard."""

from __future__ import annotations

from itertools import permutations

import pytest
from timeline import FULL, LETTER, SCRIPT, SHORT, Entry, Timeline, keys

from voicecoach.core.phases import Phase
from voicecoach.core.question import HEARD_ENOUGH, Question
from voicecoach.core.safety import RELEASE
from voicecoach.vocabulary import Evidence, Heard, Hush, Intent, LineFinished, Outcome, Say, Unclear

QUESTIONS = SCRIPT.questions
FIRST, SECOND, THIRD = (f"question.{question.id}.ask" for question in QUESTIONS[:3])
STEP = 0.25


def asking(key: str) -> Timeline:
    """The question `key` has just begun to sound."""
    if key == "warm-up.confirm":
        timeline = Timeline().to(Phase.WARM_UP)
        timeline.answer(Intent.WARM)
    elif key == "latched.confirm":
        timeline = Timeline().to(Phase.RELEASED, warm=True)
        timeline.answer(Intent.CONTINUE)
    elif key.startswith("check-in."):
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.run(until="hold.ask")
        timeline.answer(Intent.GOOD)
        timeline.sounding("check-in.feel")
        if key != "check-in.feel":
            timeline.answer(Intent.YES if key == "check-in.where" else Intent.NO)
    else:
        timeline = Timeline()
        while timeline.said[-1] != key:
            timeline.answer(Intent.YES if key.endswith("follow_up") and timeline.said[-1] == "question.disc.ask" else Intent.NO)
    timeline.sounding(key)
    return timeline


def end(timeline: Timeline) -> Entry:
    """The end of the line that was spoken last."""
    return next(entry for entry in reversed(timeline.log) if isinstance(entry.event, LineFinished))


PASSING = {
    **{f"question.{question.id}.ask": Heard(Intent.NO, Evidence.STRONG) for question in QUESTIONS},
    "question.disc.follow_up": Heard(Intent.YES, Evidence.STRONG),
    "warm-up.confirm": Heard(Intent.YES, Evidence.STRONG),
    "latched.confirm": Heard(Intent.YES, Evidence.STRONG),
    "check-in.feel": Heard(Intent.YES, Evidence.STRONG),
    "check-in.where": Heard(Intent.PLACE, Evidence.STRONG, slot="lower-back"),
    "check-in.too-much": Heard(Intent.NO, Evidence.STRONG),
}
"""What lets somebody through at each question."""


def length(timeline: Timeline) -> float:
    return LETTER * len(timeline.says[-1].text)


def moments(key: str) -> list[float]:
    """Times in the question's line, from its begin, at which somebody could speak."""
    text = max(SCRIPT.speak(text, client="you on the floor", partner="partner") for text in SCRIPT.line(key).texts)
    return [STEP * n for n in range(int(LETTER * len(text) / STEP))]


@pytest.mark.parametrize("key", PASSING)
def test_an_answer_over_the_question_counts_at_its_end_if_it_can_be_about_it_and_never_before(key: str) -> None:
    for moment in moments(key):
        timeline = asking(key)
        said = len(timeline.said)
        begin = timeline.now
        timeline.run(moment)
        assert timeline.event(PASSING[key]) == []
        timeline.run(until=key)
        at_its_end = end(timeline)
        # `sounding` looks twenty times a second.
        if moment < HEARD_ENOUGH - 0.1:
            assert at_its_end.commands == [], f"{moment} s after the begin nobody can have heard {key}"
        elif moment > HEARD_ENOUGH:
            assert any(isinstance(command, Say) for command in at_its_end.commands), f"an answer {moment} s after the begin of {key} was lost"
        assert timeline.now - begin > HEARD_ENOUGH
        assert said <= len(timeline.said)


@pytest.mark.parametrize("key", ["warm-up.confirm", "latched.confirm"])
def test_a_confirmation_does_not_say_the_words_that_it_asks_for(key: str) -> None:
    """Else they could be its echo, and an answer over it or right behind it would count for nothing."""
    assert not SCRIPT.line(key).mentions


class TestNotHeardYet:
    def test_no_no_answers_one_question(self) -> None:
        timeline = asking(FIRST)
        timeline.quiet()
        assert keys(timeline.hear(Intent.NO)) == [SECOND]
        for _ in range(3):
            timeline.run(0.4)
            assert timeline.hear(Intent.NO) == []
        timeline.run(until=SECOND)
        timeline.run(3)
        assert THIRD not in timeline.said

    def test_an_answer_to_a_question_behind_other_lines_waits_for_that_question(self) -> None:
        timeline = Timeline()
        timeline.run(5)
        timeline.hear(Intent.NO)
        timeline.run(until=FIRST)
        timeline.run(3)
        assert SECOND not in timeline.said

    def test_nor_does_a_yes_to_the_let_down_mean_that_a_stretch_was_felt(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.run(until="hold.ask")
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.end")
        timeline.run(1)
        assert timeline.hear(Intent.YES) == []

    def test_continue_and_yes_in_one_breath_are_one_word(self) -> None:
        timeline = Timeline().to(Phase.RELEASED, warm=True)
        timeline.answer(Intent.CONTINUE)
        timeline.run(0.5)
        timeline.hear(Intent.YES)
        timeline.run(until="latched.confirm")
        timeline.run(2)
        assert timeline.phase is Phase.RELEASED

    def test_a_question_that_was_cut_off_has_to_be_heard_again(self) -> None:
        timeline = asking(SECOND)
        timeline.run(2)
        timeline.hear(Intent.NO)
        assert timeline.hear(Intent.REPEAT)[0] == Hush()
        timeline.sounding(SECOND)
        timeline.run(0.5)
        timeline.hear(Intent.NO)
        timeline.run(until=SECOND)
        assert timeline.said[-1] == SECOND


class TestHeardAlready:
    """Once a question has been spoken, what the coach says about it is no reason to wait."""

    @pytest.mark.parametrize("line", ["question.saddle-numbness.help", "screen.waiting"])
    def test_an_answer_over_a_reminder_counts_at_once_and_cuts_it_off(self, line: str) -> None:
        timeline = asking(FIRST)
        timeline.sounding(line)
        timeline.run(0.3)
        commands = timeline.hear(Intent.NO)
        assert commands[0] == Hush()
        assert keys(commands) == [SECOND]

    def test_so_does_one_over_the_answer_to_why(self) -> None:
        timeline = asking(FIRST)
        timeline.quiet()
        timeline.hear(Intent.WHY)
        timeline.run(2)
        assert keys(timeline.hear(Intent.NO)) == [SECOND]

    def test_after_a_break_the_question_has_to_be_heard_again(self) -> None:
        timeline = asking(SECOND)
        timeline.quiet()
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.sounding(SECOND)
        timeline.run(0.3)
        assert timeline.hear(Intent.NO) == []
        timeline.run(until=SECOND)
        timeline.run(2)
        assert THIRD not in timeline.said

    def test_a_confirmation_that_was_refused_has_to_be_heard_again(self) -> None:
        timeline = asking("warm-up.confirm")
        timeline.quiet()
        timeline.hear(Intent.NO)
        timeline.answer(Intent.WARM)
        timeline.run(0.3)
        timeline.hear(Intent.YES)
        timeline.run(until="warm-up.confirm")
        assert timeline.phase is Phase.WARM_UP


class TestDoubt:
    @pytest.mark.parametrize(("one", "other"), list(permutations([Intent.NO, Intent.UNSURE, Intent.YES], 2)))
    def test_two_different_answers_never_pass(self, one: Intent, other: Intent) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(one)
        timeline.run(0.5)
        timeline.hear(other)
        timeline.run(120)
        assert SECOND not in timeline.said

    @pytest.mark.parametrize("evidence", [Evidence.FINAL, Evidence.STRONG])
    def test_no_and_then_yes_is_asked_again(self, evidence: Evidence) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO)
        timeline.run(0.5)
        assert timeline.hear(Intent.YES, evidence) == []
        timeline.run(until=FIRST)
        assert end(timeline).says == ["talk.pardon"]
        assert keys(timeline.answer(Intent.NO)) == [SECOND]

    def test_after_two_different_answers_a_third_word_over_the_question_does_not_help(self) -> None:
        timeline = asking(FIRST)
        timeline.run(1.6)
        for word in (Intent.NO, Intent.YES, Intent.NO):
            timeline.run(0.3)
            timeline.hear(word)
        timeline.run(until=FIRST)
        assert end(timeline).says == ["talk.pardon"]

    def test_the_same_answer_twice_is_one_answer(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO)
        timeline.run(0.5)
        timeline.hear(Intent.NO)
        timeline.run(until=FIRST)
        assert end(timeline).says == [SECOND]

    def test_a_weak_answer_over_the_question_is_asked_for_again_once(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        assert timeline.hear(Intent.NO, Evidence.FINAL) == []
        timeline.run(until=FIRST)
        assert end(timeline).says == ["talk.pardon"]
        timeline.quiet()
        assert timeline.said.count("talk.pardon") == 1

    def test_a_clear_one_behind_it_counts(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO, Evidence.FINAL)
        timeline.run(0.5)
        timeline.hear(Intent.NO)
        timeline.run(until=FIRST)
        assert end(timeline).says == [SECOND]

    @pytest.mark.parametrize("word", [Heard(Intent.MORE, Evidence.STRONG), Heard(Intent.YES, Evidence.PARTIAL), Heard(Intent.PLACE, Evidence.FINAL, slot="hip")])
    def test_nor_does_a_word_that_is_not_listened_for_or_not_over_yet(self, word: Heard) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO)
        assert timeline.event(word) == []
        timeline.run(until=FIRST)
        assert end(timeline).says == [SECOND]

    def test_a_clear_why_over_the_question_is_answered_and_leaves_no_doubt(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.WHY)
        timeline.quiet()
        assert "talk.pardon" not in timeline.said

    def test_a_weak_answer_is_asked_for_again_once_everything_is_said(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO, Evidence.FINAL)
        timeline.hear(Intent.WHY)
        timeline.quiet()
        assert timeline.said[-1] == "talk.pardon"

    def test_too_much_over_a_question_goes_before_its_answer_and_nothing_has_to_be_said_again(self) -> None:
        timeline = asking("check-in.feel")
        timeline.run(HEARD_ENOUGH)
        timeline.event(PASSING["check-in.feel"])
        timeline.hear(Intent.EASE)
        timeline.quiet()
        assert "talk.pardon" not in timeline.said

    def test_muttering_changes_nothing(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO)
        timeline.event(Unclear("mm"))
        timeline.run(until=FIRST)
        assert end(timeline).says == [SECOND]


class TestOvertaken:
    """Whatever goes before an answer forgets it."""

    @pytest.mark.parametrize("key", PASSING)
    @pytest.mark.parametrize("word", [*sorted(RELEASE, key=lambda intent: intent.value), Intent.PAUSE, Intent.REPEAT, Intent.HELP, Intent.FINISH])
    def test_a_kept_answer_is_dropped_by_any_other_word(self, key: str, word: Intent) -> None:
        timeline = asking(key)
        timeline.run(min(HEARD_ENOUGH, length(timeline) - 0.2))
        timeline.event(PASSING[key])
        if word not in RELEASE and word not in {phrase.intent for phrase in timeline.grammar.phrases}:
            return  # it means nothing here
        before = timeline.phase
        timeline.hear(word)
        index = len(timeline.log)
        timeline.run(length(timeline) + 1)
        ends = [entry for entry in timeline.log[index:] if isinstance(entry.event, LineFinished)]
        assert not [entry for entry in ends if set(entry.says) - {"talk.pardon"}]
        assert timeline.phase in {before, Phase.RELEASED, Phase.PAUSED, Phase.DONE} or word is Intent.EASE

    def test_a_stop_is_answered_at_once(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        timeline.hear(Intent.NO)
        commands = timeline.hear(Intent.STOP, Evidence.PARTIAL)
        assert commands[0] == Hush()
        assert keys(commands)[0] == "safety.stop"
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.said[-1] == FIRST

    def test_the_end_of_the_warm_up_forgets_its_confirmation(self) -> None:
        timeline = Timeline().to(Phase.WARM_UP)
        timeline.run(SHORT.warm_up_minutes * 60 - 8)
        timeline.answer(Intent.WARM)
        timeline.run(2)
        timeline.hear(Intent.YES)
        timeline.run(30)
        assert timeline.said.count("next.first") == 1

    def test_a_yes_over_a_question_that_ends_the_session_still_cuts_it_off(self) -> None:
        timeline = asking(FIRST)
        timeline.run(2)
        commands = timeline.hear(Intent.YES)
        assert commands[0] == Hush()
        assert keys(commands)[0] == "question.saddle-numbness.advice"
        timeline.run(60)
        assert timeline.session.outcome is Outcome.EMERGENCY


class TestForce:
    """Nothing gets easier where somebody may be pushed."""

    def test_an_early_ready_is_not_kept(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.sounding("rule.words")
        timeline.run(3)
        assert timeline.hear(Intent.READY) == []
        timeline.run(until="position.ready")
        timeline.run(10)
        assert not timeline.said[-1].endswith("approach_client")
        assert keys(timeline.hear(Intent.READY))[0].endswith("approach_partner")

    def test_nor_is_a_yes_over_the_question_of_a_hold(self) -> None:
        timeline = Timeline().to(Phase.HOLD)
        timeline.sounding("hold.ask")
        timeline.run(1.6)
        timeline.hear(Intent.YES)
        timeline.run(2)
        assert not [entry for entry in timeline.log if entry.before is Phase.HOLD and isinstance(entry.event, LineFinished) and entry.says]


def test_a_question_that_is_closed_keeps_nothing() -> None:
    question = Question()
    question.keep(Heard(Intent.NO, Evidence.STRONG), 99.0)
    question.line_finished("")
    assert question.take_answer() is None
