"""Warm-up: light activity by the clock; only a confirmed "we are warm already" makes it shorter."""

from __future__ import annotations

import pytest
from timeline import FULL, SCRIPT, SHORT, Timeline, keys, listening

from voicecoach.core.parts.base import in_minutes
from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.vocabulary import Evidence, Intent, Outcome, Say, TimePassed


def warming(after: float = 30.0) -> Timeline:
    timeline = Timeline().to(Phase.WARM_UP)
    timeline.run(after)
    return timeline


def begins(timeline: Timeline) -> float:
    return next(entry.now for entry in timeline.log if "warm-up.begin" in entry.says)


def ends(timeline: Timeline) -> float:
    return next(entry.now for entry in timeline.log if entry.after is Phase.NEXT)


def test_each_minute_is_called_with_what_is_left_and_the_whole_time_is_kept() -> None:
    timeline = Timeline(FULL).to(Phase.NEXT)
    calls = [say for say in timeline.says if say.key in {"warm-up.call", "warm-up.last"}]
    assert [say.text.split()[0] for say in calls[:-1]] == ["Five", "Four", "Three", "Two"]
    assert calls[-1].key == "warm-up.last"
    assert ends(timeline) - begins(timeline) == pytest.approx(FULL.warm_up_minutes * 60, abs=0.01)


def test_how_long_tells_the_rest_of_the_warm_up_in_good_english() -> None:
    timeline = warming(150)
    (said,) = timeline.hear(Intent.HOW_LONG)
    assert isinstance(said, Say)
    assert said.text == "About two and a half minutes of warm-up to go."
    timeline.run(until="warm-up.last")
    assert keys(timeline.answer(Intent.HOW_LONG)) == ["warm-up.last"]


class TestShortening:
    def test_being_warm_is_asked_about_and_only_the_yes_shortens(self) -> None:
        timeline = warming()
        assert keys(timeline.hear(Intent.WARM)) == ["warm-up.confirm"]
        assert timeline.phase is Phase.WARM_UP
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.NEXT

    @pytest.mark.parametrize("answer", [Intent.NO, Intent.UNSURE, Intent.GO_BACK, Intent.MEANT_NO])
    def test_anything_else_keeps_them_moving(self, answer: Intent) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM)
        assert keys(timeline.answer(answer)) == ["warm-up.keep-on"]
        timeline.run(20)
        assert timeline.phase is Phase.WARM_UP

    def test_silence_is_no_yes(self) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM)
        timeline.run(until="warm-up.keep-on")
        timeline.quiet()
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.WARM_UP

    def test_a_yes_before_the_question_is_over_is_no_answer_to_it(self) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM)
        timeline.run(1)
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.WARM_UP

    def test_a_yes_near_the_end_of_the_question_counts_at_its_end(self) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM)
        timeline.run(5)
        assert timeline.hear(Intent.YES) == []
        timeline.quiet()
        assert timeline.phase is Phase.NEXT

    @pytest.mark.parametrize("evidence", [Evidence.PARTIAL, Evidence.FINAL])
    def test_weak_evidence_shortens_nothing(self, evidence: Evidence) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM, evidence)
        assert "warm-up.confirm" not in timeline.said
        timeline.answer(Intent.WARM)
        timeline.quiet()
        timeline.hear(Intent.YES, evidence)
        assert timeline.phase is Phase.WARM_UP

    def test_skip_is_confirmed_like_being_warm(self) -> None:
        assert keys(warming().hear(Intent.SKIP)) == ["warm-up.confirm"]

    def test_the_clock_runs_on_during_the_question(self) -> None:
        timeline = warming(SHORT.warm_up_minutes * 60 - 5)
        timeline.hear(Intent.WARM)
        timeline.run(5.1)
        assert timeline.phase is Phase.NEXT


    @pytest.mark.parametrize("word", [Intent.WARM, Intent.SKIP])
    def test_in_a_language_that_listens_for_more_a_second_being_warm_asks_nothing_anew(self, word: Intent) -> None:
        timeline = Timeline(session=Session(listening(confirm=(word,)), SHORT, earcons="none")).to(Phase.WARM_UP)
        timeline.answer(Intent.WARM)
        timeline.quiet()
        assert timeline.hear(word) == []
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.NEXT

    def test_a_yes_in_passing_is_asked_for_again(self) -> None:
        timeline = warming()
        timeline.answer(Intent.WARM)
        timeline.quiet()
        assert keys(timeline.hear(Intent.YES, Evidence.FINAL)) == ["talk.pardon"]

    def test_the_question_is_asked_for_as_long_as_any_other_and_not_again(self) -> None:
        timeline = Timeline(session=Session(SCRIPT, SHORT, patience=5.0, earcons="none")).to(Phase.WARM_UP)
        timeline.answer(Intent.WARM)
        timeline.run(until="warm-up.confirm")
        asked = timeline.now
        timeline.sounding("warm-up.keep-on")
        assert timeline.now - asked == pytest.approx(5.0, abs=0.1)

    @pytest.mark.parametrize("answer", [Intent.NO, None])
    def test_after_it_the_warm_up_goes_on_as_before(self, answer: Intent | None) -> None:
        timeline = warming()
        timeline.hear(Intent.WARM)
        timeline.quiet()
        if answer:
            timeline.hear(answer)
        timeline.run(25)
        assert timeline.grammar.name == "warm-up"
        assert [key for key in timeline.said if key.startswith("warm-up.") and key != "warm-up.call"] == ["warm-up.begin", "warm-up.confirm", "warm-up.keep-on"]
        assert keys(timeline.hear(Intent.WARM)) == ["warm-up.confirm"]

    @pytest.mark.parametrize("word", [Intent.YES, Intent.NO])
    def test_in_a_language_that_listens_for_more_no_answer_counts_where_nothing_is_asked(self, word: Intent) -> None:
        timeline = Timeline(session=Session(listening(warm_up=(word,)), SHORT, earcons="none")).to(Phase.WARM_UP)
        timeline.quiet()
        assert timeline.hear(word) == []
        assert timeline.phase is Phase.WARM_UP

    def test_a_minute_is_called_over_the_open_question_too(self) -> None:
        timeline = warming(0)
        timeline.run(50)
        timeline.hear(Intent.WARM)
        timeline.run(until="warm-up.call")
        timeline.quiet()
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.NEXT

    def test_help_tells_of_taking_back_only_while_the_question_is_open(self) -> None:
        def told(timeline: Timeline) -> str:
            for _ in range(4):
                timeline.quiet()
                timeline.hear(Intent.HELP)
            return " ".join(say.text for say in timeline.says if say.key in {"help.list", "help.more"})

        moving, asked = warming(), warming()
        asked.hear(Intent.WARM)
        words = told(moving)
        assert "how long" in words
        assert not [word for word in ("go back", "I meant no", "stop") if word in words]
        words = told(asked)
        assert "go back" in words
        assert "I meant no" in words
        assert "stop" not in words


