"""When the coach cannot hear or cannot speak: nobody could say stop, or nobody could pass it on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from timeline import SCRIPT, SHORT, Timeline, keys

from voicecoach.core.parts.latched import Released
from voicecoach.core.phases import Phase
from voicecoach.core.safety import HEARING_TIMEOUT
from voicecoach.core.session import Session
from voicecoach.vocabulary import (
    Alive,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    LineStarted,
    Lost,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
)

OPEN = [phase for phase in Phase if phase is not Phase.DONE]
EARS = [Source.MICROPHONE, Source.RECOGNISER]
MOUTH = [Source.SPEAKER, Source.VOICE]


def at(phase: Phase) -> Timeline:
    timeline = Timeline().to(phase, warm=True)
    timeline.quiet()
    return timeline


def deaf(phase: Phase = Phase.HOLD) -> Timeline:
    timeline = at(phase)
    timeline.ears = False
    timeline.run(2)
    return timeline


class TestDeaf:
    @pytest.mark.parametrize("phase", OPEN)
    def test_ears_that_fall_silent_are_answered_by_letting_go(self, phase: Phase) -> None:
        timeline = at(phase)
        timeline.ears = False
        begun = timeline.now
        timeline.run(HEARING_TIMEOUT + 0.5)
        entry = next(e for e in timeline.log if "safety.cannot-hear" in e.says)
        assert entry.commands[0] == Hush()
        assert isinstance(entry.commands[1], Say)
        assert entry.commands[1].safety
        assert entry.now - begun <= HEARING_TIMEOUT + 0.01
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("ear", EARS)
    def test_one_dead_ear_is_enough(self, ear: Source) -> None:
        timeline = at(Phase.HOLD)
        timeline.ears = False
        alive = EARS[1 - EARS.index(ear)]
        for _ in range(5):
            timeline.run(0.4)
            timeline.event(Alive(alive))
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("event", [Alive(Source.BUTTON), Alive(Source.SPEAKER)])
    def test_a_sign_of_life_of_something_that_hears_nothing_is_not_waited_for_again(self, event: Alive) -> None:
        timeline = at(Phase.HOLD)
        timeline.event(event)
        timeline.run(2 * HEARING_TIMEOUT)
        assert timeline.phase is Phase.HOLD

    @pytest.mark.parametrize("ear", EARS)
    def test_a_loss_that_is_reported_needs_no_waiting(self, ear: Source) -> None:
        timeline = at(Phase.HOLD)
        commands = timeline.event(Lost(ear, "unplugged"))
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.cannot-hear"]
        assert timeline.phase is Phase.RELEASED

    def test_while_deaf_no_word_counts_but_a_release(self) -> None:
        timeline = deaf()
        for word in set(Intent) - {Intent.STOP, Intent.EASE, Intent.PAIN}:
            assert timeline.hear(word) == []
        assert keys(timeline.hear(Intent.STOP, Evidence.PARTIAL)) == ["safety.stop"]

    def test_the_line_comes_again_and_in_the_end_the_session_closes(self) -> None:
        timeline = deaf()
        timeline.run(3600)
        assert timeline.said.count("safety.cannot-hear") > 3
        assert timeline.session.outcome is Outcome.CANNOT_HEAR
        assert timeline.said[-1] == "goodbye.cannot-hear"

    @pytest.mark.parametrize("first", [0, Released.reminders - 1])
    def test_it_comes_twice_as_often_as_what_leads_on_and_as_often_whatever_went_before(self, first: int) -> None:
        timeline = at(Phase.RELEASED if first else Phase.HOLD)
        timeline.run(first * Released.reminder)
        timeline.ears = False
        timeline.to_the_end()
        told = [entry.now for entry in timeline.log if "safety.cannot-hear" in entry.says]
        assert len(told) == 1 + Released.reminders
        assert all(Released.reminder / 2 <= later - earlier <= Released.reminder / 2 + 8 for earlier, later in pairwise(told))

    def test_while_deaf_the_words_that_release_and_lead_on_are_listened_for(self) -> None:
        assert deaf(Phase.HOLD).grammar.name == "released"

    def test_hearing_again_is_said_and_asks_before_anything_goes_on(self) -> None:
        timeline = deaf()
        timeline.ears = True
        timeline.run(until="released.ask")
        assert timeline.said[-2:] == ["released.hears-again", "released.ask"]
        assert timeline.phase is Phase.RELEASED
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        assert timeline.phase is Phase.NEXT

    def test_one_ear_alone_is_not_hearing_again(self) -> None:
        timeline = deaf()
        timeline.event(Alive(Source.MICROPHONE))
        assert "released.hears-again" not in timeline.said
        assert keys(timeline.event(Alive(Source.RECOGNISER))) == ["released.hears-again", "released.ask"]

    @pytest.mark.parametrize("ear", EARS)
    def test_one_that_was_lost_is_not_heard_by_because_it_was_there_a_moment_ago(self, ear: Source) -> None:
        timeline = at(Phase.SCREEN)
        timeline.ears = False
        timeline.event(Alive(Source.MICROPHONE))
        timeline.event(Alive(Source.RECOGNISER))
        timeline.event(Lost(ear, "unplugged"))
        timeline.run(0.3)
        assert timeline.event(Alive(EARS[1 - EARS.index(ear)])) == []
        assert keys(timeline.event(Alive(ear))) == ["released.hears-again", "released.ask"]

    def test_deaf_again_and_again(self) -> None:
        timeline = deaf()
        for _ in range(3):
            timeline.ears = True
            timeline.run(2)
            timeline.ears = False
            timeline.run(3)
        assert timeline.said.count("released.hears-again") == 3
        assert timeline.phase is Phase.RELEASED

    def test_hearing_again_during_the_goodbye_changes_nothing(self) -> None:
        timeline = deaf()
        timeline.hear(Intent.PAIN)
        timeline.ears = True
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN
        assert timeline.said[-1] == "goodbye.pain"

    def test_ears_do_not_matter_to_the_last_words(self) -> None:
        timeline = at(Phase.DONE)
        timeline.ears = False
        timeline.run(60)
        assert timeline.session.outcome is Outcome.COMPLETED

    def test_nor_to_long_ones(self) -> None:
        timeline = at(Phase.CHECK_IN)
        timeline.hear(Intent.PAIN)
        timeline.ears = False
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN


class TestMute:
    @pytest.mark.parametrize("phase", OPEN)
    @pytest.mark.parametrize("part", MOUTH)
    def test_a_coach_who_cannot_speak_lets_go_and_ends(self, phase: Phase, part: Source) -> None:
        timeline = at(phase)
        commands = timeline.event(Lost(part, "gone"))
        assert commands[0] == Hush()
        assert keys(commands)[0] == "safety.cannot-speak"
        timeline.run(60)
        assert timeline.session.outcome is Outcome.CANNOT_SPEAK

    def test_the_line_for_a_fault_around_the_session_is_one_of_safety_and_calls_the_partner(self) -> None:
        said = Session(SCRIPT, SHORT, "Anna", "Ben").fault_line
        assert (said.key, said.safety) == ("safety.cannot-speak", True)
        assert said.text.startswith("Ben, ")

    def test_a_line_that_never_ends_counts_as_a_lost_voice(self) -> None:
        timeline = at(Phase.HOLD)
        timeline.mouth = False
        timeline.hear(Intent.HOW_LONG)
        timeline.run(20)
        assert "safety.cannot-speak" in timeline.said
        timeline.run(60)
        assert timeline.session.outcome is Outcome.CANNOT_SPEAK

    def test_a_line_that_began_and_hangs_counts_too(self) -> None:
        timeline = at(Phase.HOLD)
        timeline.mouth = False
        (said,) = timeline.hear(Intent.HOW_LONG)
        assert isinstance(said, Say)
        timeline.event(LineStarted(said.utterance))
        timeline.run(20)
        assert "safety.cannot-speak" in timeline.said

    def test_a_long_turn_is_not_overdue_because_it_is_long(self) -> None:
        timeline = Timeline()
        timeline.run(60)
        assert "safety.cannot-speak" not in timeline.said

    def test_a_stop_outranks_a_broken_voice(self) -> None:
        timeline = at(Phase.HOLD)
        timeline.mouth = False
        timeline.hear(Intent.HOW_LONG)
        timeline.now += 60
        assert keys(timeline.hear(Intent.STOP))[0] == "safety.stop"


class TestClocks:
    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN, Phase.WARM_UP])
    def test_a_machine_that_slept_has_heard_nobody(self, phase: Phase) -> None:
        timeline = at(phase)
        timeline.now += 3600
        assert keys(timeline.event(TimePassed())) == ["safety.cannot-hear"]
        timeline.run(2)
        assert timeline.phase is Phase.RELEASED
        assert "released.hears-again" in timeline.said

    def test_a_hold_is_not_credited_with_the_sleep(self) -> None:
        timeline = at(Phase.HOLD)
        timeline.now += 3600
        timeline.event(TimePassed())
        timeline.answer(Intent.FINISH)
        timeline.run(60)
        assert not any(key.startswith("goodbye.summary") for key in timeline.said)

    def test_a_clock_that_goes_back_stands_still_until_it_has_caught_up(self) -> None:
        timeline = at(Phase.HOLD)
        deadline = timeline.session.deadline
        assert timeline.session.handle(TimePassed(), timeline.now - 1000) == []
        assert timeline.session.deadline == deadline

    @pytest.mark.parametrize("ear", EARS)
    def test_the_deadline_is_that_of_the_ear_that_has_been_silent_longer(self, ear: Source) -> None:
        timeline = at(Phase.SCREEN)
        timeline.event(Alive(Source.MICROPHONE))
        timeline.event(Alive(Source.RECOGNISER))
        silent = timeline.now
        timeline.now += 0.5
        timeline.event(Alive(ear))
        assert timeline.session.deadline == pytest.approx(silent + HEARING_TIMEOUT, abs=0.01)
        timeline.now = timeline.session.deadline
        assert keys(timeline.event(TimePassed())) == ["safety.cannot-hear"]

    def test_what_is_deaf_already_or_over_waits_for_no_ear(self) -> None:
        timeline = deaf(Phase.SCREEN)
        assert timeline.session.deadline > timeline.now + HEARING_TIMEOUT
        timeline = at(Phase.SCREEN)
        timeline.hear(Intent.FINISH)
        assert timeline.phase is Phase.DONE
        assert timeline.session.deadline > timeline.now + HEARING_TIMEOUT

    @pytest.mark.parametrize("mouth", [True, False])
    def test_when_it_is_over_there_is_nothing_more_to_do_or_to_wait_for(self, *, mouth: bool) -> None:
        timeline = at(Phase.SCREEN)
        timeline.mouth = mouth
        timeline.hear(Intent.FINISH)
        timeline.to_the_end()
        session = timeline.session
        assert session.outcome is Outcome.FINISHED_EARLY
        assert timeline.finish == Finish(Outcome.FINISHED_EARLY)
        assert session.deadline is None
        assert session.ends is None
        for event in (Started(), TimePassed(), Heard(Intent.STOP, Evidence.STRONG), Lost(Source.SPEAKER), Alive(Source.BUTTON)):
            assert session.handle(event, timeline.now + 1) == []

    def test_before_its_end_there_is_no_outcome(self) -> None:
        timeline = at(Phase.SCREEN)
        timeline.hear(Intent.FINISH)
        assert timeline.session.outcome is None

    def test_nothing_happens_before_the_start(self) -> None:
        timeline = Timeline()
        fresh = type(timeline.session)(timeline.session._floor.script, timeline.session._parts[Phase.SCREEN].course.program)  # noqa: SLF001
        assert fresh.deadline is None
        assert fresh.handle(TimePassed(), 1.0) == []
        assert fresh.handle(Lost(Source.MICROPHONE), 1.0) == []
        assert fresh.outcome is None
