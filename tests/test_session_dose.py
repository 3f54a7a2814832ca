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
from voicecoach.core.phases import Phase
from voicecoach.core.progress import Progress
from voicecoach.core.session import Session
from voicecoach.language.program import Dose
from voicecoach.memory.chronicle import Adapted, Chronicle, Dosed, Where
from voicecoach.records.journal import Journal, Recipe, read_journal, replay
from voicecoach.vocabulary import Evidence, Intent

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


def test_where_the_ear_may_take_anything_for_a_yes_it_is_asked_for_twice():
    careful = replace(SCRIPT, language=SCRIPT.language.model_copy(update={"read_back": True}))
    life = Timeline(session=Session(careful, SHORT, progress=Progress(earlier=COMFORTABLE), rules=RULES, earcons="none"))
    for _ in SCRIPT.questions:
        life.answer(Intent.NO)
    life.answer(Intent.YES)
    life.answer(Intent.WARM, until="warm-up.begin")
    life.answer(Intent.YES)
    life.run(until="dose.ask")
    life.quiet()
    assert keys(life.hear(Intent.YES)) == ["dose.sure"]
    assert held(life) == 20
    assert keys(life.answer(Intent.YES)) == ["dose.agreed"]
    assert held(life) == 25


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
