"""Conversation: wordings that vary, choices from the open grammar, answers about the stretch, corrections, and places."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline import DIALOGS, FULL, SCRIPT, Timeline, keys

from voicecoach.choices import AT_ONCE, listed, pages
from voicecoach.hearing.risk import RELEASE
from voicecoach.intents import understand
from voicecoach.line_keys import FIXED, GRAMMARS, SAFETY, urges
from voicecoach.parts.screening import SECOND_THOUGHTS
from voicecoach.phases import FORCE, Phase
from voicecoach.script import load_script
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


def approaches(timeline: Timeline) -> list[str]:
    """The side of each repetition of the present stretch, in the order in which they come."""
    sides = []
    for _ in range(4):
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
        assert listed(pages(SCRIPT.grammars["released"], RELEASE)[0][:3], SCRIPT.language) == "continue, finish, or repeat"
        assert listed(pages(SCRIPT.grammars["released"], RELEASE)[0][:1], SCRIPT.language) == "continue"

    def test_asked_again_the_coach_tells_the_rest_and_then_begins_anew(self) -> None:
        timeline = position()
        texts = []
        for _ in range(4):
            timeline.hear(Intent.HELP)
            texts.append(next(say.text for say in reversed(timeline.says) if say.key in {"help.list", "help.more"}))
            timeline.quiet()
        assert texts[0].startswith("You can say ready, ")
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
        assert not [say for say in at_rest.says if say.key.startswith("help.") and ("other side" in say.text or "stop" in say.text)]

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
        from voicecoach.dialog_check import spoken_seconds  # noqa: PLC0415 - needs the whole checker for one number

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

