"""Stop and pause: at once, from everywhere, and back only by "continue" and "yes", to a place that asks "ready"."""

from __future__ import annotations

from dataclasses import replace

import pytest
from timeline import FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.parts.latched import Paused, Released
from voicecoach.core.phases import LATCHED, Phase
from voicecoach.core.session import Session
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.vocabulary import Evidence, Hush, Intent, Lost, Outcome, Say, Source, Unclear

OPEN = [phase for phase in Phase if phase is not Phase.DONE]
BODILY = [Phase.NEXT, Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN]


def at(phase: Phase) -> Timeline:
    return Timeline(FULL).to(phase, warm=True)


def stopped(phase: Phase = Phase.HOLD) -> Timeline:
    timeline = at(phase)
    timeline.hear(Intent.STOP)
    timeline.quiet()
    return timeline


def asked_since(timeline: Timeline, before: int, phase: Phase) -> int:
    """How often it was told what leads out of `phase`, until the coach gave up."""
    timeline.to_the_end()
    return timeline.said[before:].count(f"{phase.value}.ask")


def continued(timeline: Timeline) -> Timeline:
    timeline.answer(Intent.CONTINUE)
    timeline.answer(Intent.YES)
    return timeline


class TestStop:
    @pytest.mark.parametrize("phase", OPEN)
    @pytest.mark.parametrize("evidence", list(Evidence))
    def test_hush_and_the_safety_line_come_first_and_the_session_is_released(self, phase: Phase, evidence: Evidence) -> None:
        timeline = at(phase)
        commands = timeline.hear(Intent.STOP, evidence)
        assert commands[0] == Hush()
        assert isinstance(commands[1], Say)
        assert commands[1].key == "safety.stop"
        assert commands[1].safety
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("phase", OPEN)
    def test_a_second_stop_is_obeyed_like_the_first(self, phase: Phase) -> None:
        timeline = at(phase)
        first = timeline.hear(Intent.STOP)
        timeline.run(0.4)
        second = timeline.hear(Intent.STOP)
        assert keys(first) == keys(second) == ["safety.stop", "released.ask"]

    def test_stop_while_the_confirmation_is_open_latches_again(self) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE)
        timeline.quiet()
        timeline.hear(Intent.STOP)
        timeline.quiet()
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.RELEASED
        assert timeline.said[-1] == "released.ask"

    def test_stop_during_the_goodbye_is_answered_and_the_goodbye_said_again(self) -> None:
        timeline = Timeline(SHORT).to(Phase.DONE, warm=True)
        commands = timeline.hear(Intent.STOP)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.stop", "goodbye.completed"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.COMPLETED

    def test_pain_during_the_goodbye_changes_it(self) -> None:
        timeline = Timeline(SHORT).to(Phase.DONE, warm=True)
        assert keys(timeline.hear(Intent.PAIN)) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN

    def test_pain_never_replaces_the_emergency_sentence(self) -> None:
        timeline = Timeline()
        timeline.answer(Intent.YES)
        timeline.run(until="screen.take-back")
        timeline.run(11)
        assert timeline.phase is Phase.DONE
        assert keys(timeline.hear(Intent.PAIN)) == ["safety.pain", "goodbye.emergency"]


@pytest.mark.parametrize(("deed", "less"), [
    (lambda life: life.hear(Intent.STOP), True), (lambda life: life.run(until="safety.silence"), True),
    (lambda life: life.event(Lost(Source.MICROPHONE, "unplugged")), False), (lambda life: life.event(Lost(Source.BUTTON, "gone")), False),
], ids=["stop", "silence", "nobody can be heard", "the button has gone"])
def test_a_stretch_shrinks_where_people_let_go_of_themselves_and_not_where_a_device_failed(deed, less):
    life = Timeline(FULL).to(Phase.STRETCH)
    deed(life)
    assert life.phase is Phase.RELEASED
    assert life.session._plan.unease is less  # noqa: SLF001 - what the next dose is made from


def test_outside_of_force_a_stop_shrinks_no_stretch():
    life = Timeline(FULL).to(Phase.NEXT)
    life.hear(Intent.STOP)
    assert not life.session._plan.unease  # noqa: SLF001 - the same


@pytest.mark.parametrize("phase", [Phase.RELEASED, Phase.PAUSED])
def test_what_was_agreed_before_a_break_is_not_taken_back_in_it(phase):
    """No language that ships understands "go back" there, but one may."""
    back = SCRIPT.grammars["hold"].of(Intent.GO_BACK)
    script = replace(SCRIPT, grammars={name: Grammar(name, (*grammar.phrases, *back.phrases)) for name, grammar in SCRIPT.grammars.items()})
    life = Timeline(session=Session(script, SHORT)).to(phase, warm=True)
    life.hear(Intent.GO_BACK)
    assert life.phase is phase


