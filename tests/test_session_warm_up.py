"""Warm-up: light activity by the clock; only a confirmed "we are warm already" makes it shorter."""

from __future__ import annotations

import pytest
from timeline import FULL, SHORT, Timeline, keys

from voicecoach.core.phases import Phase
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

    @pytest.mark.parametrize("answer", [Intent.NO, Intent.UNSURE])
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


class TestBreaks:
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
