"""The guard, as one table: what it makes of each event, in each phase, on each evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.core.safety import (
    COSTLY,
    HEARING_TIMEOUT,
    LOADING,
    MILDER,
    RELEASE,
    Situation,
    Verdict,
    judge,
    needed,
)
from voicecoach.vocabulary import (
    Alive,
    Dictated,
    Evidence,
    Heard,
    Intent,
    LineFinished,
    LineStarted,
    Lost,
    Source,
    Started,
    TimePassed,
    Unclear,
)

CALM = Situation(phase=Phase.NEXT, speaking=False, mentioned=frozenset(), places=frozenset(), loading=frozenset(), expected=frozenset(Intent),
                 silent_for=0.0, pushed=False, deaf=False, line_overdue=False)
TROUBLED = replace(CALM, speaking=True, pushed=True, mentioned=frozenset(Intent), expected=frozenset(), silent_for=99.0, deaf=True, line_overdue=True)
OPEN = [phase for phase in Phase if phase is not Phase.DONE]
ROUTINE = sorted(set(Intent) - RELEASE, key=lambda intent: intent.value)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("evidence", list(Evidence))
@pytest.mark.parametrize("situation", [CALM, TROUBLED], ids=["calm", "troubled"])
class TestRelease:
    def test_stop_lets_go_whatever_else_is_wrong(self, phase: Phase, evidence: Evidence, situation: Situation) -> None:
        assert judge(Heard(Intent.STOP, evidence), replace(situation, phase=phase)) is Verdict.LET_GO

    def test_pain_ends_whatever_else_is_wrong(self, phase: Phase, evidence: Evidence, situation: Situation) -> None:
        assert judge(Heard(Intent.PAIN, evidence), replace(situation, phase=phase)) is Verdict.END_FOR_PAIN

    def test_ease_eases_under_force_and_lets_go_where_nobody_should_push(self, phase: Phase, evidence: Evidence, situation: Situation) -> None:
        verdict = judge(Heard(Intent.EASE, evidence), replace(situation, phase=phase))
        if phase in FORCE:
            assert verdict is Verdict.EASE
        elif phase in LATCHED or phase is Phase.DONE:
            assert verdict is Verdict.LET_GO
        elif situation is CALM:
            assert verdict is Verdict.COACH


def test_out_of_force_the_coachs_own_too_much_is_no_answer() -> None:
    situation = replace(CALM, phase=Phase.CHECK_IN, speaking=True, mentioned=frozenset({Intent.EASE}))
    assert judge(Heard(Intent.EASE, Evidence.FINAL), situation) is Verdict.IGNORE


@pytest.mark.parametrize("phase", OPEN)
def test_what_an_ear_writes_counts_for_nothing_while_the_coach_speaks(phase: Phase) -> None:
    assert judge(Dictated("Maria"), replace(CALM, phase=phase)) is Verdict.COACH
    assert judge(Dictated("Maria"), replace(CALM, phase=phase, speaking=True)) is Verdict.IGNORE
    assert judge(Dictated("Maria"), replace(CALM, phase=phase, deaf=True)) is Verdict.IGNORE


@pytest.mark.parametrize("phase", OPEN)
def test_what_a_hand_writes_is_nobodys_echo(phase: Phase) -> None:
    """"typed" stands for a keyboard that writes words; the coach's voice cannot be behind it."""
    for hand in ("keyboard", "button", "midi", "typed"):
        assert judge(Dictated("Maria", ear=hand), replace(CALM, phase=phase, speaking=True)) is Verdict.COACH