class TestTheLatch:
    def test_nothing_but_continue_or_finish_moves_it(self) -> None:
        timeline = stopped()
        for word in set(Intent) - {Intent.CONTINUE, Intent.FINISH, Intent.PAIN}:
            timeline.hear(word)
            assert timeline.phase is Phase.RELEASED

    def test_continue_is_confirmed(self) -> None:
        timeline = stopped()
        assert keys(timeline.hear(Intent.CONTINUE)) == ["latched.confirm"]
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("answer", [Intent.NO, Intent.UNSURE])
    def test_anything_but_yes_asks_anew(self, answer: Intent) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE)
        assert keys(timeline.answer(answer)) == ["released.ask"]
        assert keys(timeline.answer(Intent.CONTINUE)) == ["latched.confirm"], "the next one is asked about like the first"

    def test_silence_after_continue_is_no_yes(self) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE)
        timeline.run(until="released.ask")
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.RELEASED

    def test_a_yes_before_the_question_is_over_is_no_answer(self) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE)
        timeline.run(0.3)
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("evidence", [Evidence.PARTIAL, Evidence.FINAL])
    def test_weak_evidence_moves_nothing(self, evidence: Evidence) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE, evidence)
        assert "latched.confirm" not in timeline.said
        timeline.answer(Intent.CONTINUE)
        timeline.quiet()
        timeline.hear(Intent.YES, evidence)
        assert timeline.phase is Phase.RELEASED

    def test_an_ease_means_that_somebody_still_pushes(self) -> None:
        timeline = stopped()
        assert timeline.hear(Intent.EASE)[0] == Hush()
        assert timeline.said[-2:] == ["safety.stop", "released.ask"]

    def test_time_alone_reminds_and_then_ends(self) -> None:
        timeline = stopped()
        timeline.run(3600)
        assert timeline.session.outcome is Outcome.STOPPED
        assert set(timeline.said[timeline.said.index("safety.stop") :]) == {"safety.stop", "released.ask", "goodbye.stopped"}

    @pytest.mark.parametrize(("latch", "reminders"), [(Phase.RELEASED, Released.reminders), (Phase.PAUSED, Paused.reminders)])
    def test_every_break_is_waited_for_as_long_as_the_first(self, latch: Phase, reminders: int) -> None:
        timeline = at(latch)
        timeline.run((reminders - 1) * (Released if latch is Phase.RELEASED else Paused).reminder)
        continued(timeline)
        before = len(timeline.said)
        timeline.hear(Intent.STOP if latch is Phase.RELEASED else Intent.PAUSE)
        assert timeline.phase is latch
        assert asked_since(timeline, before, latch) == 1 + reminders

    @pytest.mark.parametrize("latch", sorted(LATCHED, key=lambda phase: phase.value))
    def test_whoever_says_continue_and_no_more_is_still_there(self, latch: Phase) -> None:
        timeline = at(latch)
        for _ in range(2 * Paused.reminders):
            assert keys(timeline.answer(Intent.CONTINUE)) == ["latched.confirm"]
            timeline.run(until=f"{latch.value}.ask")
        assert timeline.phase is latch

    @pytest.mark.parametrize(("latch", "part"), [(Phase.RELEASED, Released), (Phase.PAUSED, Paused)])
    def test_the_way_out_is_told_again_from_time_to_time(self, latch: Phase, part: type[Released | Paused]) -> None:
        timeline = at(latch)
        timeline.quiet()
        before, began = len(timeline.said), timeline.now
        timeline.run(part.reminder)
        assert timeline.said[before:] == [f"{latch.value}.ask"]
        assert timeline.now - began <= part.reminder

    def test_an_unanswered_confirmation_is_soon_no_longer_open(self) -> None:
        timeline = stopped()
        timeline.hear(Intent.CONTINUE)
        timeline.run(until="latched.confirm")
        before = len(timeline.said)
        timeline.run(8.1)
        assert timeline.said[before:] == ["released.ask"]

    @pytest.mark.parametrize(("latch", "outcome"), [(Phase.RELEASED, Outcome.STOPPED), (Phase.PAUSED, Outcome.FINISHED_EARLY)])
    def test_it_ends_as_what_it_was(self, latch: Phase, outcome: Outcome) -> None:
        silent, finished = at(latch), at(latch)
        finished.answer(Intent.FINISH)
        for timeline in (silent, finished):
            timeline.to_the_end()
            assert timeline.session.outcome is outcome

    def test_in_a_language_that_understands_more_words_there_the_way_out_is_no_shorter(self) -> None:
        more = {name: Grammar(name, SCRIPT.grammars["confirm"].phrases + SCRIPT.grammars["released"].phrases) for name in ("released", "confirm")}
        timeline = Timeline(session=Session(replace(SCRIPT, grammars={**SCRIPT.grammars, **more}), FULL)).to(Phase.HOLD, warm=True)
        timeline.hear(Intent.STOP)
        for word in (Intent.YES, Intent.NO, Intent.UNSURE):
            timeline.quiet()
            assert keys(timeline.hear(word)) == []
        timeline.hear(Intent.CONTINUE)
        timeline.quiet()
        assert keys(timeline.hear(Intent.CONTINUE)) == [], "said twice it is no yes, and no second question"
        assert timeline.phase is Phase.RELEASED
        timeline.hear(Intent.YES)
        assert timeline.phase is Phase.NEXT

    def test_finish_ends_it(self) -> None:
        timeline = stopped()
        timeline.hear(Intent.FINISH)
        timeline.run(60)
        assert timeline.session.outcome is Outcome.STOPPED

    def test_pain_told_after_the_stop_ends_the_session(self) -> None:
        assert keys(stopped().hear(Intent.PAIN)) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]

    def test_help_and_repeat(self) -> None:
        timeline = stopped()
        assert keys(timeline.hear(Intent.REPEAT)) == ["safety.stop", "released.ask"]
        assert keys(timeline.answer(Intent.HELP)) == ["help.list", "help.hurts"]
        timeline.answer(Intent.CONTINUE)
        assert keys(timeline.answer(Intent.HELP)) == ["help.list", "help.hurts"]

    def test_muttering_is_passed_over(self) -> None:
        assert stopped().event(Unclear("are you all right")) == []


