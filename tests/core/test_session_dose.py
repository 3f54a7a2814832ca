"""A change of the dose in a session: said aloud with its reason, and in force only as far as the client lets it be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dosing import BASE, GOOD, KNEES, RULES, session, turn
from test_session_properties import HISTORIES, LAWS, play
from timeline import FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.dosing import Dosage, Earlier, bounds_of, proposals
from voicecoach.core.parts.between import LOOK_AHEAD
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.language.program import Dose, Program
from voicecoach.memory.chronicle import Adapted, Chronicle, Dosed, Where
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.vocabulary import Evidence, Hush, Intent, Unclear

COMFORTABLE = (GOOD, GOOD)
EASED = (GOOD, session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=0), ease=1)))
"""The next step down is a shorter hold."""


def coach(*earlier: Earlier) -> Timeline:
    """A session that remembers these, at its first announcement."""
    return Timeline(session=Session(SCRIPT, SHORT, progress=Progress(earlier=earlier), rules=RULES, earcons="none")).to(Phase.NEXT, warm=True)


def held(life: Timeline) -> int:
    """Seconds of the hold that comes."""
    assert life.session.bout
    return life.session.bout.hold_seconds


# --- more -------------------------------------------------------------------------------------------------------


def test_more_is_told_with_its_reason_and_its_choice_and_needs_a_yes():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == ["dose.because-comfortable", "dose.longer", "dose.choice", "dose.ask"]
    assert held(life) == 20
    life.quiet()
    assert keys(life.hear(Intent.YES)) == ["dose.agreed"]
    assert held(life) == 25
    life.run(until="position.ready")
    assert life.phase is Phase.STRETCH


@pytest.mark.parametrize(("intent", "said"), [(Intent.NO, ["dose.kept"]), (Intent.UNSURE, ["dose.kept"]), (Intent.EASE, ["dose.kept", "check-in.lighter"])])
def test_anything_but_a_yes_keeps_the_old_dose(intent, said):
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.hear(intent)) == said
    assert held(life) == 20
    life.run(until="position.ready")


def test_a_weak_yes_is_asked_for_again():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.hear(Intent.YES, Evidence.FINAL)) == ["talk.pardon"]
    assert held(life) == 20


def test_muttering_is_told_once_what_can_be_answered():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.event(Unclear("hm"))) == ["help.dose"]
    life.quiet()
    assert life.event(Unclear("hm")) == []


def test_silence_is_asked_again_with_help_and_then_means_no():
    life = coach(*COMFORTABLE)
    life.run(until="dose.kept")
    assert life.said[life.said.index("dose.ask"):] == ["dose.ask", "help.dose", "dose.ask", "dose.kept"]
    assert held(life) == 20


@pytest.mark.parametrize("intent", [Intent.STOP, Intent.PAUSE, Intent.NEXT])
def test_whatever_comes_before_an_answer_keeps_the_old_dose(intent):
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.quiet()
    life.hear(intent)
    assert held(life) == 20
    if intent is not Intent.NEXT:
        life.answer(Intent.CONTINUE)
        life.answer(Intent.YES)
    life.run(until="position.ready")
    assert (held(life), life.said.count("dose.ask")) == (20, 1)


@pytest.mark.parametrize("intent", [Intent.STOP, Intent.EASE])
def test_after_a_stop_or_an_ease_in_this_session_nothing_grows_in_it(intent):
    twist = turn("spinal-twist", Dosage(hold_seconds=25, repetitions=2, deepenings=2))
    past = [session(twist)] * 2
    assert list(proposals(RULES, bounds_of(FULL, 1), past)) == ["spinal-twist"]
    life = Timeline(session=Session(SCRIPT, FULL, progress=Progress(earlier=tuple(past)), rules=RULES, earcons="none")).to(Phase.HOLD, warm=True)
    life.quiet()
    life.hear(intent)
    if intent is Intent.STOP:
        life.answer(Intent.CONTINUE)
        life.answer(Intent.YES)
    else:
        life.run(until="safety.ease")
    life.answer(Intent.SKIP) if life.phase is not Phase.HOLD else life.run(until="check-in.feel")
    if life.phase is Phase.CHECK_IN:
        life.answer(Intent.SKIP)
    life.run(until="position.ready")
    assert life.session.bout
    assert life.session.bout.stretch.id == "spinal-twist"
    assert "dose.because-comfortable" not in life.said
    assert held(life) == 25


def careful(past: tuple[Earlier, ...]) -> Timeline:
    """A proposal has just been made, where the ear may take anything for an answer."""
    script = replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": True}))
    life = Timeline(session=Session(script, SHORT, progress=Progress(earlier=past), rules=RULES, earcons="none"))
    for _ in SCRIPT.questions:
        life.answer(Intent.NO)
    life.answer(Intent.YES)
    life.answer(Intent.WARM, until="warm-up.begin")
    life.answer(Intent.YES)
    life.run(until="dose.ask")
    life.quiet()
    return life


def test_where_the_ear_may_take_anything_for_a_yes_it_is_asked_for_twice():
    life = careful(COMFORTABLE)
    assert keys(life.hear(Intent.YES)) == ["dose.sure"]
    assert held(life) == 20
    assert keys(life.answer(Intent.YES)) == ["dose.agreed"]
    assert held(life) == 25


def test_it_is_asked_for_twice_only_where_it_would_lead_to_more():
    assert keys(careful(COMFORTABLE).hear(Intent.NO)) == ["dose.kept"]
    assert keys(careful(EASED).hear(Intent.YES)) == ["dose.agreed"]
    life = careful(EASED)
    assert keys(life.hear(Intent.NO)) == ["dose.sure"]
    assert held(life) == 20
    assert keys(life.answer(Intent.NO)) == ["dose.kept"]
    assert held(life) == 25


def test_of_two_questions_the_second_is_asked_again_and_silence_answers_it_with_no():
    life = careful(COMFORTABLE)
    assert keys(life.hear(Intent.WHY)) == ["dose.because-comfortable", "dose.ask"]
    life.answer(Intent.YES)
    assert keys(life.answer(Intent.WHY)) == ["dose.because-comfortable", "dose.sure"]
    life.run(until="dose.kept")
    life = careful(COMFORTABLE)
    life.hear(Intent.YES)
    life.run(until="dose.kept")
    assert life.said[-4:] == ["dose.sure", "help.dose", "dose.sure", "dose.kept"]
    assert held(life) == 20


def test_a_second_thought_about_the_first_answer_is_a_no():
    life = careful(COMFORTABLE)
    life.hear(Intent.YES)
    assert keys(life.answer(Intent.NO)) == ["dose.kept"]
    assert held(life) == 20


@pytest.mark.parametrize(("intent", "line", "seconds"), [(Intent.YES, "dose.agreed", 30), (Intent.NO, "dose.kept", 25)])
def test_it_is_one_step_from_the_dose_that_was_agreed_to_last(intent, line, seconds):
    longer = session(turn(dosage=BASE.moved("hold_seconds", 5)))
    life = coach(longer, longer)
    life.run(until="dose.ask")
    assert keys(life.answer(intent)) == [line]
    assert held(life) == seconds


def test_more_that_was_cut_short_is_neither_done_nor_proposed_again():
    longer = session(turn(dosage=BASE.moved("hold_seconds", 5)))
    life = coach(longer, longer)
    life.sounding("dose.longer")
    life.hear(Intent.PAUSE)
    assert held(life) == 25
    life.answer(Intent.CONTINUE)
    life.answer(Intent.YES)
    life.run(until="position.ready")
    assert (held(life), life.said.count("dose.because-comfortable")) == (25, 1)


def test_the_question_waits_as_long_as_every_other():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    asked = life.now
    life.sounding("help.dose")
    assert life.now - asked == pytest.approx(8, abs=0.1)


def test_a_yes_counts_only_once_the_question_can_be_known_and_then_at_its_end():
    life = coach(*COMFORTABLE)
    life.sounding("dose.ask")
    life.hear(Intent.YES)
    life.run(until="dose.ask")
    assert held(life) == 20
    life = coach(*COMFORTABLE)
    life.sounding("dose.ask")
    life.run(1.6)
    assert keys(life.hear(Intent.YES)) == []
    life.run(until="dose.ask")
    assert life.said[-1] == "dose.agreed"
    assert held(life) == 25


def test_too_much_cuts_the_proposal_of_more_off():
    life = coach(*COMFORTABLE)
    life.sounding("dose.longer")
    commands = life.hear(Intent.EASE)
    assert commands[0] == Hush()
    assert keys(commands) == ["dose.kept", "check-in.lighter"]


def test_muttering_is_answered_once_with_what_can_be_said_and_then_there_is_as_much_time_again():
    life = coach(*COMFORTABLE)
    life.sounding("dose.ask")
    assert keys(life.event(Unclear())) == [], "he is still asking"
    life.run(until="dose.ask")
    life.run(5)
    assert keys(life.event(Unclear())) == ["help.dose"]
    life.run(until="help.dose")
    told = life.now
    assert keys(life.event(Unclear())) == []
    life.sounding("dose.kept")
    assert life.now - told == pytest.approx(8, abs=0.1)


def test_muttering_after_the_answer_is_answered_by_nothing():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.answer(Intent.YES)
    life.quiet()
    assert life.phase is Phase.NEXT
    assert keys(life.event(Unclear())) == []


@pytest.mark.parametrize("intent", [Intent.YES, Intent.NO])
def test_after_the_answer_the_stretch_is_set_up_after_the_usual_pause(intent):
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.answer(intent)
    assert life.grammar.name == "rest"
    life.quiet()
    answered = life.now
    while life.phase is Phase.NEXT:
        life.run(0.1)
    assert life.now - answered == pytest.approx(LOOK_AHEAD - 0.7, abs=0.2)


@pytest.mark.parametrize("dose", [Dosage(hold_seconds=30, repetitions=2, deepenings=2), Dosage(hold_seconds=20, repetitions=2, deepenings=1)])
def test_more_of_each_thing_has_a_line_of_its_own(dose):
    life = coach(*[session(turn(dosage=dose))] * 2)
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == ["dose.because-comfortable", "dose.again" if dose.hold_seconds == 30 else "dose.further", "dose.choice", "dose.ask"]


# --- less -------------------------------------------------------------------------------------------------------


def test_less_is_told_and_done_without_an_answer():
    life = coach(*EASED)
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == ["dose.because-ease", "dose.shorter", "dose.choice", "dose.ask"]
    life.run(until="position.ready")
    assert held(life) == 20


def test_less_can_be_refused_by_a_clear_no_alone():
    life = coach(*EASED)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.hear(Intent.NO, Evidence.FINAL)) == ["talk.pardon"]
    assert held(life) == 20
    assert keys(life.answer(Intent.NO)) == ["dose.kept"]
    assert held(life) == 25


def test_less_that_is_refused_leaves_the_holds_of_the_other_side_as_they_were():
    program = FULL.model_copy(update={"stretches": [Dose(stretch="spinal-twist", hold_seconds=20, build_up_seconds=5)]})
    life = Timeline(session=Session(SCRIPT, program, rules=RULES, earcons="none")).to(Phase.HOLD, warm=True)
    life.quiet()
    life.hear(Intent.EASE)
    life.answer(Intent.NEXT)
    while life.phase is Phase.CHECK_IN:
        life.answer(Intent.NO)
    life.run(until="dose.ask")
    assert held(life) == 20
    life.answer(Intent.NO)
    assert held(life) == 25
    assert [bout.hold_seconds for bout in life.session._plan.bouts] == [20, 25, 20, 25]  # noqa: SLF001 - nothing else shows every repetition


def test_less_that_was_cut_short_is_told_anew():
    life = coach(*EASED)
    life.sounding("dose.shorter")
    life.hear(Intent.PAUSE)
    life.answer(Intent.CONTINUE)
    life.answer(Intent.YES)
    life.run(until="dose.ask")
    assert life.said.count("dose.because-ease") == 2
    life.run(until="position.ready")
    assert held(life) == 20


@pytest.mark.parametrize(("intent", "slot"), [(Intent.EASE, ""), (Intent.NO, ""), (Intent.HELP, ""), (Intent.PLACE, "neck"), (None, "")])
@pytest.mark.parametrize("phase", [Phase.STRETCH, Phase.HOLD])
def test_after_too_much_the_next_hold_of_the_stretch_is_shorter_and_then_the_reason_is_told(phase, intent, slot):
    life = coach(session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=2))))
    life.run(until="position.ready")
    life.answer(Intent.READY)
    life.quiet()
    if phase is Phase.HOLD:
        life.answer(Intent.GOOD)
        life.run(until="hold.begin")
        life.quiet()
    if intent:
        life.hear(intent, slot=slot)
    else:
        life.sounding("safety.ease-silent")
    if life.phase is Phase.STRETCH:
        life.answer(Intent.GOOD)
    if life.phase is Phase.HOLD:
        life.answer(Intent.NEXT)
    while life.phase is Phase.CHECK_IN:
        life.answer(Intent.NO)
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == ["dose.because-today", "dose.shorter", "dose.choice", "dose.ask"]
    life.run(until="position.ready")
    assert held(life) == 20


@pytest.mark.parametrize(("intent", "said", "seconds"), [(Intent.YES, ["dose.agreed"], 25), (Intent.NO, ["dose.kept"], 30), (Intent.EASE, ["check-in.lighter"], 25)])
def test_less_is_done_once_and_refused_once(intent, said, seconds):
    life = coach(GOOD, session(turn(dosage=Dosage(hold_seconds=30, repetitions=2, deepenings=0), ease=1)))
    life.run(until="dose.ask")
    assert held(life) == 25
    life.quiet()
    assert keys(life.hear(intent)) == said
    life.run(until="position.ready")
    assert held(life) == seconds


def test_silence_agrees_to_less_without_a_word():
    life = coach(*EASED)
    life.run(until="position.ready")
    assert [key for key in life.said if key.startswith(("dose.", "help."))] == ["dose.because-ease", "dose.shorter", "dose.choice", "dose.ask"]


@pytest.mark.parametrize(("sign", "lines"), [("ease", ["dose.nearer"]), ("pain", ["dose.fewer", "dose.nearer"])])
def test_less_of_each_thing_has_a_line_of_its_own(sign, lines):
    life = coach(GOOD, session(turn(**{sign: 1})))
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == [f"dose.because-{sign}", *lines, "dose.choice", "dose.ask"]


@pytest.mark.parametrize("past", [COMFORTABLE, EASED])
def test_go_on_does_not_pass_over_a_change_before_it_is_told(past):
    life = coach(*past)
    life.sounding("dose.choice")
    assert life.hear(Intent.NEXT) == []
    life.run(until="dose.ask")
    assert life.phase is Phase.NEXT
    life.answer(Intent.NEXT)
    assert life.phase is Phase.STRETCH


def test_less_that_was_told_to_its_end_is_done_when_a_break_comes_before_the_answer():
    life = coach(*EASED)
    life.run(until="dose.ask")
    life.answer(Intent.PAUSE)
    life.answer(Intent.CONTINUE)
    life.answer(Intent.YES)
    life.run(until="position.ready")
    assert (held(life), life.said.count("dose.ask")) == (20, 1)


def test_until_it_has_been_told_the_old_dose_stands():
    life = coach(*EASED)
    life.sounding("dose.shorter")
    life.hear(Intent.PAUSE)
    assert held(life) == 25


def test_a_stretch_that_is_left_out_while_less_is_proposed_takes_the_proposal_with_it():
    life = coach(*EASED)
    life.sounding("dose.shorter")
    life.hear(Intent.SKIP)
    assert life.session.bout is None
    life.run(until="cool-down.1")
    assert life.said.count("dose.because-ease") == 1
    knees = session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=0), ease=1))
    life = remembering(FULL, knees)
    life.sounding("dose.shorter")
    life.hear(Intent.SKIP)
    life.run(until="position.ready")
    assert life.session.bout
    assert (life.session.bout.stretch.id, held(life), life.said.count("dose.because-ease")) == ("spinal-twist", 25, 1)


TWIST = turn("spinal-twist", Dosage(hold_seconds=30, repetitions=2, deepenings=0), ease=1)
"""Next time it is held for 25 s, on both sides."""


def remembering(program: Program, *earlier: Earlier) -> Timeline:
    """A session of any program at its first announcement."""
    return Timeline(session=Session(SCRIPT, program, progress=Progress(earlier=earlier), rules=RULES, earcons="none")).to(Phase.NEXT, warm=True)


@pytest.mark.parametrize("sides", [["left", "right"], ["right", "left"], ["right"], ["left"]])
def test_less_comes_before_the_first_repetition_whichever_side_that_is(sides):
    program = FULL.model_copy(update={"stretches": [Dose(stretch="spinal-twist", sides=sides)]})
    life = remembering(program, session(TWIST))
    seconds = []
    for _ in sides * 2:
        seconds.append(held(holding(life)))
        life.hear(Intent.NEXT)
        while life.phase is Phase.CHECK_IN:
            life.answer(Intent.NO)
    assert seconds == [25] * 2 * len(sides)
    assert life.said.count("dose.because-ease") == 1


def holding(life: Timeline) -> Timeline:
    """On to the hold that comes."""
    life.run(until="position.ready")
    life.answer(Intent.READY)
    life.answer(Intent.GOOD)
    life.run(until="hold.begin")
    life.quiet()
    return life


def test_less_of_the_next_stretch_is_told_after_an_ease_in_this_one_as_well():
    life = holding(remembering(FULL, session(TWIST)))
    life.hear(Intent.EASE)
    life.answer(Intent.NEXT, until="safety.ease")
    life.answer(Intent.SKIP, until="check-in.feel")
    life.run(until="position.ready")
    assert [key for key in life.said if key.startswith("dose.because")] == ["dose.because-ease"]
    assert held(life) == 25


def after_an_ease(life: Timeline) -> Timeline:
    """The first repetition was too much; the second has just been announced."""
    holding(life).hear(Intent.EASE)
    life.answer(Intent.NEXT, until="safety.ease")
    while life.phase is Phase.CHECK_IN:
        life.answer(Intent.NO)
    return life


def test_one_too_much_leads_to_less_once():
    program = FULL.model_copy(update={"stretches": [Dose(stretch="spinal-twist", repetitions=3, hold_seconds=25)]})
    life = after_an_ease(remembering(program))
    for _ in range(2):
        holding(life).hear(Intent.NEXT)
        assert held(life) == 20
        while life.phase is Phase.CHECK_IN:
            life.answer(Intent.NO)
    assert life.said.count("dose.because-today") == 1


def test_where_there_is_no_less_nothing_is_proposed():
    life = after_an_ease(coach(session(turn(dosage=Dosage(hold_seconds=20, repetitions=2, deepenings=0), comfortable=False))))
    life.run(until="position.ready")
    assert not [key for key in life.said if key.startswith("dose.")]


def test_less_for_today_that_was_cut_short_is_told_anew_as_well():
    life = after_an_ease(coach(session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=2), comfortable=False))))
    life.sounding("dose.shorter")
    life.hear(Intent.PAUSE)
    assert held(life) == 25
    life.answer(Intent.CONTINUE)
    life.answer(Intent.YES)
    life.run(until="dose.ask")
    assert life.said.count("dose.because-today") == 2
    life.run(until="position.ready")
    assert held(life) == 20


def test_less_for_today_does_not_outlast_its_stretch():
    life = after_an_ease(remembering(FULL))
    life.sounding("dose.shorter")
    life.hear(Intent.SKIP)
    life.run(until="position.ready")
    assert life.session.bout
    assert (life.session.bout.stretch.id, held(life), life.said.count("dose.because-today")) == ("spinal-twist", 25, 1)


def test_the_rest_before_a_repetition_comes_after_the_answer():
    life = after_an_ease(coach(session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=2), comfortable=False))))
    life.answer(Intent.YES, until="dose.ask")
    life.quiet()
    answered = life.now
    while life.phase is Phase.NEXT:
        life.run(0.1)
    assert life.now - answered == pytest.approx(SHORT.rest_seconds - 0.7, abs=0.2)


@pytest.mark.parametrize("rules", [None, RULES])
def test_without_rules_or_bounds_a_session_goes_on_as_it_is_written(rules):
    twice = SHORT.model_copy(update={"stretches": SHORT.stretches * 2})
    life = after_an_ease(Timeline(session=Session(SCRIPT, twice, progress=Progress(earlier=EASED), rules=rules, earcons="none")).to(Phase.NEXT, warm=True))
    assert keys(life.answer(Intent.WHY)) == [f"{KNEES}.why"]
    life.run(until="position.ready")
    assert not [key for key in life.said if key.startswith("dose.")]
    assert held(life) == 20


@pytest.mark.parametrize("answer", [Intent.YES, Intent.UNSURE, Intent.EASE])
def test_too_much_that_is_told_in_the_check_in_makes_the_next_hold_shorter(answer):
    life = coach(session(turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=2))))
    life.answer(Intent.READY, until="position.ready")
    life.answer(Intent.GOOD)
    life.answer(Intent.NEXT, until="hold.begin")
    life.answer(Intent.NO, until="check-in.feel")
    life.answer(answer)
    life.run(until="dose.ask")
    assert [key for key in life.said if key.startswith("dose.")] == ["dose.because-today", "dose.shorter", "dose.choice", "dose.ask"]
    assert held(life) == 20


def answered(life: Timeline) -> float:
    """Say yes to what is proposed; the seconds from the coach's answer to the set-up."""
    life.answer(Intent.YES, until="dose.ask")
    life.run(until="dose.agreed")
    before = life.now
    while life.phase is Phase.NEXT:
        life.run(0.1)
    return life.now - before