class TestEvidence:
    @pytest.mark.parametrize("intent", sorted(LOADING | COSTLY, key=lambda intent: intent.value))
    def test_loading_and_costly_words_need_the_strongest(self, intent: Intent) -> None:
        assert needed(intent, CALM) is Evidence.STRONG

    @pytest.mark.parametrize("intent", [Intent.YES, Intent.NO])
    def test_so_does_the_answer_that_lets_somebody_through(self, intent: Intent) -> None:
        assert needed(intent, CALM) is Evidence.FINAL
        assert needed(intent, replace(CALM, loading=frozenset({intent}))) is Evidence.STRONG

    @pytest.mark.parametrize("intent", ROUTINE)
    def test_while_the_coach_speaks_every_routine_word_does(self, intent: Intent) -> None:
        assert needed(intent, replace(CALM, speaking=True)) is Evidence.STRONG

    @pytest.mark.parametrize("phase", sorted(FORCE, key=lambda phase: phase.value))
    @pytest.mark.parametrize("intent", sorted(MILDER, key=lambda intent: intent.value))
    def test_but_not_one_that_takes_force_away(self, phase: Phase, intent: Intent) -> None:
        assert needed(intent, replace(CALM, phase=phase, speaking=True)) is Evidence.FINAL

    @pytest.mark.parametrize("phase", OPEN)
    def test_which_words_need_what_in_each_phase(self, phase: Phase) -> None:
        """Written out, so that no set of the code can lose a word unseen."""
        easiest = {Intent.STOP, Intent.EASE, Intent.PAIN}
        strongest = {Intent.MORE, Intent.READY, Intent.CONTINUE, Intent.WARM, Intent.FINISH, Intent.SKIP}
        for intent in Intent:
            expected = Evidence.PARTIAL if intent in easiest else Evidence.STRONG if intent in strongest else Evidence.FINAL
            assert needed(intent, replace(CALM, phase=phase)) is expected, intent

    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
    def test_under_force_while_the_coach_speaks_a_word_counts_as_before_only_if_it_takes_force_away(self, phase: Phase) -> None:
        situation = replace(CALM, phase=phase, speaking=True)
        less = {Intent.NO, Intent.PAUSE, Intent.NEXT, Intent.HELP, Intent.NORMAL, Intent.OTHER_SIDE, Intent.PLACE, Intent.GO_BACK, Intent.MEANT_NO}
        assert {intent for intent in ROUTINE if needed(intent, situation) is Evidence.FINAL} == less

    def test_no_loading_word_is_among_the_milder_ones(self) -> None:
        assert not MILDER & (LOADING | {Intent.YES, Intent.GOOD})

    @pytest.mark.parametrize("intent", ROUTINE)
    def test_too_little_is_doubted_and_words_in_passing_are_waited_out(self, intent: Intent) -> None:
        situation = replace(CALM, loading=frozenset(Intent))
        assert judge(Heard(intent, Evidence.STRONG), situation) is Verdict.COACH
        assert judge(Heard(intent, Evidence.FINAL), situation) is Verdict.DOUBT
        assert judge(Heard(intent, Evidence.PARTIAL), situation) is Verdict.IGNORE


class TestSense:
    @pytest.mark.parametrize("intent", ROUTINE)
    def test_a_word_that_is_not_listened_for_is_ignored(self, intent: Intent) -> None:
        assert judge(Heard(intent, Evidence.STRONG), replace(CALM, expected=frozenset(Intent) - {intent})) is Verdict.IGNORE

    @pytest.mark.parametrize("intent", ROUTINE)
    def test_so_is_the_coachs_own_word_but_no_key(self, intent: Intent) -> None:
        situation = replace(CALM, mentioned=frozenset({intent}), places=frozenset({""}))
        assert judge(Heard(intent, Evidence.STRONG), situation) is Verdict.IGNORE
        for hand in ("keyboard", "button", "midi", "typed"):
            assert judge(Heard(intent, Evidence.STRONG, ear=hand), situation) is Verdict.COACH

    @pytest.mark.parametrize("intent", ROUTINE)
    def test_so_is_every_word_while_nobody_can_be_heard(self, intent: Intent) -> None:
        assert judge(Heard(intent, Evidence.STRONG), replace(CALM, deaf=True)) is Verdict.IGNORE

    def test_a_radiating_place_ends_for_pain_when_it_is_asked_for(self) -> None:
        place = Heard(Intent.PLACE, Evidence.FINAL, slot="radiating")
        assert judge(place, replace(CALM, speaking=True)) is Verdict.END_FOR_PAIN
        assert judge(place, replace(CALM, expected=frozenset())) is Verdict.IGNORE
        assert judge(replace(place, slot="hip"), CALM) is Verdict.COACH
        assert judge(replace(place, evidence=Evidence.PARTIAL), CALM) is Verdict.IGNORE

    def test_the_coachs_own_place_is_not_another_one(self) -> None:
        named = replace(CALM, speaking=True, mentioned=frozenset({Intent.PLACE}), places=frozenset({"hip"}))
        assert judge(Heard(Intent.PLACE, Evidence.STRONG, slot="hip"), named) is Verdict.IGNORE
        assert judge(Heard(Intent.PLACE, Evidence.STRONG, slot="knee"), named) is Verdict.COACH
        assert judge(Heard(Intent.PLACE, Evidence.FINAL, slot="radiating"), named) is Verdict.END_FOR_PAIN

    def test_a_radiating_place_that_the_coach_names_himself_counts_only_under_force(self) -> None:
        place = Heard(Intent.PLACE, Evidence.FINAL, slot="radiating")
        named = replace(CALM, speaking=True, mentioned=frozenset({Intent.PLACE}), places=frozenset({"radiating"}))
        assert judge(place, named) is Verdict.IGNORE
        assert judge(place, replace(named, phase=Phase.HOLD, pushed=True)) is Verdict.END_FOR_PAIN

    def test_among_the_last_words_it_still_ends_for_pain_unless_the_coach_names_it(self) -> None:
        over = replace(CALM, phase=Phase.DONE, speaking=True)
        named = replace(over, mentioned=frozenset({Intent.PLACE}), places=frozenset({"radiating"}))
        place = Heard(Intent.PLACE, Evidence.FINAL, slot="radiating", ear="moonshine")
        assert judge(place, over) is Verdict.END_FOR_PAIN
        assert judge(place, named) is Verdict.IGNORE
        assert judge(replace(place, ear="keyboard"), named) is Verdict.END_FOR_PAIN
        assert judge(replace(place, slot="hip"), over) is Verdict.IGNORE

    @pytest.mark.parametrize("phase", list(Phase))
    def test_only_a_place_can_be_a_warning_whatever_a_person_is_called(self, phase: Phase) -> None:
        person = Heard(Intent.PERSON, Evidence.STRONG, slot="radiating")
        assert judge(person, replace(CALM, phase=phase)) is (Verdict.IGNORE if phase is Phase.DONE else Verdict.COACH)

    @pytest.mark.parametrize("intent", [Intent.PLACE, Intent.GO_BACK, Intent.MEANT_NO, Intent.OTHER_SIDE, Intent.NORMAL])
    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
    def test_under_force_what_leads_to_less_counts_while_the_coach_speaks(self, intent: Intent, phase: Phase) -> None:
        situation = replace(CALM, phase=phase, pushed=True, speaking=True)
        assert judge(Heard(intent, Evidence.FINAL, slot="knee" if intent is Intent.PLACE else ""), situation) is Verdict.COACH


