"""The chronicle: what is remembered of a session is what happened in it, told from the outside alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_session_properties import HISTORIES, PROGRAMS, Deed, play
from timeline import FULL, SCRIPT, SHORT, Timeline
from watched import Watched, of

from voicecoach.core.parts.hold import COUNTS
from voicecoach.core.phases import Phase
from voicecoach.language.program import Program
from voicecoach.memory.chronicle import (
    Adapted,
    Answered,
    Chronicle,
    Eased,
    Ended,
    Fact,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
    Where,
)
from voicecoach.vocabulary import Evidence, Hush, Intent, Lost, Say, Source

FIRST = Where("knees-to-chest", "", 1)


@pytest.fixture
def session():
    return Watched()


@pytest.fixture
def holding(session):
    """A session in its first hold, four seconds or so after its begin."""
    return Timeline(session=session).to(Phase.HOLD, warm=True)


def kinds(facts: list[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


# --- holds ---


def test_a_whole_hold_lasts_its_goal(session, holding):
    holding.run(until="check-in.feel")
    began, ended = of(HoldBegan, session.facts)[0], of(HoldEnded, session.facts)[0]
    assert (began.where, began.goal) == (FIRST, 20)
    assert ended.ending == "complete"
    assert ended.seconds == pytest.approx(20)
    assert ended.at - began.at == pytest.approx(20)


@pytest.mark.parametrize(("intent", "ending"), [
    (Intent.STOP, "stop"), (Intent.PAIN, "pain"), (Intent.NEXT, "early"), (Intent.PAUSE, "break")])
def test_a_hold_that_a_word_ends_tells_by_what(intent, ending, session, holding):
    holding.run(6)
    holding.hear(intent)
    ended = of(HoldEnded, session.facts)[0]
    assert ended.ending == ending
    assert 6 <= ended.seconds < 12


def test_silence_on_the_way_in_eases_and_releases_and_nothing_was_held(session):
    Timeline(session=session).to(Phase.STRETCH, warm=True).run(until="safety.silence")
    assert [(fact.by, fact.phase, fact.where) for fact in of(Eased, session.facts)] == [("silence", "stretch", FIRST)]
    assert [(fact.cause, fact.where) for fact in of(Released, session.facts)] == [("silence", FIRST)]
    assert not of(HoldBegan, session.facts)


def test_a_hold_in_which_the_ears_die_ends_with_them(session, holding):
    holding.event(Lost(Source.MICROPHONE, "unplugged"))
    assert of(HoldEnded, session.facts)[0].ending == "cannot-hear"
    holding.run(120)
    assert [fact.cause for fact in of(Released, session.facts)] == ["cannot-hear"], "reminders are no further releases"


def test_while_the_machine_sleeps_nothing_is_held(session, holding):
    began = of(HoldBegan, session.facts)[0].at
    asleep_at = holding.now
    holding.now += 1000
    holding.run(5)
    assert of(HoldEnded, session.facts)[0].seconds == pytest.approx(asleep_at - began, abs=2)


def test_the_third_ease_ends_a_hold(session, holding):
    for _ in range(3):
        holding.hear(Intent.EASE)
        holding.run(1)
    assert [fact.by for fact in of(Eased, session.facts)] == ["word"] * 3
    assert of(HoldEnded, session.facts)[0].ending == "eased"


# --- words ---


def test_answers_are_kept_with_the_repetition_they_are_about(session, holding):
    holding.run(until="hold.ask")
    holding.answer(Intent.GOOD)
    holding.answer(Intent.YES, until="check-in.feel")
    holding.answer(Intent.PLACE, until="check-in.where", slot="lower-back")
    holding.answer(Intent.NO, until="check-in.too-much")
    assert [(fact.question, fact.answer, fact.where) for fact in of(Answered, session.facts)] == [
        ("comfort", "good", FIRST), ("feel", "yes", FIRST), ("where", "lower-back", FIRST), ("too-much", "no", FIRST)]


def test_too_much_is_kept_whenever_it_is_told_and_the_next_time_is_lighter(session, holding):
    holding.run(until="hold.ask")
    holding.answer(Intent.GOOD)
    holding.answer(Intent.EASE, until="check-in.feel")
    holding.run(until="approach.lighter")
    assert [(fact.question, fact.answer) for fact in of(Answered, session.facts)] == [("comfort", "good"), ("too-much", "yes")]
    assert [(fact.what, fact.where.repetition) for fact in of(Adapted, session.facts)] == [("lighter", 2)]


def test_a_warning_place_is_a_pain_and_no_answer(session, holding):
    holding.run(until="hold.ask")
    holding.answer(Intent.GOOD)
    holding.answer(Intent.YES, until="check-in.feel")
    before = len(session.facts)
    holding.answer(Intent.PLACE, until="check-in.where", slot="radiating")
    assert kinds(session.facts[before:]) == ["Released"]
    assert session.facts[-1].cause == "pain"


def test_more_is_an_adaptation(session, holding):
    holding.hear(Intent.MORE)
    assert [fact.what for fact in of(Adapted, session.facts)] == ["deeper"]


@pytest.mark.parametrize("intent", [Intent.REPEAT, Intent.LOUDER])
def test_a_stop_that_is_only_told_again_is_one_stop(intent, session, holding):
    holding.hear(Intent.STOP)
    holding.hear(intent)
    holding.run(0.5)
    holding.hear(intent)
    assert len(of(Released, session.facts)) == 1
    holding.hear(Intent.STOP)
    assert len(of(Released, session.facts)) == 2


def test_a_stop_before_any_force_belongs_to_no_stretch(session):
    timeline = Timeline(session=session)
    timeline.hear(Intent.STOP)
    assert of(Released, session.facts) == [Released(0.0, Where(), "screen", "stop")]


# --- the session ---


def test_a_session_that_passes_the_screening_and_ends(session):
    timeline = Timeline(session=session).to(Phase.NEXT, warm=True)
    assert kinds(session.facts) == ["Screened"]
    timeline.answer(Intent.FINISH)
    timeline.to_the_end()
    assert session.facts[-1] == Ended(timeline.now, "finished-early")


@pytest.mark.parametrize("question", range(len(SCRIPT.questions)))
def test_no_fact_tells_what_was_answered_in_the_screening(question):
    """Whichever question ends the session, the facts are the same but for the time."""
    session = Watched()
    timeline = Timeline(session=session)
    for _ in range(question):
        timeline.answer(Intent.NO)
    timeline.answer(Intent.UNSURE)
    timeline.to_the_end()
    assert session.facts == [Ended(timeline.now, "screened-out")]


# --- any history ---


def lived(program: Program, phase: Phase, history: list[Deed]) -> tuple[Watched, Timeline]:
    session = Watched(program)
    return session, play(Timeline(session=session).to(phase, warm=True), history)


@settings(max_examples=25, deadline=None)
@given(st.builds(lived, PROGRAMS, st.sampled_from([Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN, Phase.RELEASED]), HISTORIES))
def test_the_chronicle_agrees_with_what_the_session_itself_has_counted(life: tuple[Watched, Timeline]) -> None:
    session, timeline = life
    timeline.to_the_end()
    facts = session.facts
    assert kinds(facts).count("Ended") == 1
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    assert sum(fact.by == "word" for fact in of(Eased, facts)) == session.tally.eases
    # Every hold that began has its end, and those that were long enough are the session's own.
    holds = [fact for fact in facts if isinstance(fact, HoldBegan | HoldEnded)]
    assert [type(fact) for fact in holds] == [HoldBegan, HoldEnded] * (len(holds) // 2)
    assert all(0 <= fact.seconds <= began.goal for began, fact in zip(holds[::2], holds[1::2], strict=True))
    held = [fact.seconds for fact in of(HoldEnded, facts) if fact.seconds >= COUNTS]
    assert (len(held), sum(held)) == (session.tally.holds, pytest.approx(session.tally.held_seconds))
    # And every order to let go has its fact.
    ordered = [entry for entry in timeline.log if entry.commands[:1] == [Hush()] and isinstance(entry.commands[1], Say)
               and entry.commands[1].key in {"safety.stop", "safety.pain", "safety.silence"} and not _again(entry.event)]
    assert len([fact for fact in of(Released, facts) if fact.cause in {"stop", "pain", "silence"}]) == len(ordered)


def _again(event: object) -> bool:
    return getattr(event, "intent", None) in {Intent.REPEAT, Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER}


def test_a_replayed_session_gives_the_same_facts():
    session = Watched(FULL)
    timeline = Timeline(session=session).to(Phase.HOLD, warm=True)
    timeline.hear(Intent.EASE, Evidence.PARTIAL)
    timeline.run(30)
    again, watching = Watched(FULL), Chronicle()
    facts = [fact for entry in timeline.log
             for fact in watching.take(entry.now, entry.event, again.handle(entry.event, entry.now), again.phase, again.bout, again.dosage)]
    assert facts == session.facts == again.facts
    assert of(Screened, facts)


def test_sides_and_repetitions_are_told_apart():
    session = Watched(FULL)
    timeline = Timeline(session=session).to(Phase.HOLD, warm=True)
    while timeline.session.outcome is None:
        timeline.run(until="hold.ask")
        timeline.answer(Intent.GOOD)
        timeline.answer(Intent.NO, until="check-in.feel")
        timeline.answer(Intent.NO, until="check-in.too-much")
        if session.bout is None or len(of(HoldEnded, session.facts)) >= 5:
            break
        timeline.run(until="position.ready")
        timeline.answer(Intent.READY)
        timeline.quiet()
        timeline.hear(Intent.GOOD)
    wheres = [fact.where for fact in of(HoldBegan, session.facts)]
    assert len(set(wheres)) == len(wheres) == 5
    assert {where.side for where in wheres} >= {"", "left"}
    assert SHORT.stretches[0].stretch == wheres[0].stretch