class TestComingBack:
    @pytest.mark.parametrize("word", [Intent.STOP, Intent.PAUSE])
    @pytest.mark.parametrize("phase", BODILY)
    def test_the_way_back_always_asks_ready_before_any_force(self, phase: Phase, word: Intent) -> None:
        timeline = at(phase)
        timeline.quiet()
        timeline.hear(word)
        back = len(timeline.said)
        continued(timeline)
        assert timeline.phase is Phase.NEXT
        timeline.run(until="position.ready")
        assert not any("approach_partner" in key for key in timeline.said[back:])
        assert timeline.said[back:].count("next.on") == 1

    @pytest.mark.parametrize("first", [Intent.STOP, Intent.PAUSE])
    @pytest.mark.parametrize("phase", [Phase.WHO, Phase.SCREEN, Phase.WARM_UP, Phase.TURN])
    def test_a_stop_in_a_break_leads_back_to_where_the_break_began_and_past_no_question(self, phase: Phase, first: Intent) -> None:
        timeline = at(phase)
        timeline.answer(first)
        timeline.answer(Intent.STOP)
        assert timeline.phase is Phase.RELEASED
        timeline.answer(Intent.STOP)
        assert continued(timeline).phase is phase
        assert timeline.said[-1] != "latched.confirm", "what was open there is said anew"

    def test_a_hold_that_was_broken_off_is_held_again_and_counts_once(self) -> None:
        timeline = Timeline(SHORT).to(Phase.HOLD, warm=True)
        timeline.hear(Intent.STOP)
        continued(timeline)
        for _ in range(SHORT.stretches[0].repetitions):
            timeline.run(until="position.ready")
            timeline.answer(Intent.READY)
            timeline.answer(Intent.GOOD)
            timeline.run(until="hold.ask")
            timeline.answer(Intent.GOOD)
            timeline.answer(Intent.NO, until="check-in.feel")
            timeline.answer(Intent.NO)
        timeline.run(until="goodbye.completed")
        summary = {say.key: say.text for say in timeline.says if say.key.startswith("goodbye.")}
        assert summary["goodbye.summary-stretch"] == "You held two times today."
        assert summary["goodbye.seconds"] == "That makes forty seconds of stretching."

    def test_a_check_in_that_was_interrupted_does_not_repeat_the_repetition(self) -> None:
        timeline = continued(stopped(Phase.CHECK_IN))
        timeline.run(until="position.ready")
        assert "knees-to-chest.position_again" in timeline.said

    def test_a_break_in_the_cool_down_begins_it_again(self) -> None:
        timeline = Timeline(SHORT).to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.SKIP)
        timeline.run(until="cool-down.2")
        timeline.answer(Intent.PAUSE)
        continued(timeline)
        assert timeline.said[-1] == "cool-down.1"


