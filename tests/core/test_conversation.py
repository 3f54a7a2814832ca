"""Conversation: wordings that vary, choices from the open grammar, answers about the stretch, corrections, and places."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline import DIALOGS, FULL, SCRIPT, Timeline, keys

from voicecoach.core.choices import AT_ONCE, listed, pages
from voicecoach.core.parts.screening import SECOND_THOUGHTS
from voicecoach.core.phases import FORCE, Phase
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.intents import understand
from voicecoach.language.line_keys import FIXED, GRAMMARS, RADIATING, SAFETY, urges
from voicecoach.language.loader import load_script
from voicecoach.vocabulary import Evidence, Hush, Intent, Outcome, Say

SCRIPTS = {name: load_script(DIALOGS / name) for name in ("de", "en", "es", "ko")}


def position() -> Timeline:
    """Both are told how to lie and stand for a stretch with sides."""
    timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
    timeline.answer(Intent.SKIP)
    timeline.run(until="position.ready")
    timeline.quiet()
    return timeline


def side(timeline: Timeline) -> str:
    assert timeline.session.bout
    return f"{timeline.session.bout.side} {timeline.session.bout.repetition}"


def approaches(timeline: Timeline, times: int = 4) -> list[str]:
    """The side of each repetition of the present stretch, in the order in which they come."""
    sides = []
    for _ in range(times):
        timeline.answer(Intent.READY, until="position.ready")
        sides.append(side(timeline))
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.NEXT, until="hold.begin")
        timeline.answer(Intent.NO, until="check-in.feel")
        timeline.answer(Intent.NO)
    return sides


class TestWordings:
    @pytest.mark.parametrize("language", SCRIPTS)
    def test_safety_lines_and_the_rule_have_one_wording_and_routine_lines_have_several(self, language: str) -> None:
        lines = SCRIPTS[language].lines
        assert {key for key in FIXED if len(lines[key].texts) > 1} == set()
        assert SAFETY < FIXED
        assert len([line for line in lines.values() if len(line.texts) > 1]) >= 20

    def test_a_line_is_not_said_in_the_same_words_twice_running(self) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT)
        for _ in range(4):
            timeline.answer(Intent.READY, until="position.ready")
            timeline.answer(Intent.GOOD)
            timeline.run(until="check-in.feel")
            timeline.answer(Intent.NO)
            timeline.answer(Intent.NO)
        assert timeline.said.count("check-in.feel") == 4
        for key in {say.key for say in timeline.says if len(SCRIPT.line(say.key).texts) > 1}:
            said = [say.text for say in timeline.says if say.key == key]
            assert not [text for text, again in pairwise(said) if text == again]

    def test_the_same_events_bring_the_same_words(self) -> None:
        def life() -> list[str]:
            timeline = Timeline(FULL).to(Phase.CHECK_IN, warm=True)
            timeline.answer(Intent.HELP)
            timeline.answer(Intent.HELP)
            return [say.text for say in timeline.says]

        assert life() == life()


class TestWhatCanISay:
    @pytest.mark.parametrize("language", SCRIPTS)
    @pytest.mark.parametrize("name", GRAMMARS)
    def test_each_choice_is_understood_and_each_meaning_is_told_once(self, language: str, name: str) -> None:
        grammar = SCRIPTS[language].grammars[name]
        portions = pages(grammar)
        told = [(phrase.intent, phrase.slot) for portion in portions for phrase in portion]
        assert len(told) == len(set(told))
        assert set(told) == {(p.intent, p.slot) for p in grammar.phrases if p.intent not in {Intent.HELP, Intent.PAIN}}
        for portion in portions:
            assert 1 < len(portion) <= AT_ONCE
            for phrase in portion:
                understood = understand(phrase.told or phrase.text, grammar)
                assert understood
                assert (understood.intent, understood.slot) == (phrase.intent, phrase.slot)

    def test_a_list_is_a_sentence(self) -> None:
        assert listed(pages(SCRIPT.grammars["released"], RELEASE)[0][:3], SCRIPT.language) == "continue, we want to finish, or please repeat"
        assert listed(pages(SCRIPT.grammars["released"], RELEASE)[0][:1], SCRIPT.language) == "continue"

    def test_asked_again_the_coach_tells_the_rest_and_then_begins_anew(self) -> None:
        timeline = position()
        texts = []
        for _ in range(4):
            timeline.hear(Intent.HELP)
            texts.append(next(say.text for say in reversed(timeline.says) if say.key in {"help.list", "help.more"}))
            timeline.quiet()
        assert texts[0].startswith("You can say I am ready, ")
        assert texts[1].startswith("You can also say ")
        assert texts[3] == texts[0]
        assert timeline.said.count("help.hurts") == 1

    def test_what_would_be_refused_is_not_told(self) -> None:
        timeline = Timeline(FULL).to(Phase.HOLD, warm=True)
        timeline.quiet()
        assert keys(timeline.hear(Intent.HELP))[:2] == ["safety.ease", "help.list"]
        told = " ".join(say.text for say in timeline.says if say.key == "help.list")
        assert "stop" in told
        assert "a bit more" not in told
        at_rest = Timeline(FULL).to(Phase.NEXT, warm=True)
        at_rest.quiet()
        for _ in range(4):
            at_rest.hear(Intent.HELP)
            at_rest.quiet()
        assert not [say for say in at_rest.says if say.key.startswith("help.") and ("change sides" in say.text or "stop" in say.text)]

    def test_the_coachs_own_list_is_no_answer_but_a_stop_over_it_counts(self) -> None:
        timeline = Timeline().to(Phase.SCREEN)
        timeline.quiet()
        timeline.hear(Intent.HELP)
        timeline.sounding("help.list")
        assert timeline.hear(Intent.UNSURE) == []
        assert timeline.hear(Intent.YES) == []
        assert keys(timeline.hear(Intent.STOP, Evidence.PARTIAL))[0] == "safety.stop"


class TestAnswers:
    @pytest.mark.parametrize(("word", "field"), [(Intent.WHERE, "where"), (Intent.NORMAL, "normal"), (Intent.WHY, "why"), (Intent.MUSCLES, "muscles")])
    def test_before_the_force_they_are_those_of_the_stretch(self, word: Intent, field: str) -> None:
        assert keys(position().hear(word)) == [f"spinal-twist.{field}"]

    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
    def test_where_is_answered_under_force_and_changes_nothing(self, phase: Phase) -> None:
        timeline = Timeline(FULL).to(phase, warm=True)
        timeline.quiet()
        assert keys(timeline.hear(Intent.WHERE)) == ["knees-to-chest.where"]
        assert timeline.phase is phase
        timeline.run(60)
        assert timeline.phase not in FORCE, "a question is no sign that all is well"

    @pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
    def test_who_asks_whether_this_is_normal_gets_less_first(self, phase: Phase) -> None:
        timeline = Timeline(FULL).to(phase, warm=True)
        timeline.quiet()
        commands = timeline.hear(Intent.NORMAL, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.ease", "knees-to-chest.normal"]

    @pytest.mark.parametrize("language", SCRIPTS)
    def test_what_may_be_asked_under_force_is_short(self, language: str) -> None:
        from voicecoach.language.duration import spoken_seconds  # noqa: PLC0415 - needs the whole checker for one number

        script = SCRIPTS[language]
        for stretch in script.stretches:
            assert spoken_seconds(script, script.line(f"{stretch}.where").texts[0]) <= 6
            assert spoken_seconds(script, script.line(f"{stretch}.normal").texts[0]) <= 9


class TestTheOtherSide:
    def test_before_the_force_it_comes_first_and_all_is_still_done_once(self) -> None:
        timeline = position()
        assert side(timeline) == "left 1"
        commands = timeline.hear(Intent.OTHER_SIDE)
        assert keys(commands)[:2] == ["correct.side", "spinal-twist.client_position"]
        assert "right" in next(command.text for command in commands if isinstance(command, Say))
        assert side(timeline) == "right 1"
        assert approaches(timeline) == ["right 1", "right 2", "left 1", "left 2"]

    def test_the_rest_tells_the_side_that_comes_in_any_order(self) -> None:
        timeline = position()
        timeline.hear(Intent.OTHER_SIDE)
        approaches(timeline)
        assert [say.text for say in timeline.says if say.key == "next.other-side"] == ["Now the other side, the left one."]

    def test_twice_is_as_before(self) -> None:
        timeline = position()
        timeline.hear(Intent.OTHER_SIDE)
        timeline.quiet()
        timeline.hear(Intent.OTHER_SIDE)
        assert side(timeline) == "left 1"

    def test_under_force_the_legs_go_down_first_and_an_ease_is_not_forgotten(self) -> None:
        timeline = position()
        timeline.answer(Intent.READY)
        timeline.quiet()
        timeline.hear(Intent.EASE)
        commands = timeline.hear(Intent.OTHER_SIDE, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands)[:3] == ["spinal-twist.let_down", "correct.side", "spinal-twist.client_position"]
        timeline.answer(Intent.READY, until="position.ready")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more-after-ease"]

    def test_without_another_side_it_is_said_so(self) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.quiet()
        assert keys(timeline.hear(Intent.OTHER_SIDE)) == ["correct.no-side"]
        timeline.run(until="position.ready")
        assert keys(timeline.answer(Intent.OTHER_SIDE))[0] == "correct.no-side"
        assert timeline.phase is Phase.STRETCH

    def test_in_the_rest_the_side_that_comes_is_changed(self) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.answer(Intent.SKIP)
        timeline.quiet()
        assert keys(timeline.hear(Intent.OTHER_SIDE)) == ["correct.side"]
        assert side(timeline) == "right 1"


def screening_at(number: int) -> Timeline:
    timeline = Timeline(FULL)
    for _ in range(number):
        timeline.answer(Intent.NO)
    timeline.quiet()
    return timeline


IDS = [question.id for question in SCRIPT.questions]
PLAIN, FOLLOWED = IDS.index("one-leg"), IDS.index("disc")


class TestIMeant:
    def test_yes_counts_at_once_for_the_question_before(self) -> None:
        timeline = screening_at(PLAIN + 1)
        assert keys(timeline.hear(Intent.MEANT_YES, Evidence.FINAL)) == ["correct.yes", "question.one-leg.advice", "screen.take-back"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.SCREENED_OUT

    def test_yes_leads_to_the_question_that_follows_it(self) -> None:
        assert keys(screening_at(FOLLOWED + 1).hear(Intent.MEANT_YES)) == ["correct.yes", "question.disc.follow_up"]

    def test_yes_after_the_last_question_still_counts(self) -> None:
        timeline = screening_at(len(IDS))
        assert keys(timeline.hear(Intent.MEANT_YES)) == ["correct.yes", f"question.{IDS[-1]}.advice", "screen.take-back"]

    def test_no_after_a_yes_only_asks_again(self) -> None:
        timeline = screening_at(PLAIN)
        timeline.hear(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_NO)) == ["screen.going-back", "question.one-leg.ask"]
        timeline.run(SECOND_THOUGHTS)
        assert timeline.phase is Phase.SCREEN

    def test_yes_never_passes_a_follow_up_and_no_takes_its_yes_back(self) -> None:
        timeline = screening_at(FOLLOWED)
        timeline.hear(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_YES)) == ["screen.going-back", "question.disc.ask"]
        timeline.answer(Intent.YES)
        timeline.answer(Intent.YES)
        timeline.quiet()
        assert timeline.said[-1] == f"question.{IDS[FOLLOWED + 1]}.ask"
        assert keys(timeline.hear(Intent.MEANT_NO)) == ["question.disc.advice", "screen.take-back"]

    def test_no_that_changes_nothing_asks_what_is_open(self) -> None:
        assert keys(screening_at(3).hear(Intent.MEANT_NO)) == [f"question.{IDS[3]}.ask"]

    def test_in_the_check_in_the_answer_before_is_changed(self) -> None:
        timeline = Timeline(FULL).to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_NO)) == ["check-in.nothing-felt", "check-in.too-much"]
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_YES)) == ["check-in.where"]
        timeline.answer(Intent.PLACE, slot="hip")
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_YES))[0] == "check-in.lighter"

    def test_yes_it_was_too_much_counts_in_the_rest_and_no_does_not_take_it_back(self) -> None:
        timeline = Timeline(FULL).to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_YES)) == ["check-in.lighter"]
        timeline.quiet()
        assert keys(timeline.hear(Intent.MEANT_NO)) == ["correct.stays"]
        timeline.run(until="position.ready")
        assert "approach.lighter" in timeline.said

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(IDS)), st.lists(st.sampled_from([Intent.MEANT_YES, Intent.MEANT_NO]), min_size=1, max_size=5))
    def test_no_correction_passes_a_question(self, answered: int, corrections: list[Intent]) -> None:
        timeline = Timeline(FULL)
        for _ in range(answered):
            timeline.answer(Intent.NO)
        timeline.quiet()
        before = len(timeline.said)
        for what in corrections:
            timeline.hear(what)
            timeline.quiet()
        asked = [IDS.index(key.split(".")[1]) for key in timeline.said[before:] if key.startswith("question.")]
        assert all(index <= answered for index in asked)
        assert timeline.phase is Phase.SCREEN or (answered == len(IDS) and "screen.clear" not in timeline.said[before:])


@pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
@pytest.mark.parametrize("what", [Intent.OTHER_SIDE, Intent.MEANT_YES, Intent.MEANT_NO, Intent.NORMAL, Intent.WHERE])
def test_no_new_word_makes_anybody_push(phase: Phase, what: Intent) -> None:
    timeline = Timeline(FULL).to(phase, warm=True)
    timeline.quiet()
    assert not [key for key in keys(timeline.hear(what)) if urges(key)]


class TestPlaces:
    def where(self) -> Timeline:
        timeline = Timeline(FULL).to(Phase.CHECK_IN, warm=True)
        timeline.answer(Intent.YES)
        timeline.quiet()
        return timeline

    @pytest.mark.parametrize("place", ["lower back", "hip", "buttock", "back of the thigh", "knee", "neck", "down my leg", "shooting", "it feels numb"])
    @pytest.mark.parametrize("grammar", ["place", "place-check"])
    def test_the_parts_that_matter_are_understood(self, place: str, grammar: str) -> None:
        assert understand(place, SCRIPT.grammars[grammar])

    @pytest.mark.parametrize("slot", ["knee", "neck", "shoulder"])
    def test_a_wrong_place_is_answered_with_a_change_and_with_less(self, slot: str) -> None:
        timeline = self.where()
        assert keys(timeline.hear(Intent.PLACE, slot=slot)) == [f"place.{slot}", "knees-to-chest.wrong_place", "check-in.too-much"]
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        assert "approach.lighter" in timeline.said

    def test_the_wrong_place_again_ends_the_stretch(self) -> None:
        timeline = position()
        for repetition in range(2):
            timeline.answer(Intent.READY)
            timeline.answer(Intent.GOOD)
            timeline.answer(Intent.NEXT, until="hold.begin")
            timeline.answer(Intent.YES, until="check-in.feel")
            timeline.quiet()
            commands = timeline.hear(Intent.PLACE, slot="neck")
            if repetition == 0:
                timeline.answer(Intent.NO)
                timeline.run(until="position.ready")
        assert keys(commands)[:3] == ["check-in.wrong-again", "next.skipped", "next.stretch"]

    def test_a_warning_ends_the_session_in_either_form_of_the_question(self) -> None:
        timeline = self.where()
        timeline.run(until="knees-to-chest.right_place")
        timeline.quiet()
        assert keys(timeline.hear(Intent.PLACE, Evidence.FINAL, slot="radiating"))[0] == "safety.pain"

    @pytest.mark.parametrize(("answer", "line"), [(Intent.YES, "check-in.right-place"), (Intent.NO, "knees-to-chest.wrong_place")])
    def test_nobody_who_names_no_place_is_asked_with_yes_or_no(self, answer: Intent, line: str) -> None:
        timeline = self.where()
        timeline.run(until="knees-to-chest.right_place")
        timeline.quiet()
        assert keys(timeline.hear(answer)) == [line, "check-in.too-much"]



# --- named where nobody has asked -------------------------------------------------------------------------------


def pushed(phase: Phase, *, held: float = 0.0) -> Timeline:
    """The left side of a stretch with sides, on the way in or held for `held` seconds; the coach is quiet."""
    timeline = position()
    timeline.answer(Intent.READY)
    timeline.quiet()
    if phase is Phase.HOLD:
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.begin")
        timeline.run(held)
        timeline.quiet()
    assert timeline.phase is phase
    return timeline


UNDER_FORCE = [Phase.STRETCH, Phase.HOLD]
EVIDENCE = [Evidence.FINAL, Evidence.STRONG]


@pytest.mark.parametrize("phase", UNDER_FORCE)
class TestPlacesUnderForce:
    @pytest.mark.parametrize("place", ["in my lower back", "in my knee", "in my neck", "down my leg", "shooting"])
    @pytest.mark.parametrize("language", ["en"])
    def test_they_are_in_the_grammar(self, phase: Phase, place: str, language: str) -> None:
        assert understand(place, SCRIPTS[language].grammars[phase.value])

    @pytest.mark.parametrize("language", SCRIPTS)
    def test_every_language_understands_the_places_that_matter(self, phase: Phase, language: str) -> None:
        slots = {phrase.slot for phrase in SCRIPTS[language].grammars[phase.value].phrases if phrase.intent is Intent.PLACE}
        assert slots >= {"lower-back", "hip", "buttock", "thigh", "knee", "neck", "radiating"}

    @pytest.mark.parametrize("slot", ["lower-back", "hip", "buttock", "thigh"])
    def test_the_right_place_is_answered_shortly_and_changes_nothing(self, phase: Phase, slot: str) -> None:
        timeline = pushed(phase)
        assert keys(timeline.hear(Intent.PLACE, Evidence.FINAL, slot=slot)) == ["check-in.right-place"]
        assert timeline.phase is phase
        timeline.run(60)
        assert "safety.ease-silent" in timeline.said, "it is no sign that all is well"

    @pytest.mark.parametrize("evidence", EVIDENCE)
    @pytest.mark.parametrize("slot", ["knee", "neck", "shoulder", ""])
    def test_the_wrong_place_takes_the_force_away_and_the_check_in_tells_what_to_change(self, phase: Phase, slot: str, evidence: Evidence) -> None:
        timeline = pushed(phase)
        commands = timeline.hear(Intent.PLACE, evidence, slot=slot)
        assert commands[0] == Hush()
        told = [f"place.{slot}"] if slot else []
        assert keys(commands) == ["safety.ease-down", *told, "spinal-twist.wrong_place", "check-in.too-much"]
        assert timeline.phase is Phase.CHECK_IN
        timeline.answer(Intent.NO)
        timeline.run(until="position.ready")
        assert "approach.lighter" in timeline.said

    def test_the_lower_back_is_the_wrong_place_where_it_should_not_be_felt(self, phase: Phase) -> None:
        timeline = pushed(phase)
        while timeline.session.bout.stretch.id != "hamstring":
            timeline.answer(Intent.SKIP) if timeline.phase is not Phase.HOLD else timeline.hear(Intent.NEXT)
            timeline.run(1)
        timeline.answer(Intent.READY, until="position.ready")
        timeline.quiet()
        if phase is Phase.HOLD:
            timeline.hear(Intent.GOOD)
            timeline.quiet()
        assert keys(timeline.hear(Intent.PLACE, slot="lower-back"))[:2] == ["safety.ease-down", "hamstring.wrong_place"]

    def test_the_wrong_place_a_second_time_leaves_the_rest_of_the_stretch_out(self, phase: Phase) -> None:
        timeline = pushed(phase)
        timeline.hear(Intent.PLACE, slot="knee")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.READY, until="position.ready")
        timeline.quiet()
        assert keys(timeline.hear(Intent.PLACE, slot="neck"))[:3] == ["safety.ease-down", "check-in.wrong-again", "next.skipped"]

    @pytest.mark.parametrize("evidence", EVIDENCE)
    def test_a_warning_ends_the_session_as_pain_does(self, phase: Phase, evidence: Evidence) -> None:
        timeline = pushed(phase)
        commands = timeline.hear(Intent.PLACE, evidence, slot="radiating")
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pain", "goodbye.pain-advice", "goodbye.pain"]
        timeline.run(60)
        assert timeline.session.outcome is Outcome.PAIN

    def test_a_warning_counts_while_the_coach_names_another_place(self, phase: Phase) -> None:
        timeline = pushed(phase)
        timeline.hear(Intent.WHERE)
        timeline.sounding("spinal-twist.where")
        assert keys(timeline.hear(Intent.PLACE, Evidence.FINAL, slot="radiating"))[:1] == ["safety.pain"]

    def test_a_place_that_was_heard_in_passing_is_not_over_yet(self, phase: Phase) -> None:
        assert pushed(phase).hear(Intent.PLACE, Evidence.PARTIAL, slot="knee") == []

    def test_nowhere_pushes_nobody(self, phase: Phase) -> None:
        timeline = pushed(phase)
        assert keys(timeline.hear(Intent.PLACE, slot="nowhere")) == ["check-in.nothing-felt"]
        assert timeline.phase is phase

    def test_help_does_not_tell_ten_places(self, phase: Phase) -> None:
        timeline = pushed(phase)
        for _ in range(4):
            timeline.hear(Intent.HELP)
            timeline.quiet()
        assert not [say for say in timeline.says if say.key.startswith("help.") and "hip" in say.text]


PUSHED = ("approach_partner", "approach_self", "approach_client", "hold_client", "hold_partner", "where", "normal")
"""What stretches say while somebody may be pushed."""


@pytest.mark.parametrize("language", SCRIPTS)
def test_no_line_under_force_names_a_warning_place_which_would_be_obeyed(language: str) -> None:
    script = SCRIPTS[language]
    lines = [line for line in [*script.lines.values(), *script.alone.values()] if line.key.endswith(PUSHED) or line.key.startswith(("approach.", "force.", "hold.", "safety."))]
    assert not {line.key for line in lines for text in line.texts if RADIATING in script.places(text)}
    assert any(RADIATING in script.places(text) for text in script.line("check-in.where-again").texts), "else this test could not fail"


class TestTheOtherSideInAHold:
    @pytest.mark.parametrize("evidence", EVIDENCE)
    def test_one_that_has_hardly_begun_is_set_up_anew_on_the_other_side(self, evidence: Evidence) -> None:
        timeline = pushed(Phase.HOLD)
        commands = timeline.hear(Intent.OTHER_SIDE, evidence)
        assert commands[0] == Hush()
        assert keys(commands)[:3] == ["spinal-twist.let_down", "correct.side", "spinal-twist.client_position"]
        assert keys(commands)[-1] == "position.ready"
        assert (timeline.phase, side(timeline)) == (Phase.STRETCH, "right 1")
        assert approaches(timeline) == ["right 1", "right 2", "left 1", "left 2"]

    def test_one_that_counts_is_not_held_again(self) -> None:
        timeline = pushed(Phase.HOLD, held=11)
        assert keys(timeline.hear(Intent.OTHER_SIDE)) == ["spinal-twist.let_down", "correct.side", "check-in.feel"]
        assert timeline.phase is Phase.CHECK_IN
        timeline.answer(Intent.NO)
        timeline.answer(Intent.NO)
        assert approaches(timeline, 3) == ["right 1", "right 2", "left 2"]

    @pytest.mark.parametrize(("held", "after"), [(0, Phase.STRETCH), (11, Phase.CHECK_IN)])
    def test_without_another_side_the_legs_go_down_all_the_same(self, held: float, after: Phase) -> None:
        timeline = Timeline(FULL).to(Phase.STRETCH, warm=True)
        timeline.hear(Intent.GOOD)
        timeline.run(until="hold.begin")
        timeline.run(held)
        timeline.quiet()
        assert keys(timeline.hear(Intent.OTHER_SIDE))[:2] == ["knees-to-chest.let_down", "correct.no-side"]
        assert timeline.phase is after

    def test_an_ease_is_not_forgotten_by_it(self) -> None:
        timeline = pushed(Phase.HOLD)
        timeline.hear(Intent.EASE)
        timeline.hear(Intent.OTHER_SIDE)
        timeline.answer(Intent.READY, until="position.ready")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more-after-ease"]

    def test_the_next_repetition_forgets_it_as_ever(self) -> None:
        timeline = pushed(Phase.HOLD)
        timeline.hear(Intent.EASE)
        timeline.hear(Intent.GO_BACK)
        timeline.answer(Intent.READY, until="position.ready")
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.NEXT, until="hold.begin")
        timeline.answer(Intent.NO, until="check-in.feel")
        timeline.answer(Intent.NO)
        timeline.answer(Intent.READY, until="position.ready")
        assert keys(timeline.answer(Intent.MORE)) == ["force.deeper"]


BACK = [Intent.GO_BACK, Intent.MEANT_NO]


@pytest.mark.parametrize("word", BACK)
class TestTakingBack:
    def test_a_warm_up_that_was_confirmed_as_done_goes_on_with_what_was_left_of_it(self, word: Intent) -> None:
        timeline = Timeline(FULL).to(Phase.WARM_UP)
        timeline.run(60)
        timeline.answer(Intent.WARM)
        timeline.quiet()
        left = (timeline.session.ends or 0) - timeline.now
        timeline.hear(Intent.YES)
        timeline.quiet()
        assert keys(timeline.hear(word)) == ["warm-up.on"]
        assert timeline.phase is Phase.WARM_UP
        assert (timeline.session.ends or 0) - timeline.now == pytest.approx(left)

    def test_the_same_from_the_position_where_hands_go_first(self, word: Intent) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.run(until="position.ready")
        commands = timeline.hear(word, Evidence.FINAL)
        assert commands[0] == Hush()
        assert keys(commands) == ["safety.pause", "warm-up.on"]
        assert timeline.phase is Phase.WARM_UP

    def test_a_confirmation_is_refused_by_it(self, word: Intent) -> None:
        timeline = Timeline(FULL).to(Phase.WARM_UP)
        timeline.answer(Intent.WARM)
        timeline.quiet()
        assert keys(timeline.hear(word)) == ["warm-up.keep-on"]

    def test_how_long_does_not_count_a_warm_up_that_is_over(self, word: Intent) -> None:
        timeline = Timeline(FULL).to(Phase.NEXT, warm=True)
        timeline.quiet()
        short = timeline.session._plan.seconds_left()  # noqa: SLF001 - what "how long?" tells, to the second
        timeline.hear(word)
        assert timeline.session._plan.seconds_left() > short + 60  # noqa: SLF001 - the same

    @pytest.mark.parametrize("latch", [Phase.RELEASED, Phase.PAUSED])
    @pytest.mark.parametrize("until", ["next.on", "position.ready"])
    def test_a_continue_that_was_confirmed_leads_back_to_where_it_was_said(self, word: Intent, latch: Phase, until: str) -> None:
        timeline = Timeline(FULL).to(latch, warm=True)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.run(until=until)
        timeline.quiet()
        commands = timeline.hear(word)
        assert timeline.phase is latch
        assert keys(commands) == [*["safety.pause"][: until != "next.on"], f"{latch.value}.ask"]
        timeline.run(60)
        assert timeline.phase is latch

    @pytest.mark.parametrize("latch", [Phase.RELEASED, Phase.PAUSED])
    def test_a_continue_is_refused_by_it_before_it_is_confirmed(self, word: Intent, latch: Phase) -> None:
        timeline = Timeline(FULL).to(latch, warm=True)
        timeline.answer(Intent.CONTINUE)
        timeline.quiet()
        assert keys(timeline.hear(word)) == [f"{latch.value}.ask"]
        timeline.quiet()
        assert timeline.hear(Intent.YES) == []

    def test_in_the_warm_up_too(self, word: Intent) -> None:
        timeline = Timeline(FULL).to(Phase.WARM_UP)
        timeline.answer(Intent.STOP)
        timeline.answer(Intent.CONTINUE)
        timeline.answer(Intent.YES)
        timeline.quiet()
        assert timeline.phase is Phase.WARM_UP
        timeline.hear(word)
        assert timeline.phase is Phase.RELEASED

    @pytest.mark.parametrize("evidence", EVIDENCE)
    def test_ready_leads_back_to_before_the_push(self, word: Intent, evidence: Evidence) -> None:
        timeline = pushed(Phase.STRETCH)
        commands = timeline.hear(word, evidence)
        assert commands[0] == Hush()
        assert keys(commands)[:2] == ["spinal-twist.let_down", "spinal-twist.client_position"]
        assert keys(commands)[-1] == "position.ready"
        timeline.run(600)
        assert not [key for key in timeline.said[-12:] if urges(key)]

    def test_after_a_push_nothing_before_it_is_taken_back(self, word: Intent) -> None:
        timeline = pushed(Phase.STRETCH)
        timeline.hear(word)
        timeline.quiet()
        assert keys(timeline.hear(word)) == ["correct.nothing"]

    def test_an_ease_is_not_forgotten_by_it(self, word: Intent) -> None:
        timeline = pushed(Phase.STRETCH)
        timeline.hear(Intent.EASE)
        timeline.hear(word)
        timeline.answer(Intent.READY, until="position.ready")
        assert keys(timeline.answer(Intent.MORE)) == ["force.no-more-after-ease"]

    @pytest.mark.parametrize("grammar", ["warm-up", "position", "rest", "dose"])
    def test_help_tells_of_it_only_where_there_is_something_to_take_back(self, word: Intent, grammar: str) -> None:
        del word
        timeline = Timeline(FULL).to(Phase.WARM_UP)
        if grammar != "warm-up":
            timeline.run(until="position.ready" if grammar == "position" else "next.first")
        for _ in range(5):
            timeline.quiet()
            timeline.hear(Intent.HELP)
        assert not [say for say in timeline.says if say.key in {"help.list", "help.more"} and "go back" in say.text]


def test_in_a_hold_i_meant_no_takes_back_a_yes_and_go_back_brings_the_legs_down() -> None:
    timeline = pushed(Phase.HOLD)
    assert keys(timeline.hear(Intent.MEANT_NO, Evidence.FINAL)) == ["safety.ease"]
    assert keys(timeline.hear(Intent.GO_BACK, Evidence.FINAL))[:2] == ["spinal-twist.let_down", "spinal-twist.client_position"]
    counted = pushed(Phase.HOLD, held=11)
    assert keys(counted.hear(Intent.GO_BACK)) == ["spinal-twist.let_down", "check-in.feel"]


class TestABareYesAfterTheLastQuestion:
    @pytest.mark.parametrize("answer", [Intent.YES, Intent.UNSURE])
    def test_the_last_question_is_asked_once_more_and_only_an_answer_to_it_leads_on(self, answer: Intent) -> None:
        timeline = screening_at(len(IDS))
        assert keys(timeline.hear(answer, Evidence.FINAL)) == ["screen.once-more", f"question.{IDS[-1]}.ask"]
        timeline.run(120)
        assert timeline.phase is Phase.SCREEN
        timeline.answer(Intent.NO)
        timeline.run(until="warm-up.begin")

    def test_its_yes_counts(self) -> None:
        timeline = screening_at(len(IDS))
        timeline.hear(Intent.YES)
        timeline.answer(Intent.YES)
        timeline.run(60)
        assert timeline.session.outcome is Outcome.SCREENED_OUT

    def test_a_no_changes_nothing(self) -> None:
        assert screening_at(len(IDS)).hear(Intent.NO) == []
