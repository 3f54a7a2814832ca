"""Approach and hold: force comes slowly and on a clear word only, and goes at the first wish."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from timeline import DIALOGS, FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.parts.approach import RE_PROMPTS, SETTLING
from voicecoach.core.parts.force import ANSWER
from voicecoach.core.parts.hold import COUNTS, LAST_SECONDS, ROOM_FOR_MORE
from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.language.line_keys import PER_STRETCH, urges
from voicecoach.language.loader import load_program
from voicecoach.language.program import Dose, Program
from voicecoach.vocabulary import Evidence, Heard, Hush, Intent, LineFinished, Outcome, Party, Say, Unclear

STRETCH = "knees-to-chest"
LIMIT = SHORT.deepen_limit
SECONDS = FULL.stretches[0].hold_seconds
SOLO = load_program(DIALOGS / "programs/solo.yaml", SCRIPT)


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


def beginning(program: Program = FULL) -> Timeline:
    """The first line of a hold sounds: its count has not begun yet."""
    timeline = Timeline(program).to(Phase.STRETCH, warm=True)
    timeline.hear(Intent.GOOD)
    timeline.sounding("hold.begin")
    return timeline


def counted(seconds: float, program: Program = FULL) -> Timeline:
    """So many seconds of the count have passed."""
    timeline = beginning(program)
    timeline.run(until="hold.begin")
    timeline.run(seconds)
    return timeline


def with_holds_of(seconds: int, *stretches: str) -> Program:
    return FULL.model_copy(update={"stretches": [Dose(stretch=stretch, repetitions=2, hold_seconds=seconds) for stretch in stretches or (STRETCH,)]})


def alone() -> Timeline:
    """Somebody who stretches without help has been told how to lie, and asked for "ready"."""
    timeline = Timeline(SOLO)
    for _ in SCRIPT.questions:
        timeline.answer(Intent.NO)
    for answer in (Intent.YES, Intent.NO, Intent.NO, Intent.YES):
        timeline.answer(answer)
    timeline.answer(Intent.WARM, until="warm-up.begin")
    timeline.answer(Intent.YES)
    timeline.run(until="position.ready")
    timeline.quiet()
    return timeline


def read_back() -> Timeline:
    """"Ready" has been heard in a language whose ears may take anything for it: it is asked for a second time."""
    careful = replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": True}))
    timeline = Timeline(session=Session(careful, FULL))
    for _ in SCRIPT.questions:
        timeline.answer(Intent.NO)
    timeline.answer(Intent.YES)
    timeline.answer(Intent.WARM, until="warm-up.begin")
    timeline.answer(Intent.YES)
    timeline.answer(Intent.READY, until="position.ready")
    timeline.quiet()
    assert timeline.said[-1] == "position.sure"
    return timeline


def when(timeline: Timeline, key: str) -> float:
    """When `key` was said last."""
    return next(entry.now for entry in reversed(timeline.log) if key in entry.says)


def hold_began(timeline: Timeline) -> float:
    number = next(say.utterance for say in timeline.says if say.key == "hold.begin")
    return next(entry.now for entry in timeline.log if entry.event == LineFinished(number))


def summary(timeline: Timeline) -> list[str]:
    """The texts of the summary, if they end early, now."""
    timeline.hear(Intent.PAUSE)
    timeline.answer(Intent.FINISH)
    timeline.run(60)
    return [say.text for say in timeline.says if say.key in {"goodbye.summary", "goodbye.summary-stretch", "goodbye.summary-one", "goodbye.seconds", "goodbye.eases"}]


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

    def test_it_is_asked_about_after_a_while_each_time(self) -> None:
        timeline = set_up()
        for reminder in RE_PROMPTS:
            quiet_since, before = timeline.now, len(timeline.said)
            timeline.run(until=reminder)
            assert timeline.said[before:] == [reminder]
            assert when(timeline, reminder) - quiet_since == pytest.approx(SETTLING, abs=1)
        timeline.run(SETTLING + 1)
        assert timeline.phase is Phase.PAUSED

    def test_a_new_repetition_is_waited_for_as_long_as_the_first(self) -> None:
        timeline = set_up()
        timeline.run(until=RE_PROMPTS[0])
        timeline.answer(Intent.READY)
        timeline.answer(Intent.GO_BACK)
        timeline.run(until="position.ready")
        before = len(timeline.said)
        timeline.run(300)
        assert timeline.said[before : before + 4] == [*RE_PROMPTS, "safety.pause"]

    def test_help_does_not_tell_to_take_back_what_nobody_has_said(self) -> None:
        timeline = Timeline().to(Phase.NEXT)
        timeline.run(until="position.ready")
        for _ in range(4):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        told = " ".join(say.text for say in timeline.says if say.key.startswith("help."))
        assert "ready" in told
        assert not [word for word in ("go back", "change sides", "stop", "too much") if word in told]

    @pytest.mark.parametrize("stretch", [STRETCH, "spinal-twist"])
    def test_help_tells_of_the_other_side_only_where_there_is_one(self, stretch: str) -> None:
        timeline = Timeline(with_holds_of(25, stretch)).to(Phase.NEXT, warm=True)
        timeline.run(until="position.ready")
        for _ in range(4):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        assert any("change sides" in say.text for say in timeline.says if say.key.startswith("help.")) is (stretch == "spinal-twist")

    @pytest.mark.parametrize("moving", [False, True])
    def test_the_side_that_is_asked_for_without_another_one_changes_nothing_but_what_was_said(self, *, moving: bool) -> None:
        timeline = set_up()
        if moving:
            timeline.hear(Intent.READY)
            timeline.quiet()
        said = keys(timeline.hear(Intent.OTHER_SIDE))
        lying = [f"{STRETCH}.client_position", f"{STRETCH}.partner_position"]
        assert said == ([f"{STRETCH}.let_down", "correct.no-side", *lying, "position.ready"] if moving else ["correct.no-side", "position.ready"])

    def test_the_other_side_cuts_short_how_to_lie_for_this_one(self) -> None:
        timeline = Timeline(with_holds_of(25, "spinal-twist")).to(Phase.NEXT, warm=True)
        timeline.sounding("spinal-twist.client_position")
        commands = timeline.hear(Intent.OTHER_SIDE)
        assert commands[0] == Hush()
        assert keys(commands)[:2] == ["correct.side", "spinal-twist.client_position"]


class TestReadyIsReadBack:
    """A second "ready" where the ears may take anything for one."""

    def test_the_second_one_starts_the_approach(self) -> None:
        assert keys(read_back().hear(Intent.READY)) == [f"{STRETCH}.approach_partner", f"{STRETCH}.approach_client"]

    def test_a_weak_one_is_asked_for_again_in_the_same_words(self) -> None:
        timeline = read_back()
        assert keys(timeline.hear(Intent.READY, Evidence.FINAL)) == ["position.sure"]
        assert timeline.hear(Intent.READY, Evidence.FINAL) == [], "the coach speaks already"

    def test_silence_takes_the_first_one_back(self) -> None:
        timeline = read_back()
        before, began = len(timeline.said), timeline.now
        timeline.run(until="position.ready")
        assert timeline.said[before:] == ["position.ready"]
        assert when(timeline, "position.ready") - began <= 8, "a confirmation is no time to settle"
        timeline.answer(Intent.READY)
        assert timeline.said[-1] == "position.sure"

    def test_nobody_is_waited_for_without_end(self) -> None:
        timeline = read_back()
        for _ in RE_PROMPTS:
            timeline.run(until="position.ready")
            timeline.answer(Intent.READY)
        timeline.run(60)
        assert timeline.phase is Phase.PAUSED

    @pytest.mark.parametrize("word", [Intent.GO_BACK, Intent.MEANT_NO, Intent.EASE])
    def test_it_is_taken_back_by_a_word_and_by_no_other(self, word: Intent) -> None:
        timeline = read_back()
        assert keys(timeline.hear(word)) == [*["safety.ease-early"][: word is Intent.EASE], "position.ready"], "no legs were moved"
        timeline.answer(Intent.READY)
        assert timeline.said[-1] == "position.sure"

    def test_each_ready_is_read_back_also_after_legs_that_went_down(self) -> None:
        timeline = read_back()
        timeline.hear(Intent.READY)
        timeline.answer(Intent.GO_BACK)
        timeline.answer(Intent.READY, until="position.ready")
        assert timeline.said[-1] == "position.sure"


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

    def test_a_no_to_is_there_a_stretch_is_an_answer_and_the_silence_after_it_is_counted_anew(self) -> None:
        timeline = approaching()
        timeline.run(until="approach.ask")
        timeline.answer(Intent.NO)
        told, before = timeline.now, len(timeline.said)
        timeline.run(until="safety.ease-silent")
        assert timeline.said[before:] == ["approach.ask", "safety.ease-silent"], "asked once more first"
        assert ANSWER <= when(timeline, "approach.ask") - told <= ANSWER + 8

    def test_a_no_over_the_question_eases(self) -> None:
        timeline = approaching()
        timeline.sounding("approach.ask")
        assert keys(timeline.hear(Intent.NO)) == ["safety.ease"], "nobody knows what it answers"

    def test_a_no_after_the_coach_has_eased_for_want_of_an_answer_eases_further(self) -> None:
        timeline = approaching()
        timeline.run(until="safety.ease-silent")
        assert keys(timeline.answer(Intent.NO)) == ["safety.ease"]

    def test_the_client_is_asked_soon_after_the_way_in_has_been_told(self) -> None:
        timeline = set_up()
        timeline.hear(Intent.READY)
        timeline.quiet()
        told = timeline.now
        timeline.sounding("approach.ask")
        assert timeline.now - told <= ANSWER

    def test_a_weak_word_is_not_asked_for_again_and_the_silence_is_counted_on(self) -> None:
        timeline = approaching()
        due = timeline.session._floor.silence_at  # noqa: SLF001 - what nobody hears yet
        assert timeline.hear(Intent.SKIP, Evidence.FINAL) == []
        assert timeline.session._floor.silence_at == due  # noqa: SLF001 - the same

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
    @pytest.mark.parametrize(("word", "line"), [(Intent.STOP, "safety.stop"), (Intent.EASE, "safety.ease")])
    def test_a_release_word_counts_even_while_the_coach_tells_that_it_can_be_said(self, place: object, word: Intent, line: str) -> None:
        timeline = place()
        timeline.hear(Intent.HELP)
        timeline.sounding("help.list")
        assert keys(timeline.hear(word, Evidence.PARTIAL))[0] == line

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
        for _ in range(2):
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
        for _ in range(2):
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

    @pytest.mark.parametrize("word", [Intent.GOOD, Intent.YES])
    def test_who_answers_still_comfortable_is_left_in_peace(self, word: Intent) -> None:
        timeline = counted(2, with_holds_of(60))
        timeline.run(until="hold.ask")
        assert keys(timeline.answer(word)) == ["hold.good"]
        timeline.run(until="hold.end")
        assert timeline.said[timeline.said.index("hold.good"):][:3] == ["hold.good", "hold.last", "hold.end"]

    def test_who_says_so_unasked_is_left_in_peace_as_well(self) -> None:
        timeline = counted(0.1, with_holds_of(60))
        timeline.quiet()
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.last")
        assert timeline.said[-3:] == ["hold.half", f"{STRETCH}.hold_partner", "hold.last"]

    @pytest.mark.parametrize("word", [Intent.EASE, Intent.MORE])
    def test_a_good_from_before_the_push_changed_tells_nothing_any_more(self, word: Intent) -> None:
        timeline = counted(2)
        timeline.hear(Intent.GOOD)
        timeline.answer(word)
        timeline.run(until="hold.half")
        timeline.run(0.1)
        assert timeline.said[-2:] in (["hold.half", "hold.ask"], ["hold.ask", "hold.half"])

    @pytest.mark.parametrize("word", [Intent.EASE, Intent.MORE])
    def test_after_the_push_changed_the_client_is_asked_and_the_answer_is_acknowledged(self, word: Intent) -> None:
        timeline = counted(2, with_holds_of(60))
        timeline.hear(word)
        changed = timeline.now
        timeline.run(until="hold.ask")
        assert when(timeline, "hold.ask") - changed <= ANSWER + 8
        assert keys(timeline.answer(Intent.GOOD)) == ["hold.good"]
        timeline.quiet()
        assert timeline.hear(Intent.GOOD) == [], "once"

    def test_a_question_that_is_open_half_way_is_not_asked_a_second_time(self) -> None:
        timeline = counted(2, with_holds_of(40))
        timeline.hear(Intent.EASE)
        timeline.run(until="hold.half")
        timeline.run(0.1)
        assert timeline.said[-4:] == ["safety.ease", "hold.ask", "hold.half", f"{STRETCH}.hold_partner"]

    def test_a_good_cuts_nothing_off_but_a_word_further(self) -> None:
        timeline = counted(0.1)
        assert timeline.hear(Intent.GOOD) == [], "the cue to breathe is spoken to its end"
        timeline.run(until=f"{STRETCH}.hold_client")

    def test_a_word_that_ends_it_and_how_long_and_good_are_all_that_is_new_in_the_last_seconds(self) -> None:
        for word, said in ((Intent.NO, "safety.ease"), (Intent.HELP, "safety.ease"), (Intent.NORMAL, "safety.ease"), (Intent.NEXT, "hold.end")):
            timeline = counted(SECONDS - 3)
            assert keys(timeline.hear(word))[0] == said, "less is never too late"

    def test_a_more_that_came_too_late_is_an_answer(self) -> None:
        timeline = counted(SECONDS - 7)
        timeline.quiet()
        assert timeline.said[-1] == "hold.ask"
        timeline.hear(Intent.MORE)
        timeline.run(until="hold.end")
        assert timeline.said[timeline.said.index("hold.no-time"):][:3] == ["hold.no-time", "hold.last", "hold.end"]

    def test_a_good_still_withdraws_a_further_that_was_asked_for_again_too_late(self) -> None:
        timeline = counted(SECONDS - ROOM_FOR_MORE - 3)
        timeline.hear(Intent.GOOD)
        timeline.run(2.9)
        assert keys(timeline.hear(Intent.MORE)) == ["force.deeper"]
        timeline.run(0.2)
        assert keys(timeline.hear(Intent.MORE)) == ["hold.no-time"]
        commands = timeline.hear(Intent.GOOD)
        assert (commands[0], keys(commands)) == (Hush(), ["hold.good"])

    @pytest.mark.parametrize(("stretch", "told"), [(STRETCH, False), ("spinal-twist", True)])
    def test_help_tells_of_the_other_side_only_where_there_is_one(self, stretch: str, *, told: bool) -> None:
        timeline = counted(1, with_holds_of(60, stretch))
        for _ in range(2):
            timeline.hear(Intent.HELP)
            timeline.quiet()
        assert any("change sides" in say.text for say in timeline.says if say.key.startswith("help.")) is told

    def test_two_calls_for_help_tell_all_that_can_be_said_since_the_third_lets_the_legs_down(self) -> None:
        timeline = counted(1, with_holds_of(60))
        for _ in range(2):
            timeline.hear(Intent.HELP)
            timeline.quiet()
        told = " ".join(say.text for say in timeline.says if say.key.startswith("help."))
        assert all(word in told for word in ("stop", "too much", "just right", "next", "go back", "repeat"))
        assert not [word for word in ("a bit more", "hip", "I meant") if word in told]

    def test_muttering_neither_answers_nor_hurries(self) -> None:
        timeline = holding()
        timeline.run(until="hold.ask")
        deadline = timeline.session.deadline
        assert timeline.event(Unclear("mm")) == []
        assert timeline.session.deadline == deadline


class TestTheCount:
    """How long somebody is held, whatever is said meanwhile."""

    @pytest.mark.parametrize(("word", "slot"), [
        (Intent.EASE, ""), (Intent.NO, ""), (Intent.HELP, ""), (Intent.MEANT_NO, ""), (Intent.MORE, ""), (Intent.GOOD, ""), (Intent.YES, ""),
        (Intent.REPEAT, ""), (Intent.PLACE, "lower-back"), (Intent.HOW_LONG, ""),
    ])
    def test_no_word_makes_a_hold_longer_or_shorter(self, word: Intent, slot: str) -> None:
        timeline = counted(5)
        timeline.hear(word, slot=slot)
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.end")
        assert when(timeline, "hold.end") - hold_began(timeline) == pytest.approx(SECONDS, abs=0.01)

    @pytest.mark.parametrize("word", [Intent.EASE, Intent.MORE])
    def test_a_word_over_its_first_line_begins_it_so_that_nobody_is_held_longer(self, word: Intent) -> None:
        timeline = beginning()
        began = timeline.now
        timeline.hear(word)
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.end")
        assert when(timeline, "hold.end") - began == pytest.approx(SECONDS, abs=0.01)

    def test_a_good_over_its_first_line_does_not_keep_it_from_beginning(self) -> None:
        timeline = beginning()
        # By hand: the coach's own line says the word.
        timeline.event(Heard(Intent.GOOD, Evidence.STRONG, ear="keyboard"))
        timeline.run(until="hold.end")
        assert when(timeline, "hold.end") - hold_began(timeline) == pytest.approx(SECONDS, abs=0.01)
        assert "hold.last" in timeline.said, "and the end is announced as ever"

    def test_how_long_is_answered_with_what_is_left_of_this_hold(self) -> None:
        def told(timeline: Timeline) -> str:
            return next(say.text for say in timeline.hear(Intent.HOW_LONG) if isinstance(say, Say))

        assert told(beginning()) == "About twenty-five seconds.", "it has not begun yet"
        assert told(counted(10.2)) == "About fifteen seconds."
        last = counted(5)
        last.hear(Intent.GOOD)
        last.run(SECONDS - 0.3 - 5)
        assert told(last) == "About one second.", "nobody is told of none"

    def test_who_watches_sees_its_end_from_its_first_second_on(self) -> None:
        timeline = beginning()
        assert timeline.session.ends is None
        timeline.run(until="hold.begin")
        timeline.run(0.1)
        assert timeline.session.ends == pytest.approx(hold_began(timeline) + SECONDS)

    def test_half_way_and_the_last_seconds_are_told_in_time(self) -> None:
        timeline = counted(1)
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.end")
        began = hold_began(timeline)
        assert when(timeline, "hold.half") - began == pytest.approx(SECONDS / 2, abs=0.01)
        assert when(timeline, "hold.last") - began == pytest.approx(SECONDS - LAST_SECONDS, abs=0.01)
        assert next(say.text for say in timeline.says if say.key == "hold.last") == "Five seconds more."

    def test_nobody_is_counted_down_to_while_the_coach_waits_for_an_answer(self) -> None:
        timeline = counted(2)
        timeline.run(until="hold.end")
        assert "hold.last" not in timeline.said

    def test_a_hold_that_was_taken_back_leaves_no_clock_behind_for_the_next_one(self) -> None:
        timeline = counted(2, with_holds_of(60))
        timeline.hear(Intent.GO_BACK)
        timeline.answer(Intent.READY, until="position.ready")
        # The middle of the first one would come while the second is announced.
        timeline.run(hold_began(timeline) + 29 - timeline.now)
        timeline.hear(Intent.GOOD)
        again = timeline.now
        assert again - hold_began(timeline) == pytest.approx(29), "else this test could not fail"
        timeline.run(until="hold.half")
        assert when(timeline, "hold.half") - again > 30


class TestWhatCounts:
    """What the summary tells of, and what is held again."""

    def test_one_that_was_just_long_enough_counts_whatever_the_clock_shows(self) -> None:
        lost = 0
        for waited in range(10):
            timeline = set_up()
            timeline.run(53 + waited / 3)
            timeline.answer(Intent.READY)
            timeline.hear(Intent.GOOD)
            timeline.run(until="hold.begin")
            timeline.run(9)
            timeline.now = hold_began(timeline) + COUNTS
            lost += timeline.now - hold_began(timeline) < COUNTS
            assert summary(timeline) == ["You held once today.", "That makes ten seconds of stretching."]
        assert lost, "else this test could not fail"

    @pytest.mark.parametrize(("held", "told"), [(9.9, []), (10.1, ["You held once today.", "That makes ten seconds of stretching."])])
    def test_one_that_ended_early_counts_if_it_was_long_enough(self, held: float, told: list[str]) -> None:
        timeline = counted(held)
        timeline.hear(Intent.PAUSE)
        assert summary(timeline) == told

    def test_one_that_had_not_begun_does_not(self) -> None:
        timeline = beginning()
        timeline.hear(Intent.NEXT)
        timeline.run(until="check-in.feel")
        assert summary(timeline) == []

    def test_each_stretch_is_counted_once(self) -> None:
        timeline = Timeline(with_holds_of(11, STRETCH, "spinal-twist")).to(Phase.NEXT, warm=True)
        for _ in range(4):
            timeline.answer(Intent.READY, until="position.ready")
            timeline.answer(Intent.GOOD)
            timeline.answer(Intent.NO, until="check-in.feel")
            timeline.answer(Intent.NO)
        assert summary(timeline) == ["You held four times today, in two different stretches.", "That makes forty-four seconds of stretching."]

    @pytest.mark.parametrize(("word", "slot"), [(Intent.EASE, ""), (Intent.NO, ""), (Intent.HELP, ""), (Intent.PLACE, "knee")])
    def test_whoever_asked_for_less_is_told_that_it_was_right(self, word: Intent, slot: str) -> None:
        timeline = counted(11)
        timeline.hear(word, slot=slot)
        assert summary(timeline)[-1] == "And you spoke up when it was right to. Keep doing that."

    def test_whoever_did_not_is_not(self) -> None:
        assert len(summary(counted(11))) == 2


class TestSides:
    """A stretch with sides: nobody is pushed to the wrong one."""

    def test_every_line_that_may_name_the_side_names_the_one_that_is_stretched(self) -> None:
        lines = {key: replace(line, texts=("The {side} one.",)) for key, line in SCRIPT.lines.items()
                 if key.startswith("spinal-twist.") and "side" in PER_STRETCH[key.partition(".")[2]][1]}
        script = replace(SCRIPT, lines={**SCRIPT.lines, **lines})
        program = with_holds_of(25, "spinal-twist")
        timeline, sides = Timeline(session=Session(script, program)).to(Phase.NEXT, warm=True), []
        for word in (Intent.GO_BACK, None, None, Intent.SKIP):
            assert timeline.session.bout
            side, begun = timeline.session.bout.side, len(timeline.says)
            timeline.answer(Intent.READY, until="position.ready")
            if word is not Intent.SKIP:
                timeline.answer(Intent.GOOD)
                timeline.run(until="hold.begin")
                timeline.run(2)
                timeline.hear(Intent.GOOD)
                timeline.run(18)
            if word:
                timeline.answer(word)
            if word is not Intent.SKIP:
                timeline.answer(Intent.NO, until="check-in.feel")
                timeline.answer(Intent.NO)
            told = [say for say in timeline.says[begun:] if say.key in lines]
            assert {say.text for say in told} == {f"The {side} one."}
            sides.append(side)
        assert sides == ["left", "left", "right", "right"]
        assert {say.key for say in timeline.says} >= set(lines)

    def test_what_is_said_of_a_change_names_the_side_that_comes(self) -> None:
        timeline = Timeline(with_holds_of(25, "spinal-twist")).to(Phase.STRETCH, warm=True)
        for side in ("right", "left"):
            timeline.hear(Intent.OTHER_SIDE)
            timeline.run(until="position.ready")
            timeline.answer(Intent.READY)
            timeline.quiet()
            assert [say.text for say in timeline.says if say.key == "correct.side"][-1] == f"So the {side} side comes first."
            assert f"to the {side}" in next(say.text for say in reversed(timeline.says) if say.key == "spinal-twist.approach_partner")


class TestAlone:
    """Somebody who stretches without help: the same rules, and nobody else is spoken to."""

    def test_nobody_is_told_where_to_stand_and_the_force_is_ones_own(self) -> None:
        timeline = alone()
        assert timeline.said[timeline.said.index("self-knees-to-chest.client_position"):] == [
            "self-knees-to-chest.client_position", "rule.stop", "rule.words", "position.ready"]
        assert keys(timeline.hear(Intent.READY)) == ["self-knees-to-chest.approach_self", "self-knees-to-chest.approach_client"]

    def test_half_way_is_told_to_the_one_who_holds(self) -> None:
        timeline = alone()
        timeline.hear(Intent.READY)
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.begin")
        timeline.answer(Intent.GOOD)
        timeline.run(until="hold.half")
        assert timeline.said[-2:] == ["hold.half", "self-knees-to-chest.hold_client"]

    @pytest.mark.parametrize("word", [Intent.STOP, Intent.EASE, Intent.NO, Intent.HELP])
    def test_less_is_obeyed_as_ever(self, word: Intent) -> None:
        timeline = alone()
        timeline.hear(Intent.READY)
        timeline.quiet()
        commands = timeline.hear(word, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands)[0].startswith("safety.")


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