class TestPause:
    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
    def test_under_force_the_partner_lets_go_first(self, phase: Phase) -> None:
        timeline = at(phase)
        timeline.quiet()
        commands = timeline.hear(Intent.PAUSE, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pause", "paused.ask"]
        assert timeline.phase is Phase.PAUSED

    @pytest.mark.parametrize("phase", [Phase.SCREEN, Phase.WARM_UP, Phase.NEXT, Phase.CHECK_IN])
    def test_elsewhere_the_coach_only_falls_silent(self, phase: Phase) -> None:
        timeline = at(phase)
        timeline.quiet()
        assert keys(timeline.hear(Intent.PAUSE)) == ["paused.ask"]

    def test_a_break_may_last_a_telephone_call(self) -> None:
        timeline = at(Phase.PAUSED)
        timeline.run(600)
        assert timeline.phase is Phase.PAUSED
        timeline.run(3600)
        assert timeline.session.outcome is Outcome.FINISHED_EARLY

    def test_stop_in_a_break_releases(self) -> None:
        timeline = at(Phase.PAUSED)
        timeline.hear(Intent.STOP)
        assert timeline.phase is Phase.RELEASED
        assert continued(timeline).phase is Phase.NEXT

    def test_pause_in_the_confirmation_of_the_warm_up_pauses_the_warm_up(self) -> None:
        timeline = Timeline().to(Phase.WARM_UP)
        timeline.answer(Intent.WARM)
        timeline.answer(Intent.PAUSE)
        assert continued(timeline).phase is Phase.WARM_UP

    @pytest.mark.parametrize("phase", sorted(LATCHED, key=lambda phase: phase.value))
    def test_pause_means_nothing_in_a_latched_phase(self, phase: Phase) -> None:
        timeline = at(phase)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.PAUSE)
        assert timeline.phase is phase


BACK_IN_A_BREAK = replace(SCRIPT, grammars={
    name: Grammar(name, (*grammar.phrases, *SCRIPT.grammars["screening"].of(Intent.GO_BACK, Intent.MEANT_NO).phrases)) if name in {"released", "paused"} else grammar
    for name, grammar in SCRIPT.grammars.items()})
"""A translator may let "go back" be understood in a break."""


@pytest.mark.parametrize("word", [Intent.GO_BACK, Intent.MEANT_NO])
@pytest.mark.parametrize("phase", sorted(LATCHED, key=lambda phase: phase.value))
def test_what_was_agreed_before_a_break_cannot_be_taken_back_in_it(phase: Phase, word: Intent) -> None:
    timeline = Timeline(session=Session(BACK_IN_A_BREAK, FULL, earcons="none")).to(phase, warm=True)
    timeline.quiet()
    assert keys(timeline.hear(word)) == ["correct.nothing"]
    assert timeline.phase is phase


@pytest.mark.parametrize("word", [Intent.STOP, Intent.PAUSE])
def test_a_break_in_the_questions_is_nothing_that_go_back_leads_to(word: Intent) -> None:
    timeline = Timeline()
    timeline.answer(word)
    continued(timeline)
    for _ in SCRIPT.questions:
        timeline.answer(Intent.NO)
    timeline.run(until="warm-up.begin")
    timeline.quiet()
    assert keys(timeline.hear(Intent.GO_BACK)) == ["correct.nothing"]
    assert timeline.phase is Phase.WARM_UP


@pytest.mark.parametrize(("phase", "says"), [(Phase.SCREEN, [f"question.{SCRIPT.questions[0].id}.ask"]), (Phase.WARM_UP, ["warm-up.on"])])
@pytest.mark.parametrize("word", [Intent.STOP, Intent.PAUSE])
def test_after_a_break_nobody_is_welcomed_again_and_no_time_begins_anew(phase: Phase, says: list[str], word: Intent) -> None:
    timeline = at(phase)
    timeline.answer(word)
    timeline.answer(Intent.CONTINUE)
    assert keys(timeline.answer(Intent.YES)) == says


@pytest.mark.parametrize(("word", "line"), [(Intent.PAUSE, "paused.ask"), (Intent.FINISH, "goodbye.finished-early")])
@pytest.mark.parametrize("phase", [Phase.SCREEN, Phase.NEXT])
def test_where_nobody_is_pushed_the_coach_gives_way_without_a_word_more(phase: Phase, word: Intent, line: str) -> None:
    timeline = at(phase)
    timeline.run(0.5)
    commands = timeline.hear(word)
    assert commands[0] == Hush()
    assert keys(commands) == [line]


class TestFinish:
    def test_in_the_middle_of_a_position_the_partner_lets_go_and_the_session_ends(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.run(until="position.ready")
        timeline.quiet()
        commands = timeline.hear(Intent.FINISH)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pause", "goodbye.finished-early"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.FINISHED_EARLY

    def test_it_takes_a_clear_word(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.quiet()
        assert keys(timeline.hear(Intent.FINISH, Evidence.FINAL)) == ["talk.pardon"]