def test_once_a_proposal_is_answered_the_rest_is_as_long_as_without_one():
    life = coach(*COMFORTABLE)
    assert answered(life) == pytest.approx(LOOK_AHEAD, abs=0.2)
    life.answer(Intent.READY, until="position.ready")
    life.answer(Intent.GOOD)
    life.answer(Intent.NEXT, until="hold.begin")
    life.answer(Intent.EASE, until="check-in.feel")
    assert answered(life) == pytest.approx(SHORT.rest_seconds, abs=0.2)


def test_while_a_proposal_is_open_no_rest_is_counted_down_for_those_who_watch():
    life = coach(*COMFORTABLE)
    life.answer(Intent.NO, until="dose.ask")
    life.answer(Intent.READY, until="position.ready")
    life.answer(Intent.GOOD)
    life.answer(Intent.NEXT, until="hold.begin")
    life.answer(Intent.EASE, until="check-in.feel")
    life.run(until="dose.ask")
    life.quiet()
    assert life.session.ends is None
    life.hear(Intent.YES)
    life.quiet()
    assert life.session.ends == pytest.approx(life.now + SHORT.rest_seconds, abs=1)


def test_after_a_break_into_a_proposal_it_is_a_moment():
    life = coach(*EASED)
    life.sounding("dose.shorter")
    life.hear(Intent.PAUSE)
    life.answer(Intent.CONTINUE)
    life.answer(Intent.YES)
    assert answered(life) == pytest.approx(LOOK_AHEAD, abs=0.2)


