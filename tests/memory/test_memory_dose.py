"""From the memory to the next session's dose, and how its changes are told to people and programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from test_dosing import BASE, KNEES, RULES
from timeline import SCRIPT, SHORT
from watched import FIRST_DAY, past_of

from voicecoach.commands.memory import line
from voicecoach.core.dosing import Reason, bounds_of, proposals
from voicecoach.memory.chronicle import (
    DOSES,
    Adapted,
    Answered,
    Dosed,
    Eased,
    Ended,
    Fact,
    HoldBegan,
    HoldEnded,
    Released,
    Screened,
    Where,
)
from voicecoach.memory.export import to_csv, to_json
from voicecoach.memory.history import Head, Past
from voicecoach.memory.lately import lately
from voicecoach.memory.report import page
from voicecoach.memory.scribe import recall
from voicecoach.memory.store import Store
from voicecoach.memory.wording import CHANGES, REASONS, change

PLACES = {name: stretch.places for name, stretch in SCRIPT.stretches.items()}
ONE, TWO = Where(KNEES, "", 1), Where(KNEES, "", 2)
TODAY = (FIRST_DAY + timedelta(days=6)).date()


def facts(*more: Fact, answer: str = "no", place: str = "lower-back", ending: str = "complete", outcome: str = "completed") -> list[Fact]:
    """One session of one stretch."""
    told: list[Fact] = [Screened(60.0), Dosed(200.0, ONE, BASE.hold_seconds, BASE.repetitions, BASE.deepenings)]
    for where in (ONE, TWO):
        told += [HoldBegan(210.0, where, 20), HoldEnded(230.0, 20.0, ending), Answered(231.0, where, "feel", "yes"), Answered(232.0, where, "where", place),
                 Answered(233.0, where, "too-much", answer)]
    return [*told, *more, Ended(700.0, outcome)]


def remembered(*sessions: list[Fact], program: str = "one-stretch", client: str = "Anna") -> list[Past]:
    return [past_of(number, Head(FIRST_DAY + timedelta(days=2 * number), "en", program, client, "Ben"), told) for number, told in enumerate(sessions, start=1)]


def test_two_comfortable_sessions_in_the_memory_lead_to_a_proposal(tmp_path):
    with Store(tmp_path / "m.sqlite3") as store:
        for past in remembered(facts(), facts()):
            number = store.begin(past.head)
            for fact in facts():
                store.add(number, fact)
    store, progress, trouble = recall(tmp_path / "m.sqlite3", "anna", FIRST_DAY + timedelta(days=6), "one-stretch", PLACES)
    assert store
    store.close()
    assert not trouble
    assert [(one.days, one.turns[0].dosage, one.turns[0].comfortable) for one in progress.earlier] == [(4, BASE, True), (2, BASE, True)]
    assert proposals(RULES, bounds_of(SHORT, 1), progress.earlier)[KNEES].reason is Reason.COMFORTABLE


@pytest.mark.parametrize(("told", "sign"), [
    (facts(Eased(220.0, TWO, "hold", "word")), "ease"), (facts(Eased(220.0, TWO, "hold", "silence")), "silence"), (facts(answer="unsure"), "too_much"),
    (facts(Released(220.0, TWO, "hold", "stop"), ending="stop", outcome="stopped"), "stop"), (facts(Released(220.0, TWO, "hold", "silence")), "silence"),
    (facts(Released(220.0, TWO, "hold", "pain"), ending="pain", outcome="pain"), "pain")])
def test_each_complaint_is_found_again(told, sign):
    (one,) = lately(remembered(told), "Anna", "one-stretch", TODAY, PLACES)
    (turn,) = one.turns
    assert {name for name in ("pain", "stop", "ease", "too_much", "silence") if getattr(turn, name)} == {sign}
    assert not one.at_ease


@pytest.mark.parametrize("told", [facts(ending="early"), facts(place="knee"), facts(outcome="finished-early"), facts(Answered(240.0, TWO, "feel", "no"))])
def test_what_was_cut_short_or_felt_elsewhere_is_no_ground_for_more(told):
    (one,) = lately(remembered(told), "Anna", "one-stretch", TODAY, PLACES)
    assert one.at_ease
    assert not one.turns[0].comfortable


def test_pain_that_belongs_to_no_stretch_counts_and_other_people_do_not():
    told: list[Fact] = [Screened(60.0), Released(90.0, Where(), "warm-up", "pain"), Ended(95.0, "pain")]
    (one,) = lately([*remembered(facts(), client="Ben"), *remembered(told)], "Anna", "one-stretch", TODAY, PLACES)
    assert (one.pain, one.turns, one.at_ease) == (1, [], False)


def test_a_failed_microphone_is_no_complaint_of_the_client():
    (one,) = lately(remembered(facts(Released(220.0, TWO, "hold", "cannot-hear"))), "Anna", "one-stretch", TODAY, PLACES)
    assert one.at_ease


def test_another_program_gives_no_dose():
    (one,) = lately(remembered(facts()), "Anna", "lower-back", TODAY, PLACES)
    assert one.turns[0].dosage is None


# --- told -------------------------------------------------------------------------------------------------------

PROPOSED = Adapted(190.0, ONE, "longer", "comfortable", "refused")


def test_every_change_and_every_reason_has_its_words():
    assert set(CHANGES) == set(DOSES.values())
    assert set(REASONS) == {reason.value for reason in Reason}
    assert change(PROPOSED) == "Knees to chest, a longer hold, since the last sessions were comfortable: refused"
    assert change(replace(PROPOSED, answer="unanswered")).endswith("not answered, so not done")
    assert change(replace(PROPOSED, what="shorter", because="ease", answer="unanswered")).endswith("not answered, so done")


def test_a_declined_proposal_is_remembered_as_declined():
    (one,) = lately(remembered(facts(PROPOSED)), "Anna", "one-stretch", TODAY, PLACES)
    assert one.turns[0].declined


def test_report_and_export_tell_what_was_proposed_and_with_what_dose_a_stretch_began():
    (past,) = remembered(facts(PROPOSED, Adapted(220.0, TWO, "lighter")))
    assert past.changes == (PROPOSED,)
    assert change(PROPOSED) in page([past], FIRST_DAY)
    assert "How the dose changed" not in page(remembered(facts()), FIRST_DAY)
    data = json.loads(to_json([past]))["sessions"][0]
    assert data["adaptations"][0] == {"at": 190.0, "stretch": KNEES, "side": "", "repetition": 1, "what": "longer", "because": "comfortable", "answer": "refused"}
    assert data["doses"] == [{"at": 200.0, "stretch": KNEES, "side": "", "repetition": 1, **BASE.model_dump()}]
    assert "session,at,stretch,side,repetition,hold_seconds,repetitions,deepenings" in dict(to_csv([past]))["doses.csv"]
    assert line(past)