class TestTheClock:
    def test_it_is_told_at_the_beginning_how_long_it_takes(self) -> None:
        assert next(say.text for say in warming().says if say.key == "warm-up.begin").startswith("Now we warm up for five minutes")

    def test_the_calls_come_on_the_minute(self) -> None:
        timeline = Timeline(SHORT).to(Phase.NEXT)
        calls = [entry.now - begins(timeline) for entry in timeline.log if {"warm-up.call", "warm-up.last"} & set(entry.says)]
        assert calls == pytest.approx([60, 120, 180, 240], abs=0.01)

    def test_after_a_break_they_come_on_the_minute_of_what_is_left(self) -> None:
        timeline = warming(100)
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        resumed, left = timeline.now, (timeline.session.ends or 0) - timeline.now
        before = len(timeline.log)
        timeline.run(until="next.first")
        calls = [entry.now - resumed for entry in timeline.log[before:] if {"warm-up.call", "warm-up.last"} & set(entry.says)]
        assert calls == pytest.approx([left - 180, left - 120, left - 60], abs=0.01)
        texts = [say.text.split()[0] for say in timeline.says if say.key == "warm-up.call"]
        assert texts == ["Four", "Three", "Two"]

    def test_a_call_that_comes_a_hair_early_is_no_second_one_of_the_same_minute(self) -> None:
        timeline = warming(0)
        timeline.run(begins(timeline) + 59.8 - timeline.now)
        timeline.session._floor.alarm = timeline.now  # noqa: SLF001 - a clock that is a hair fast
        timeline.event(TimePassed())
        timeline.run(30)
        assert timeline.said.count("warm-up.call") == 1

    def test_who_watches_sees_its_end(self) -> None:
        timeline = warming()
        assert timeline.session.ends == pytest.approx(begins(timeline) + SHORT.warm_up_minutes * 60)

    @pytest.mark.parametrize(("seconds", "minutes"), [(1, 0.5), (44, 0.5), (46, 1), (100, 1.5), (150, 2.5), (200, 3), (211, 4), (600, 10)])
    def test_a_time_is_told_to_half_a_minute_and_from_three_minutes_on_to_a_whole_one(self, seconds: float, minutes: float) -> None:
        assert in_minutes(seconds) == minutes

    @pytest.mark.parametrize(("left", "line"), [(50, "warm-up.last"), (70, "warm-up.last"), (80, "warm-up.left")])
    def test_how_long_near_the_end(self, left: float, line: str) -> None:
        timeline = warming(0)
        timeline.run((timeline.session.ends or 0) - left - timeline.now)
        assert keys(timeline.hear(Intent.HOW_LONG)) == [line]

    def test_it_is_no_longer_counted_once_it_is_over(self) -> None:
        timeline = warming()
        timeline.answer(Intent.WARM)
        before = timeline.session._plan.seconds_left()  # noqa: SLF001 - the figure behind the spoken words
        timeline.answer(Intent.YES)
        assert timeline.session._plan.seconds_left() < before - 200  # noqa: SLF001 - the same
        called = timeline.said.count("warm-up.call")
        timeline.run(400)
        assert timeline.said.count("warm-up.call") == called

    def test_a_word_after_its_end_and_before_the_clock_leaves_nothing_of_it(self) -> None:
        timeline = warming(0)
        timeline.run((timeline.session.ends or 0) - 0.3 - timeline.now)
        timeline.now = (timeline.session.ends or 0) + 0.2
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.run(0.5)
        assert timeline.phase is Phase.NEXT

    def test_a_break_just_before_a_minute_does_not_swallow_its_call(self) -> None:
        timeline = warming(0)
        timeline.run(begins(timeline) + 59 - timeline.now)
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.run(1.1)
        assert next(say.text for say in timeline.says if say.key == "warm-up.call").startswith("Four minutes")

    def test_its_minutes_are_not_counted_in_a_hold(self) -> None:
        """Two who have done it before are in the hold before the minute is over in which they were warm."""
        def holding(after: float) -> Timeline:
            timeline = warming(0)
            timeline.run(begins(timeline) + after - timeline.now)
            timeline.answer(Intent.WARM)
            timeline.answer(Intent.YES)
            timeline.hear(Intent.NEXT)
            timeline.answer(Intent.READY, until="position.ready")
            timeline.hear(Intent.GOOD)
            timeline.sounding("hold.begin")
            return timeline

        probe = holding(62)
        minute = 120 - (probe.now - begins(probe))
        assert minute > 0, "the minute is over before the hold"
        timeline = holding(62 + minute - 0.5)
        before = len(timeline.log)
        timeline.run(3)
        assert not [key for entry in timeline.log[before:] for key in entry.says if key not in {"knees-to-chest.hold_client", "knees-to-chest.hold_partner"}]