def test_why_tells_the_reason_once_more_and_asks_again():
    life = coach(*COMFORTABLE)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.hear(Intent.WHY)) == ["dose.because-comfortable", "dose.ask"]
    assert keys(life.answer(Intent.YES)) == ["dose.agreed"]


# --- any history ------------------------------------------------------------------------------------------------

PASTS = st.sampled_from([(), COMFORTABLE, EASED, (GOOD, session(turn(pain=1), pain=1)), (GOOD, session(turn(), days=40))])


@settings(max_examples=60, deadline=None)
@given(PASTS, st.sampled_from([Phase.NEXT, Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN]), HISTORIES, st.sampled_from([SHORT, FULL]))
def test_in_no_session_is_anything_held_longer_than_what_was_agreed_to(past, phase, history, program) -> None:
    life = Timeline(session=Session(SCRIPT, program, progress=Progress(earlier=past), rules=RULES, earcons="none")).to(phase, warm=True)
    play(life, history)
    for law in LAWS:
        law(life)
    agreed = [entry for entry in life.log if "dose.agreed" in entry.says]
    bounds = bounds_of(program, 1)
    old = {stretch: next((t.dosage for e in reversed(past) for t in e.turns if t.stretch == stretch and t.dosage), bounds[stretch].own) for stretch in bounds}
    more = 5 if agreed else 0
    seen = {bout.stretch.id: bout for bout in life.session._plan.bouts}  # noqa: SLF001 - nothing else shows every repetition
    for stretch, bout in seen.items():
        assert bounds[stretch].least.hold_seconds <= bout.hold_seconds <= min(old[stretch].hold_seconds + more, 30)
        assert bout.repetitions <= max(old[stretch].repetitions, bounds[stretch].own.repetitions)


