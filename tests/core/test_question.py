"""The open question by itself: from when on a word can be an answer to it, and what makes an answer doubtful."""

from __future__ import annotations

import pytest

from voicecoach.core.question import HEARD_ENOUGH, Question
from voicecoach.vocabulary import Evidence, Heard, Intent

ASKED, OTHER = "question.disc.ask", "screen.begin"
NO, YES, UNSURE = (Heard(intent, Evidence.STRONG) for intent in (Intent.NO, Intent.YES, Intent.UNSURE))
HIP, KNEE = (Heard(Intent.PLACE, Evidence.STRONG, slot=place) for place in ("hip", "knee"))
WHY = Heard(Intent.WHY, Evidence.STRONG)
LATE = HEARD_ENOUGH + 1


def sounding() -> Question:
    """A question whose line began to sound at 0."""
    question = Question()
    question.ask(ASKED)
    question.line_started(ASKED, 0.0)
    return question


def said(question: Question, *words: Heard, now: float = LATE, sure: bool = True) -> list[bool]:
    """Say these over the question, as the session passes them on; which of them stood for themselves."""
    stood = []
    for word in words:
        stood.append(question.note(word, now, sure=sure))
        if stood[-1] and sure:
            question.keep(word, now)
    return stood


class TestFromWhenOn:
    def test_an_answer_can_be_one_once_enough_of_the_question_has_sounded(self) -> None:
        question = sounding()
        assert not question.is_known(HEARD_ENOUGH - 0.01)
        assert question.is_known(HEARD_ENOUGH)

    def test_a_question_that_waits_behind_other_lines_cannot_be_answered(self) -> None:
        question = Question()
        question.ask(ASKED)
        question.line_started(OTHER, 0.0)
        question.line_finished(OTHER)
        assert not question.is_known(LATE)
        assert said(question, NO) == [True]
        question.line_started(ASKED, LATE)
        question.line_finished(ASKED)
        assert question.take_answer() is None

    def test_a_speaker_that_reports_the_begin_twice_makes_nobody_wait_longer(self) -> None:
        question = sounding()
        question.line_started(ASKED, HEARD_ENOUGH)
        assert question.is_known(HEARD_ENOUGH)

    def test_one_that_was_heard_stays_open_though_other_lines_follow(self) -> None:
        question = sounding()
        question.line_finished(ASKED)
        question.line_started(OTHER, LATE)
        question.line_finished(OTHER)
        assert question.heard
        assert question.is_known(LATE)

    def test_one_that_is_asked_anew_has_to_be_heard_anew(self) -> None:
        question = sounding()
        said(question, NO)
        question.line_finished(ASKED)
        question.ask(ASKED)
        assert not question.heard
        assert not question.is_known(LATE)
        question.line_finished(ASKED)
        assert question.take_answer() is None

    @pytest.mark.parametrize("words", [(NO, YES), (NO, WHY)], ids=["muddled", "overtaken"])
    def test_nor_does_the_doubt_about_the_last_one_stick_to_the_next(self, words: tuple[Heard, ...]) -> None:
        question = sounding()
        said(question, *words)
        question.ask(ASKED)
        question.line_started(ASKED, 0.0)
        said(question, YES)
        question.line_finished(ASKED)
        assert not question.take_doubt()
        assert question.take_answer() == YES


class TestCutOff:
    def test_half_a_question_is_none(self) -> None:
        question = sounding()
        said(question, NO)
        question.cut_off()
        assert not question.is_known(LATE)
        question.line_started(ASKED, LATE)
        question.line_finished(ASKED)
        assert question.take_answer() is None

    def test_it_is_still_the_question_that_is_open(self) -> None:
        question = sounding()
        question.cut_off()
        question.line_started(ASKED, 0.0)
        said(question, NO)
        question.line_finished(ASKED)
        assert question.take_answer() == NO

    def test_a_whole_one_was_heard_but_what_was_kept_is_forgotten(self) -> None:
        question = sounding()
        said(question, NO)
        question.line_finished(ASKED)
        question.cut_off()
        assert question.heard
        assert question.is_known(0.0)
        assert question.take_answer() is None