class TestBreaks:
    def test_a_break_over_the_open_question_closes_it(self) -> None:
        timeline = warming()
        timeline.answer(Intent.WARM)
        timeline.quiet()
        timeline.hear(Intent.PAUSE)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        before = len(timeline.said)
        timeline.run(29)
        assert not [key for key in timeline.said[before:] if key != "warm-up.call"], "nobody is asked anything"
        assert keys(timeline.hear(Intent.WARM)) == ["warm-up.confirm"]

    @pytest.mark.parametrize("word", [Intent.GO_BACK, Intent.MEANT_NO])
    def test_being_warm_after_all_is_taken_back_and_the_time_counts_again(self, word: Intent) -> None:
        timeline = warming()
        timeline.answer(Intent.WARM)
        timeline.answer(Intent.YES)
        short = timeline.session._plan.seconds_left()  # noqa: SLF001 - the figure behind the spoken words
        for _ in range(4):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        told = " ".join(say.text for say in timeline.says if say.key in {"help.list", "help.more"})
        assert "go back" in told
        assert "I meant no" not in told, "of two words for the same one is told"
        timeline.quiet()
        assert keys(timeline.hear(word)) == ["warm-up.on"]
        assert timeline.phase is Phase.WARM_UP
        assert timeline.session._plan.seconds_left() > short + 200  # noqa: SLF001 - the same

    @pytest.mark.parametrize("word", [Intent.PAUSE, Intent.STOP])
    def test_a_break_keeps_the_time_that_is_left(self, word: Intent) -> None:
        timeline = warming(100)
        begun, broken = begins(timeline), timeline.now
        timeline.hear(word)
        timeline.run(200)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        resumed = timeline.now
        assert timeline.said[-1] == "warm-up.on"
        while timeline.phase is Phase.WARM_UP:
            timeline.run(1)
        assert (broken - begun) + (ends(timeline) - resumed) == pytest.approx(SHORT.warm_up_minutes * 60, abs=0.01)

    def test_how_long_in_the_break_counts_the_warm_up_too(self) -> None:
        timeline = warming(0)
        timeline.hear(Intent.PAUSE)
        timeline.quiet()
        minutes = timeline.session._plan.seconds_left() / 60  # noqa: SLF001 - the figure behind the spoken words
        assert minutes > SHORT.warm_up_minutes
        assert keys(timeline.hear(Intent.HOW_LONG)) == ["talk.time-left"]

    def test_the_time_for_which_the_machine_slept_does_not_count_as_moving(self) -> None:
        timeline = warming(60)
        timeline.now += 3600
        timeline.event(TimePassed())
        assert timeline.phase is Phase.RELEASED
        timeline.run(2)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.run(120)
        assert timeline.phase is Phase.WARM_UP, "nobody was seen to move in that hour: never stretch cold"

    def test_pain_in_the_warm_up_ends_the_session(self) -> None:
        timeline = warming()
        assert keys(timeline.hear(Intent.PAIN, Evidence.PARTIAL)) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN


@pytest.mark.parametrize(("word", "line"), [
    (Intent.HELP, "help.list"), (Intent.WHY, "warm-up.why"), (Intent.REPEAT, "warm-up.begin"), (Intent.LOUDER, "warm-up.begin"),
])
def test_conversation(word: Intent, line: str) -> None:
    assert keys(warming(20).hear(word))[0] == line