class TestSenses:
    @pytest.mark.parametrize("phase", OPEN)
    @pytest.mark.parametrize("source", list(Source))
    def test_a_loss_is_deaf_or_mute_or_a_lost_button(self, phase: Phase, source: Source) -> None:
        verdicts = {Source.MICROPHONE: Verdict.DEAF, Source.RECOGNISER: Verdict.DEAF, Source.SPEAKER: Verdict.MUTE, Source.VOICE: Verdict.MUTE,
                    Source.BUTTON: Verdict.BUTTON_LOST}
        assert judge(Lost(source), replace(CALM, phase=phase)) is verdicts[source]

    @pytest.mark.parametrize("event", [TimePassed(), Unclear(), LineStarted(1), LineFinished(1), Alive(Source.MICROPHONE), Heard(Intent.GOOD, Evidence.STRONG)])
    def test_silence_of_the_ears_is_noticed_at_any_event(self, event: object) -> None:
        assert judge(event, replace(CALM, silent_for=HEARING_TIMEOUT)) is Verdict.COACH
        assert judge(event, replace(CALM, silent_for=HEARING_TIMEOUT + 0.01)) is Verdict.DEAF

    def test_being_deaf_is_said_once(self) -> None:
        assert judge(TimePassed(), replace(CALM, deaf=True, silent_for=99.0)) is Verdict.COACH

    def test_an_overdue_line_is_mute(self) -> None:
        assert judge(TimePassed(), replace(CALM, line_overdue=True)) is Verdict.MUTE

    @pytest.mark.parametrize("event", [Started(), TimePassed(), Lost(Source.SPEAKER), Lost(Source.MICROPHONE), Unclear()])
    def test_the_last_words_are_not_interrupted_by_failures(self, event: object) -> None:
        assert judge(event, replace(TROUBLED, phase=Phase.DONE)) is Verdict.COACH

    @pytest.mark.parametrize("intent", ROUTINE)
    def test_nor_by_conversation(self, intent: Intent) -> None:
        assert judge(Heard(intent, Evidence.STRONG), replace(CALM, phase=Phase.DONE)) is Verdict.IGNORE


def test_the_sets_of_the_guard_are_disjoint() -> None:
    assert not RELEASE & LOADING
    assert not RELEASE & COSTLY
    assert not LOADING & COSTLY


@pytest.mark.parametrize("intent", sorted(RELEASE, key=lambda intent: intent.value))
@pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
class TestOwnReleaseWord:
    """The coach explains the rule aloud, and a microphone in the room hears him say "stop"."""

    def test_while_nobody_is_pushed_his_own_word_counts_for_nothing(self, intent: Intent, phase: Phase) -> None:
        said = replace(CALM, phase=phase, speaking=True, mentioned=frozenset({intent}))
        assert judge(Heard(intent, Evidence.STRONG, ear="moonshine"), said) is Verdict.IGNORE

    def test_under_force_it_counts_whoever_said_it(self, intent: Intent, phase: Phase) -> None:
        said = replace(CALM, phase=phase, pushed=True, speaking=True, mentioned=frozenset({intent}))
        assert judge(Heard(intent, Evidence.PARTIAL, ear="moonshine"), said) is not Verdict.IGNORE

    def test_a_key_is_no_echo(self, intent: Intent, phase: Phase) -> None:
        said = replace(CALM, phase=phase, speaking=True, mentioned=frozenset({intent}))
        assert judge(Heard(intent, Evidence.STRONG, ear="keyboard"), said) is not Verdict.IGNORE