class TestWhatCounts:
    @pytest.mark.parametrize(("words", "answer", "doubt"), [
        ((NO,), NO, False),
        ((NO, NO), NO, False),
        ((HIP, HIP), HIP, False),
        ((NO, YES), None, True),
        ((YES, NO), None, True),
        ((NO, YES, NO), None, True),
        ((NO, YES, YES), None, True),
        ((HIP, KNEE), None, True),
        ((NO, UNSURE), None, True),
        ((NO, WHY), None, True),
    ])
    def test_one_answer_counts_at_the_end_and_two_different_ones_are_asked_for_again(self, words: tuple[Heard, ...], answer: Heard | None, *, doubt: bool) -> None:
        question = sounding()
        for word in words:
            question.note(word, LATE, sure=True)
            if word is not WHY:
                question.keep(word, LATE)
        assert question.take_answer() is None, "not before its end"
        assert not question.take_doubt()
        question.line_finished(ASKED)
        assert question.take_answer() == answer
        assert question.take_doubt() is doubt

    @pytest.mark.parametrize(("words", "stood"), [
        ((NO, NO), [True, True]), ((NO, YES), [True, False]), ((NO, YES, NO), [True, False, False]), ((HIP, KNEE), [True, False]),
        ((NO, YES, WHY), [True, False, True]),  # "why?" is answered, whatever was muddled
        ((NO, WHY), [True, True]),
    ])
    def test_a_word_that_muddles_an_answer_does_nothing_else(self, words: tuple[Heard, ...], stood: list[bool]) -> None:
        assert said(sounding(), *words) == stood

    @pytest.mark.parametrize("intent", list(Intent))
    def test_which_words_are_answers_so_that_two_of_them_are_none(self, intent: Intent) -> None:
        """Written out, so that no set of the code can lose one unseen: of a muddled question nothing is believed."""
        answers = {Intent.YES, Intent.NO, Intent.UNSURE, Intent.GOOD, Intent.PLACE, Intent.PERSON, Intent.SWAP}
        first = YES if intent is Intent.NO else NO
        assert said(sounding(), first, Heard(intent, Evidence.STRONG)) == [True, intent not in answers]

    def test_after_a_word_that_is_no_answer_a_clear_one_counts(self) -> None:
        question = sounding()
        question.note(NO, LATE, sure=True)
        question.keep(NO, LATE)
        question.note(WHY, LATE, sure=True)
        question.note(YES, LATE, sure=True)
        question.keep(YES, LATE)
        question.line_finished(ASKED)
        assert question.take_answer() == YES

    def test_an_answer_and_a_doubt_are_told_once(self) -> None:
        question = sounding()
        said(question, NO)
        question.line_finished(ASKED)
        assert [question.take_answer(), question.take_answer()] == [NO, None]
        question = sounding()
        said(question, NO, YES)
        question.line_finished(ASKED)
        assert [question.take_doubt(), question.take_doubt()] == [True, False]

    def test_once_it_was_spoken_to_its_end_no_word_muddles_it_any_more(self) -> None:
        question = sounding()
        question.line_finished(ASKED)
        assert said(question, NO, YES, sure=False) == [True, True]
        assert not question.take_doubt()


class TestWeakWords:
    def test_a_weak_answer_is_asked_for_again(self) -> None:
        question = sounding()
        said(question, NO, sure=False)
        question.line_finished(ASKED)
        assert question.take_answer() is None
        assert question.take_doubt()

    def test_a_sure_one_behind_it_counts(self) -> None:
        question = sounding()
        said(question, NO, sure=False)
        said(question, NO)
        question.line_finished(ASKED)
        assert not question.take_doubt()
        assert question.take_answer() == NO

    def test_the_same_answer_said_weakly_takes_nothing_from_a_sure_one(self) -> None:
        question = sounding()
        said(question, NO)
        said(question, NO, sure=False)
        question.line_finished(ASKED)
        assert not question.take_doubt()
        assert question.take_answer() == NO

    def test_another_answer_muddles_a_sure_one_however_weak_it_is(self) -> None:
        question = sounding()
        said(question, NO)
        assert said(question, YES, sure=False) == [False]
        question.line_finished(ASKED)
        assert question.take_answer() is None
        assert question.take_doubt()

    def test_a_sure_word_that_is_no_answer_leaves_no_doubt(self) -> None:
        question = sounding()
        question.note(WHY, LATE, sure=True)
        question.line_finished(ASKED)
        assert not question.take_doubt()

    def test_a_weak_word_before_the_question_can_be_known_is_not_about_it(self) -> None:
        question = sounding()
        said(question, NO, now=HEARD_ENOUGH - 0.5, sure=False)
        question.line_finished(ASKED)
        assert not question.take_doubt()


@pytest.mark.parametrize("sure", [True, False])
def test_a_word_that_goes_before_any_answer_leaves_neither_an_answer_nor_a_doubt(*, sure: bool) -> None:
    question = sounding()
    said(question, NO, sure=sure)
    question.drop()
    question.line_finished(ASKED)
    assert question.take_answer() is None
    assert not question.take_doubt()


def test_a_question_that_is_closed_is_forgotten_whole() -> None:
    question = sounding()
    said(question, NO)
    question.close()
    question.line_finished(ASKED)
    assert not question.heard
    assert not question.is_known(LATE)
    assert question.take_answer() is None
