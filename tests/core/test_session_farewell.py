"""The last words: what is summed up, after which end, and which goodbye follows."""

from __future__ import annotations

import pytest
from test_session_stop import stopped
from timeline import FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.household import Household, Person
from voicecoach.core.phases import Phase
from voicecoach.core.plan import Tally
from voicecoach.core.session import Session
from voicecoach.vocabulary import Chime, Intent, Lost, Outcome, Source


def done(tally: Tally, life: Timeline | None = None) -> Timeline:
    """A session in which this has happened, at a place where it can end in any way."""
    life = life or Timeline(FULL).to(Phase.NEXT, warm=True)
    life.session._plan.tally = tally  # noqa: SLF001 - to hold fourteen times takes a hundred times longer
    life.quiet()
    return life


def last_words(life: Timeline) -> list[str]:
    """What is said from the goodbye's summary on."""
    return [say.text for say in life.says if say.key.startswith("goodbye.")]


THREE = {"a", "b", "c"}


@pytest.mark.parametrize(("tally", "said"), [
    (Tally(1, 20.0, 0, {"a"}), ["You held once today.", "That makes twenty seconds of stretching."]),
    (Tally(2, 40.4, 0, {"a"}), ["You held two times today.", "That makes forty seconds of stretching."]),
    (Tally(4, 79.6, 0, {"a", "b"}), ["You held four times today, in two different stretches.", "That makes eighty seconds of stretching."]),
    (Tally(3, 89.0, 0, THREE), ["You held three times today, in three different stretches.", "That makes eighty-nine seconds of stretching."]),
    (Tally(3, 90.0, 0, THREE), ["You held three times today, in three different stretches.", "You stretched for about one and a half minutes."]),
    (Tally(8, 180.0, 0, THREE), ["You held eight times today, in three different stretches.", "You stretched for about three minutes."]),
    (Tally(1, 20.0, 1, {"a"}), ["You held once today.", "That makes twenty seconds of stretching.", "And you spoke up when it was right to. Keep doing that."]),
])
def test_the_summary_counts_in_words(tally, said):
    life = done(tally)
    life.hear(Intent.FINISH)
    assert last_words(life)[:-1] == said


def test_where_nothing_was_held_nothing_is_summed_up():
    life = done(Tally(0, 0.0, 1))
    assert keys(life.hear(Intent.FINISH)) == ["goodbye.finished-early"]


HELD = Tally(1, 20.0, 0, {"a"})
SUMMARY = ["goodbye.summary-one", "goodbye.seconds"]


@pytest.mark.parametrize(("outcome", "summed"), [
    (Outcome.COMPLETED, True), (Outcome.FINISHED_EARLY, True), (Outcome.STOPPED, True), (Outcome.PAIN, False), (Outcome.CANNOT_HEAR, False), (Outcome.CANNOT_SPEAK, False)])
def test_it_is_summed_up_where_nothing_is_more_urgent(outcome, summed):
    life = done(HELD, stopped() if outcome is Outcome.STOPPED else None)
    match outcome:
        case Outcome.COMPLETED:
            life.session._plan.skip()  # noqa: SLF001
            for _ in range(9):
                life.answer(Intent.SKIP)
        case Outcome.PAIN:
            life.hear(Intent.PAIN)
        case Outcome.CANNOT_HEAR:
            life.ears = False
            life.run(600)
        case Outcome.CANNOT_SPEAK:
            life.event(Lost(Source.SPEAKER, "unplugged"))
        case _:
            life.hear(Intent.FINISH)
    life.run(60)
    assert life.session.outcome is outcome
    assert (life.said[-3:-1] == SUMMARY) is summed
    assert life.said[-1] == f"goodbye.{outcome.value}"
    assert ("goodbye.summary-one" in life.said) is summed


@pytest.mark.parametrize("earcons", ["all", "few"])
def test_after_the_goodbye_no_sound_asks_for_an_answer(earcons):
    life = Timeline(SHORT, Session(SCRIPT, SHORT, earcons=earcons))
    life.answer(Intent.PAUSE)
    life.answer(Intent.FINISH)
    ended = len(life.log)
    life.run(60)
    assert life.session.outcome is Outcome.FINISHED_EARLY
    assert not [command for entry in life.log[ended - 1:] for command in entry.commands if isinstance(command, Chime) and entry.after is Phase.DONE and entry.before is Phase.DONE]


@pytest.mark.parametrize("outcome", [Outcome.EMERGENCY, Outcome.SCREENED_OUT])
def test_who_was_sent_to_a_doctor_is_told_so_to_the_last(outcome):
    life = Timeline()
    for question in SCRIPT.questions:
        if question.emergency is (outcome is Outcome.EMERGENCY) and not question.follow_up:
            break
        life.answer(Intent.NO)
    life.answer(Intent.YES)
    life.run(until="screen.take-back")
    life.run(11)
    assert life.phase is Phase.DONE
    for word in (Intent.PAIN, Intent.STOP):
        assert keys(life.hear(word))[1:] == [f"goodbye.{outcome.value}"]
    life.run(60)
    assert life.session.outcome is outcome


@pytest.mark.parametrize(("word", "said"), [(None, ["turn.change"]), (Intent.STOP, ["safety.stop", "goodbye.completed"]), (Intent.PAIN, ["safety.pain", "goodbye.pain-advice", "goodbye.pain"])])
def test_the_change_of_places_is_told_unless_somebody_has_had_enough(word, said):
    household = Household((Person("Anna"), Person("Ben")), swaps=True)
    life = Timeline(session=Session(SCRIPT, SHORT, earcons="none", household=household)).to(Phase.CHECK_IN)
    for _ in range(9):
        if life.phase is not Phase.TURN:
            life.answer(Intent.SKIP)
            life.run(1)
    commands = life.answer(Intent.SWAP)
    if word:
        commands = life.hear(word)
    assert keys(commands)[-len(said):] == said
    life.run(60)
    assert life.session.changes_places is (word is None)