# --- journal and chronicle --------------------------------------------------------------------------------------


def test_a_journal_holds_what_the_dose_followed_from_and_replays(tmp_path):
    recipe = Recipe("en", SHORT, progress=Progress(earlier=COMFORTABLE), rules=RULES, earcons="none")
    journal = Journal(tmp_path / "j.jsonl", recipe)
    life = Timeline(session=recipe.session(SCRIPT)).to(Phase.NEXT, warm=True)
    life.run(until="dose.ask")
    life.answer(Intent.YES)
    life.run(until="position.ready")
    for entry in life.log:
        journal.add(entry.now, entry.event, entry.commands)
    journal.close()
    assert read_journal(tmp_path / "j.jsonl")[0] == recipe
    assert replay(tmp_path / "j.jsonl", SCRIPT) == (len(life.log), [])
    lines = (tmp_path / "j.jsonl").read_text().splitlines()
    head = json.loads(lines[0])
    head["progress"]["earlier"] = []
    (tmp_path / "j.jsonl").write_text("\n".join([json.dumps(head), *lines[1:]]) + "\n")
    assert replay(tmp_path / "j.jsonl", SCRIPT)[1]


@pytest.mark.parametrize(("past", "intent", "changes", "seconds"), [
    (COMFORTABLE, Intent.YES, [("longer", "comfortable", "accepted")], 25),
    (COMFORTABLE, Intent.NO, [("longer", "comfortable", "refused")], 20),
    (COMFORTABLE, None, [("longer", "comfortable", "unanswered")], 20),
    (EASED, None, [("shorter", "ease", "unanswered")], 20),
    (EASED, Intent.YES, [("shorter", "ease", "accepted")], 20),
    (EASED, Intent.NO, [("shorter", "ease", "refused")], 25),
])
def test_the_chronicle_keeps_what_was_proposed_why_and_what_became_of_it(past, intent, changes, seconds):
    recipe = Recipe("en", SHORT, progress=Progress(earlier=past), rules=RULES, earcons="none")
    life = Timeline(session=recipe.session(SCRIPT)).to(Phase.NEXT, warm=True)
    life.run(until="dose.ask")
    if intent:
        life.answer(intent)
    life.run(until="position.ready")
    session_, chronicle, facts = recipe.session(SCRIPT), Chronicle(), []
    for entry in life.log:
        commands = session_.handle(entry.event, entry.now)
        facts += chronicle.take(entry.now, entry.event, commands, session_.phase, session_.bout, session_.dosage)
    assert [(fact.what, fact.because, fact.answer) for fact in facts if isinstance(fact, Adapted)] == changes
    assert [(fact.where, fact.hold_seconds, fact.repetitions) for fact in facts if isinstance(fact, Dosed)] == [(Where(KNEES, "", 1), seconds, BASE.repetitions)]
