"""Approach and hold: force comes slowly and on a clear word only, and goes at the first wish."""

from __future__ import annotations

from itertools import pairwise

import pytest
from timeline import FULL, SHORT, Timeline, keys

from voicecoach.core.parts.force import ANSWER, EASES
from voicecoach.core.phases import Phase
from voicecoach.language.line_keys import urges
from voicecoach.vocabulary import Evidence, Heard, Hush, Intent, LineFinished, Outcome, Party, Say, Unclear

STRETCH = "knees-to-chest"
LIMIT = SHORT.deepen_limit


def set_up() -> Timeline:
    """Both have been told how to lie and stand, and "ready" has been asked for."""
    timeline = Timeline().to(Phase.NEXT, warm=True)
    timeline.run(until="position.ready")
    timeline.quiet()
    return timeline


def approaching() -> Timeline:
    return Timeline().to(Phase.STRETCH, warm=True)


def holding() -> Timeline:
    """Two seconds into the count, and the coach is quiet."""
    timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
    timeline.quiet()
    return timeline


def hold_began(timeline: Timeline) -> float:
    number = next(say.utterance for say in timeline.says if say.key == "hold.begin")
    return next(entry.now for entry in timeline.log if entry.event == LineFinished(number))


class TestSettingUp:
    def test_client_and_partner_are_placed_then_told_the_rule_then_asked(self) -> None:
        timeline = set_up()
        assert timeline.said[-5:] == [f"{STRETCH}.client_position", f"{STRETCH}.partner_position", "rule.stop", "rule.words", "position.ready"]

    def test_the_rule_says_who_may_say_stop_and_that_the_partner_does_not_wait(self) -> None:
        rule = next(say for say in set_up().says if say.key == "rule.stop")
        assert "Either of you may say stop" in rule.text
        assert "You don't wait for me" in rule.text

    def test_the_rule_is_said_once_in_a_session(self) -> None:
        timeline = Timeline(FULL).to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        assert timeline.said.count("rule.stop") == 1

    def test_ready_starts_the_approach(self) -> None:
        assert keys(set_up().hear(Intent.READY)) == [f"{STRETCH}.approach_partner", f"{STRETCH}.approach_client"]

    @pytest.mark.parametrize("evidence", [Evidence.PARTIAL, Evidence.FINAL])
    def test_a_weak_ready_starts_nothing(self, evidence: Evidence) -> None:
        timeline = set_up()
        assert keys(timeline.hear(Intent.READY, evidence)) == (["talk.pardon"] if evidence is Evidence.FINAL else [])

    @pytest.mark.parametrize("word", [i for i in Intent if i is not Intent.READY])
    def test_no_other_word_starts_force(self, word: Intent) -> None:
        timeline = set_up()
        timeline.hear(word)
        assert not any(map(urges, timeline.said))

    def test_ready_before_the_coach_has_asked_for_it_starts_nothing(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.sounding(f"{STRETCH}.partner_position")
        assert timeline.hear(Intent.READY) == []

    def test_the_coachs_own_ready_starts_nothing(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.run(until="position.ready")
        assert timeline.hear(Intent.READY) == [], "the line has only just ended: this is its echo"

    def test_a_key_is_no_echo(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.run(until="position.ready")
        assert keys(timeline.event(Heard(Intent.READY, Evidence.STRONG, ear="keyboard")))[0] == f"{STRETCH}.approach_partner"

    def test_silence_is_asked_about_then_helped_then_pauses(self) -> None:
        timeline = set_up()
        before = len(timeline.said)
        timeline.run(300)
        assert timeline.said[before : before + 5] == ["position.help", "position.closer", "position.ready", "safety.pause", "paused.ask"]

    def test_repeat_after_a_reminder_repeats_how_to_lie_and_stand(self) -> None:
        timeline = set_up()
        timeline.run(until="position.help")
        assert keys(timeline.answer(Intent.REPEAT))[:2] == [f"{STRETCH}.client_position", f"{STRETCH}.partner_position"]

    def test_ease_before_any_force_frees_the_hands_and_asks_again(self) -> None:
        timeline = set_up()
        assert timeline.hear(Intent.EASE, Evidence.PARTIAL)[0] == Hush()
        assert timeline.said[-2:] == ["safety.ease-early", "position.ready"]
        timeline.answer(Intent.READY)
        timeline.answer(Intent.MORE)
        assert timeline.said[-1] == "force.deeper", "easing hands that did not push is no ease of this repetition"

    def test_the_rule_is_said_again_if_it_was_hushed(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.sounding("rule.stop")
        timeline.hear(Intent.EASE)
        assert timeline.said[-4:] == ["safety.ease-early", "rule.stop", "rule.words", "position.ready"]

    def test_the_coachs_own_words_of_the_rule_ease_nothing(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.sounding("rule.words")
        assert timeline.hear(Intent.EASE, Evidence.FINAL) == []

    def test_the_rule_is_said_again_after_a_stop_that_cut_it_off(self) -> None:
        timeline = Timeline().to(Phase.NEXT, warm=True)
        timeline.sounding("rule.stop")
        timeline.event(Heard(Intent.STOP, Evidence.STRONG, ear="keyboard"))
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.run(until="position.ready")
        assert timeline.said.count("rule.stop") == 2

    def test_the_second_repetition_is_set_up_in_one_sentence(self) -> None:
        timeline = Timeline().to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        assert timeline.said[-2:] == [f"{STRETCH}.position_again", "position.ready"]


class TestApproaching:
    @pytest.mark.parametrize("word", [Intent.GOOD, Intent.YES])
    def test_good_holds(self, word: Intent) -> None:
        timeline = approaching()
        assert keys(timeline.hear(word)) == ["hold.begin"]
        assert timeline.phase is Phase.HOLD

    def test_good_while_the_coach_still_speaks_makes_him_say_stay_at_once(self) -> None:
        timeline = set_up()
        timeline.hear(Intent.READY)
        timeline.run(1)
        assert timeline.hear(Intent.GOOD)[0] == Hush()
        assert timeline.said[-1] == "hold.begin"

    def test_a_no_to_is_there_a_stretch_pushes_nobody_but_tells_what_to_say(self) -> None:
        timeline = approaching()
        timeline.run(until="approach.ask")
        assert keys(timeline.answer(Intent.NO)) == ["approach.say-more"]

    def test_a_second_no_eases(self) -> None:
        timeline = approaching()
        timeline.run(until="approach.ask")
        timeline.answer(Intent.NO)
        timeline.quiet()
        assert keys(timeline.hear(Intent.NO)) == ["safety.ease"]

    def test_a_no_that_nobody_asked_for_eases(self) -> None:
        assert keys(approaching().hear(Intent.NO)) == ["safety.ease"]

    def test_a_no_after_an_ease_eases_further(self) -> None:
        timeline = approaching()
        timeline.hear(Intent.EASE)
        timeline.quiet()
        assert keys(timeline.hear(Intent.NO)) == ["safety.ease"]

    def test_skip_lets_down_and_goes_on_with_what_comes_next(self) -> None:
        timeline = Timeline(FULL).to(Phase.STRETCH, warm=True)
        commands = timeline.hear(Intent.SKIP)
        assert commands[0] == Hush()
        assert keys(commands) == [f"{STRETCH}.let_down", "next.skipped", "next.stretch", "spinal-twist.introduction"]

    def test_nothing_cuts_off_the_line_that_lets_down(self) -> None:
        timeline = Timeline(FULL).to(Phase.STRETCH, warm=True)
        timeline.hear(Intent.SKIP)
        for word in (Intent.NEXT, Intent.SKIP, Intent.REPEAT, Intent.PAUSE):
            assert Hush() not in timeline.hear(word)

    def test_skip_during_the_set_up_cuts_it_short(self) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.sounding(f"{STRETCH}.client_position")
        commands = timeline.hear(Intent.SKIP)
        assert commands[0] == Hush()
        assert keys(commands) == ["next.skipped", "next.stretch", "spinal-twist.introduction"]


class TestMore:
    def test_more_deepens_a_little_up_to_the_limit(self) -> None:
        timeline = approaching()
        assert [keys(timeline.answer(Intent.MORE)) for _ in range(LIMIT + 1)] == [["force.deeper"]] * LIMIT + [["force.no-more"]]

    def test_more_deepens_in_the_hold_as_well(self) -> None:
        assert keys(holding().hear(Intent.MORE)) == ["force.deeper"]

    def test_the_limit_is_that_of_the_repetition_not_of_the_phase(self) -> None:
        timeline = approaching()
        for _ in range(LIMIT):
            timeline.answer(Intent.MORE)
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.begin")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more"]

    def test_deeper_is_said_to_the_partner(self) -> None:
        (said,) = approaching().hear(Intent.MORE)
        assert isinstance(said, Say)
        assert said.to is Party.PARTNER

    @pytest.mark.parametrize("place", [approaching, holding])
    @pytest.mark.parametrize("word", [Intent.EASE, Intent.NO])
    def test_never_after_an_ease(self, place: object, word: Intent) -> None:
        timeline = place()
        timeline.hear(word)
        timeline.run(until="safety.ease")
        assert keys(timeline.hear(Intent.MORE)) == ["force.no-more-after-ease"]

    def test_an_ease_in_the_approach_still_counts_in_the_hold(self) -> None:
        timeline = approaching()
        timeline.hear(Intent.EASE)
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.begin")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more-after-ease"]

    def test_never_after_an_ease_that_silence_caused(self) -> None:
        timeline = approaching()
        timeline.run(until="safety.ease-silent")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more-after-ease"]

    def test_a_new_repetition_begins_anew(self) -> None:
        timeline = holding()
        timeline.hear(Intent.EASE)
        timeline.run(until="check-in.feel")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        timeline.answer(Intent.READY)
        assert keys(timeline.answer(Intent.MORE)) == ["force.deeper"]

    def test_not_in_the_last_seconds_of_a_hold(self) -> None:
        timeline = holding()
        timeline.hear(Intent.GOOD)
        timeline.run(hold_began(timeline) + FULL.stretches[0].hold_seconds - 7 - timeline.now)
        timeline.quiet()
        assert keys(timeline.hear(Intent.MORE)) == ["hold.no-time"]

    @pytest.mark.parametrize("place", [approaching, holding])
    @pytest.mark.parametrize("evidence", [Evidence.PARTIAL, Evidence.FINAL])
    def test_not_on_weak_evidence(self, place: object, evidence: Evidence) -> None:
        assert place().hear(Intent.MORE, evidence) == []

    def test_not_while_the_coachs_own_line_says_it(self) -> None:
        timeline = approaching()
        timeline.sounding("approach.ask")
        assert timeline.hear(Intent.MORE) == []
        timeline.run(until="approach.ask")
        timeline.run(0.5)
        assert timeline.hear(Intent.MORE) == []
        timeline.run(0.2)
        assert keys(timeline.hear(Intent.MORE)) == ["force.deeper"]

    def test_not_twice_for_a_word_that_came_twice(self) -> None:
        timeline = approaching()
        timeline.hear(Intent.MORE)
        timeline.run(0.3)
        assert timeline.hear(Intent.MORE) == []

    def test_a_good_that_overtakes_the_word_further_withdraws_it(self) -> None:
        timeline = holding()
        timeline.hear(Intent.MORE)
        timeline.run(0.3)
        assert timeline.hear(Intent.GOOD)[0] == Hush()
        assert timeline.said[-1] == "hold.good"

    def test_repeat_never_repeats_a_line_that_makes_the_partner_push(self) -> None:
        timeline = approaching()
        assert keys(timeline.hear(Intent.REPEAT)) == [f"{STRETCH}.approach_client"]
        timeline.answer(Intent.MORE)
        assert keys(timeline.answer(Intent.REPEAT)) == ["approach.ask"]


class TestEase:
    @pytest.mark.parametrize("place", [approaching, holding])
    @pytest.mark.parametrize("evidence", list(Evidence))
    def test_ease_is_obeyed_at_once_on_any_evidence_and_the_hold_goes_on_lower(self, place: object, evidence: Evidence) -> None:
        timeline = place()
        phase = timeline.phase
        commands = timeline.hear(Intent.EASE, evidence)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.ease"]
        assert timeline.phase is phase

    def test_good_after_an_ease_is_acknowledged_and_the_hold_runs_to_its_end(self) -> None:
        timeline = holding()
        timeline.hear(Intent.EASE)
        assert keys(timeline.answer(Intent.GOOD)) == ["hold.good"]
        timeline.run(until="hold.end")
        assert timeline.phase is Phase.CHECK_IN

    @pytest.mark.parametrize("place", [approaching, holding])
    def test_the_third_ease_ends_this_repetition(self, place: object) -> None:
        timeline = place()
        for _ in range(EASES - 1):
            timeline.hear(Intent.EASE)
            timeline.run(1)
        assert keys(timeline.hear(Intent.EASE))[0] == "safety.ease-down"
        assert timeline.phase is Phase.CHECK_IN

    def test_ease_cuts_the_coach_off_in_the_middle_of_a_line(self) -> None:
        timeline = approaching()
        timeline.sounding("approach.ask")
        assert timeline.hear(Intent.EASE, Evidence.PARTIAL)[0] == Hush()

    def test_after_an_ease_the_next_repetition_stays_short_of_it(self) -> None:
        timeline = holding()
        timeline.hear(Intent.EASE)
        timeline.run(until="check-in.feel")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        assert "approach.lighter" in timeline.said

    @pytest.mark.parametrize("place", [approaching, holding])
    def test_help_under_force_may_be_a_cry_so_it_eases_first(self, place: object) -> None:
        timeline = place()
        commands = timeline.hear(Intent.HELP, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.ease", "help.list", "help.hurts"]

    @pytest.mark.parametrize("word", [Intent.HELP, Intent.NORMAL])
    def test_the_third_cry_lets_down_and_lectures_nobody(self, word: Intent) -> None:
        timeline = approaching()
        for _ in range(EASES - 1):
            timeline.hear(word)
        assert keys(timeline.hear(word)) == ["safety.ease-down", "check-in.feel"]

    @pytest.mark.parametrize("word", [Intent.NO, Intent.PAUSE, Intent.HELP])
    def test_milder_words_count_while_the_coach_speaks(self, word: Intent) -> None:
        timeline = approaching()
        timeline.sounding("approach.ask")
        assert timeline.hear(word, Evidence.FINAL)[0] == Hush()


class TestHolding:
    def test_a_hold_is_counted_sparingly_and_lasts_as_long_as_the_program_says(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.run(until="hold.ask")
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.end")
        start = timeline.said.index("hold.begin")
        assert timeline.said[start : start + 6] == [
            "hold.begin", f"{STRETCH}.hold_client", "hold.half", "hold.ask", "hold.good", "hold.last"]
        end = next(entry.now for entry in timeline.log if "hold.end" in entry.says)
        assert end - hold_began(timeline) == pytest.approx(FULL.stretches[0].hold_seconds, abs=0.01)

    def test_a_client_who_is_at_ease_is_not_asked_but_the_partner_gets_a_cue(self) -> None:
        timeline = holding()
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.half")
        assert timeline.said[-2:] == ["hold.half", f"{STRETCH}.hold_partner"]

    def test_the_end_lets_the_legs_down_before_anything_is_asked(self) -> None:
        timeline = holding()
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.end")
        assert timeline.said[-3:] == ["hold.end", f"{STRETCH}.let_down", "check-in.feel"]

    def test_next_ends_the_hold_early(self) -> None:
        timeline = holding()
        commands = timeline.hear(Intent.NEXT)
        assert commands[0] == Hush()
        assert keys(commands) == ["hold.end", f"{STRETCH}.let_down", "check-in.feel"]

    def test_how_long_tells_the_seconds_of_this_hold(self) -> None:
        (said,) = holding().hear(Intent.HOW_LONG)
        assert isinstance(said, Say)
        assert said.key == "hold.left"

    def test_repeat_repeats_the_last_turn(self) -> None:
        timeline = holding()
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.half")
        assert keys(timeline.answer(Intent.REPEAT)) == ["hold.half", f"{STRETCH}.hold_partner"]

    def test_a_no_to_still_comfortable_eases(self) -> None:
        timeline = holding()
        timeline.run(until="hold.ask")
        assert keys(timeline.answer(Intent.NO)) == ["safety.ease"]

    def test_muttering_neither_answers_nor_hurries(self) -> None:
        timeline = holding()
        timeline.run(until="hold.ask")
        deadline = timeline.session.deadline
        assert timeline.event(Unclear("mm")) == []
        assert timeline.session.deadline == deadline


class TestSilence:
    def test_in_the_approach_silence_is_asked_about_then_eased_then_released(self) -> None:
        timeline = approaching()
        start = timeline.now
        timeline.run(until="released.ask")
        moments = {key: entry.now - start for entry in timeline.log for key in entry.says}
        order = ["approach.ask", "safety.ease-silent", "safety.silence"]
        assert [key for key in timeline.said if key in order] == order
        assert timeline.phase is Phase.RELEASED
        assert moments["approach.ask"] <= ANSWER
        for earlier, later in pairwise(order):
            assert ANSWER <= moments[later] - moments[earlier] <= ANSWER + 8

    def test_in_the_hold_an_unanswered_question_eases_and_the_hold_ends_in_time(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.run(until="hold.ask")
        timeline.run(ANSWER + 1)
        assert timeline.said[-1] == "safety.ease-silent"
        timeline.run(30)
        assert timeline.phase is not Phase.HOLD

    @pytest.mark.parametrize("word", [Intent.EASE, Intent.MORE])
    def test_whoever_has_answered_is_asked_again_before_silence_eases(self, word: Intent) -> None:
        timeline = approaching()
        timeline.run(until="approach.ask")
        timeline.answer(word)
        before = len(timeline.said)
        timeline.run(until="safety.ease-silent")
        assert timeline.said[before:] == ["approach.ask", "safety.ease-silent"]

    def test_a_good_in_time_ends_the_worry(self) -> None:
        timeline = approaching()
        timeline.run(until="safety.ease-silent")
        timeline.answer(Intent.GOOD)
        assert timeline.phase is Phase.HOLD

    def test_easing_for_want_of_an_answer_is_no_praise_in_the_summary(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.sounding("safety.ease-silent")
        timeline.run(until="check-in.feel")
        timeline.answer(Intent.PAUSE)
        timeline.answer(Intent.FINISH)
        timeline.run(60)
        assert "goodbye.summary-one" in timeline.said
        assert "goodbye.eases" not in timeline.said


class TestPain:
    @pytest.mark.parametrize("place", [set_up, approaching, holding])
    @pytest.mark.parametrize("evidence", list(Evidence))
    def test_pain_releases_and_ends_the_session_with_advice(self, place: object, evidence: Evidence) -> None:
        timeline = place()
        commands = timeline.hear(Intent.PAIN, evidence)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN
        assert "see a doctor" in timeline.says[-2].text

    def test_words_outside_the_grammar_do_nothing(self) -> None:
        timeline = holding()
        for word in (Intent.READY, Intent.CONTINUE, Intent.SKIP, Intent.FINISH, Intent.WARM, Intent.UNSURE, Intent.WHY, Intent.LOUDER):
            assert timeline.hear(word) == []
