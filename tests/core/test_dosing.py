"""The rules of the dose, and what holds for them whatever anybody has ever answered."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline import DIALOGS, FULL, SHORT

from voicecoach.core.dosing import (
    KEPT,
    Bounds,
    Dosage,
    Earlier,
    EarlierStretch,
    Proposal,
    Reason,
    Rules,
    Sign,
    What,
    bounds_of,
    load_rules,
    proposals,
    reduced,
    standing,
    today,
)
from voicecoach.errors import ScriptError
from voicecoach.language.line_keys import LINES
from voicecoach.language.program import Dose, Program

SHIPPED = DIALOGS / "adaptation.yaml"
RULES = load_rules(SHIPPED)
WHATS: tuple[What, ...] = get_args(What)
STEP = {"hold_seconds": RULES.step.hold_seconds, "repetitions": 1, "deepenings": 1}
KNEES = "knees-to-chest"
BASE = Dosage(hold_seconds=20, repetitions=2, deepenings=2)


def below(one: Dosage, other: Dosage) -> bool:
    """No more of anything."""
    return all(getattr(one, what) <= getattr(other, what) for what in WHATS)


# --- single histories -------------------------------------------------------------------------------------------


def turn(stretch: str = KNEES, dosage: Dosage | None = BASE, *, comfortable: bool = True, **signs: int) -> EarlierStretch:
    return EarlierStretch(stretch=stretch, dosage=dosage, comfortable=comfortable and not signs, **signs)


def session(*turns: EarlierStretch, days: int = 3, pain: int = 0, stop: int = 0) -> Earlier:
    return Earlier(days=days, pain=pain, stop=stop, turns=list(turns))


def offered(*earlier: Earlier, program: Program = SHORT) -> dict[str, Proposal]:
    return proposals(RULES, bounds_of(program, RULES.least_repetitions), earlier)


GOOD = session(turn())


def test_nothing_is_proposed_to_a_newcomer():
    assert offered() == {}
    assert standing(bounds_of(SHORT, 1)[KNEES], (), KNEES) == BASE


def test_two_comfortable_sessions_lead_to_one_longer_hold():
    assert offered(GOOD) == {}
    assert offered(GOOD, GOOD) == {KNEES: Proposal(KNEES, BASE, BASE.moved("hold_seconds", 5), Reason.COMFORTABLE)}


def test_then_the_count_begins_anew():
    longer = session(turn(dosage=BASE.moved("hold_seconds", 5)))
    assert offered(GOOD, GOOD, longer) == {}
    assert offered(GOOD, GOOD, longer, longer)[KNEES].new.hold_seconds == 30


def test_after_the_hold_come_repetitions_and_then_nothing():
    most = Dosage(hold_seconds=30, repetitions=2, deepenings=2)
    assert offered(*[session(turn(dosage=most))] * 2)[KNEES].new == most.moved("repetitions", 1)
    assert offered(*[session(turn(dosage=most.moved("repetitions", 1)))] * 2) == {}


def test_what_was_taken_off_comes_back_before_anything_grows():
    less = BASE.moved("deepenings", -1)
    assert offered(*[session(turn(dosage=less))] * 2)[KNEES].new == BASE


def test_more_that_was_declined_is_proposed_again_only_after_as_many_sessions():
    declined = session(turn().model_copy(update={"declined": True}))
    assert offered(GOOD, GOOD, declined) == {}
    assert offered(GOOD, GOOD, declined, GOOD) == {}
    assert KNEES in offered(GOOD, GOOD, declined, GOOD, GOOD)


@pytest.mark.parametrize(("signs", "new", "reason"), [
    ({"ease": 1}, Dosage(hold_seconds=20, repetitions=2, deepenings=1), "ease"),
    ({"ease": 3}, Dosage(hold_seconds=20, repetitions=2, deepenings=0), "ease"),
    ({"too_much": 1}, Dosage(hold_seconds=20, repetitions=2, deepenings=1), "too-much"),
    ({"silence": 2}, Dosage(hold_seconds=20, repetitions=2, deepenings=1), "silence"),
    ({"stop": 1, "ease": 1}, Dosage(hold_seconds=20, repetitions=2, deepenings=0), "stop"),
    ({"pain": 1}, Dosage(hold_seconds=20, repetitions=1, deepenings=0), "pain"),
])
def test_each_sign_leads_to_less(signs, new, reason):
    assert offered(GOOD, session(turn(**signs))) == {KNEES: Proposal(KNEES, BASE, new, Reason(reason))}


def test_a_long_time_away_leads_to_less_and_a_shorter_one_to_no_more():
    assert offered(session(turn(), days=40), session(turn(), days=30))[KNEES].reason is Reason.AWAY
    assert offered(session(turn(), days=25), session(turn(), days=20)) == {}


def test_only_one_stretch_grows_and_it_is_the_one_that_has_waited_longest():
    def both(knees: int, twist: int) -> Earlier:
        return session(turn(dosage=Dosage(hold_seconds=knees, repetitions=2, deepenings=2)), turn("spinal-twist", Dosage(hold_seconds=twist, repetitions=2, deepenings=2)))

    assert list(offered(both(25, 25), both(25, 25), program=FULL)) == [KNEES]
    assert list(offered(both(25, 25), both(30, 25), both(30, 25), program=FULL)) == ["spinal-twist"]


def test_an_ease_in_one_stretch_keeps_all_the_others_from_growing():
    got = offered(*[session(turn(), turn("spinal-twist"))] * 3, session(turn(), turn("spinal-twist", ease=1)), program=FULL)
    assert list(got) == ["spinal-twist"]
    assert not got["spinal-twist"].up


def test_pain_keeps_everything_from_growing_for_some_sessions():
    assert offered(session(pain=1), GOOD, GOOD, GOOD) == {}
    assert KNEES in offered(session(pain=1), GOOD, GOOD, GOOD, GOOD)


def test_pain_ends_the_row_of_every_stretch_however_long_ago_it_was():
    """The twist alone was done in that session, and has waited no longer than the knees since."""
    twist = turn("spinal-twist", Dosage(hold_seconds=25, repetitions=2, deepenings=2))
    both = session(turn(dosage=twist.dosage), twist)
    assert list(offered(session(twist, pain=1), both, both, both, both, program=FULL)) == [KNEES]
    assert list(offered(session(twist), both, both, both, both, program=FULL)) == ["spinal-twist"]


def test_where_the_rules_ask_for_one_comfortable_session_one_is_enough():
    quick = RULES.model_copy(update={"more": RULES.more.model_copy(update={"sessions": 1})})
    assert KNEES in proposals(quick, bounds_of(SHORT, 1), [GOOD])


def test_another_program_gives_no_dose_and_no_comfort_but_its_complaints_count():
    other = session(turn(dosage=None))
    assert offered(other, other) == {}
    assert KNEES in offered(GOOD, other, GOOD)
    assert offered(GOOD, GOOD, session(turn(dosage=None, ease=1)))[KNEES] == Proposal(KNEES, BASE, BASE.moved("deepenings", -1), Reason.EASE)


def test_a_stretch_that_stands_twice_in_a_program_keeps_the_dose_that_is_written():
    twice = SHORT.model_copy(update={"stretches": SHORT.stretches * 2})
    assert bounds_of(twice, 1) == {}


@pytest.mark.parametrize(("days", "less"), [(27, False), (28, True)])
def test_less_after_a_time_away_begins_on_the_very_day_of_the_rule(days, less):
    assert RULES.less.away_days == 28
    got = offered(session(turn(), days=days))
    assert {stretch: (proposal.new, proposal.reason) for stretch, proposal in got.items()} == ({KNEES: (BASE.moved("deepenings", -1), Reason.AWAY)} if less else {})


@pytest.mark.parametrize(("days", "more"), [(14, True), (15, False)])
def test_more_is_still_proposed_on_the_last_day_of_the_rule(days, more):
    assert RULES.more.days == 14
    assert bool(offered(session(turn(), days=60), session(turn(), days=days))) is more


def test_time_away_counts_from_the_last_session_with_the_stretch():
    without = session(turn("hamstring"), days=2)
    assert offered(session(turn(), days=40), without)[KNEES].reason is Reason.AWAY
    assert offered(session(turn(), days=40), session(turn(), days=4), without)[KNEES].reason is Reason.COMFORTABLE


def test_a_session_without_the_stretch_neither_counts_nor_breaks_the_row():
    without = session(turn("hamstring"))
    assert offered(GOOD, without) == {}
    assert KNEES in offered(GOOD, without, GOOD)
    assert KNEES in offered(GOOD, GOOD, without)


def test_of_a_stretch_the_last_session_decides():
    assert KNEES not in offered(session(turn(pain=1)), GOOD)
    assert standing(bounds_of(SHORT, 1)[KNEES], (session(turn(dosage=BASE.moved("hold_seconds", 5))), session(turn(dosage=None)), session(turn("hamstring"))), KNEES).hold_seconds == 25
    assert standing(bounds_of(SHORT, 1)[KNEES], (session(turn(dosage=BASE.moved("hold_seconds", 5))), GOOD), KNEES) == BASE


@pytest.mark.parametrize("sign", ["pain", "stop", "ease", "too_much", "silence"])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_whatever_was_wrong_in_one_of_the_sessions_ends_the_row(sign, elsewhere):
    """Of another stretch, or of none."""
    if elsewhere:
        bad = session(turn(), turn("hamstring", **{sign: 1}))
    elif sign in {"pain", "stop"}:
        bad = session(turn(), **{sign: 1})
    else:
        bad = session(turn(comfortable=False))
    assert not (bad.at_ease and elsewhere)
    assert offered(GOOD, GOOD, bad) == {}
    assert offered(GOOD, GOOD, bad, GOOD) == {}


def test_of_two_that_have_waited_as_long_the_first_of_the_program_grows():
    both = session(turn("spinal-twist", Dosage(hold_seconds=25, repetitions=2, deepenings=2)), turn(dosage=Dosage(hold_seconds=25, repetitions=2, deepenings=2)))
    assert list(offered(both, both, program=FULL)) == [KNEES]


def test_a_stretch_that_needs_less_does_not_keep_the_reason_of_another_from_being_told():
    past = session(turn(ease=1), turn("spinal-twist", Dosage(hold_seconds=25, repetitions=2, deepenings=2), stop=1))
    assert {stretch: proposal.reason for stretch, proposal in offered(past, program=FULL).items()} == {KNEES: Reason.EASE, "spinal-twist": Reason.STOP}


def test_at_the_least_dose_there_is_nothing_to_tell():
    least = bounds_of(SHORT, 1)[KNEES].least
    assert least == Dosage(hold_seconds=20, repetitions=1, deepenings=0)
    assert offered(session(turn(dosage=least, pain=1))) == {}


def test_less_goes_from_one_thing_to_the_next_and_ends_at_the_least():
    bounds = bounds_of(SHORT.model_copy(update={"hold_limits": [12, 30]}), 1)[KNEES]
    doses = [reduced(RULES, bounds, BASE, steps) for steps in range(8)]
    assert [(dose.deepenings, dose.hold_seconds, dose.repetitions) for dose in doses] == [(2, 20, 2), (1, 20, 2), (0, 20, 2), (0, 15, 2), (0, 12, 2), (0, 12, 1), (0, 12, 1), (0, 12, 1)]
    now = [today(RULES, bounds, dose) for dose in (BASE, BASE.moved("hold_seconds", -7), BASE.moved("hold_seconds", -8), bounds.least)]
    assert [(dose.hold_seconds, dose.deepenings, dose.repetitions) for dose in now] == [(15, 2, 2), (12, 2, 2), (12, 1, 2), (12, 0, 1)]


def test_the_last_step_up_is_only_as_long_as_there_is_room():
    longer = BASE.moved("hold_seconds", 7)
    assert offered(*[session(turn(dosage=longer))] * 2)[KNEES].new.hold_seconds == 30
    shorter, wide = BASE.moved("hold_seconds", -3), SHORT.model_copy(update={"hold_limits": [10, 30]})
    assert offered(*[session(turn(dosage=shorter))] * 2, program=wide)[KNEES].new == BASE


def test_what_a_program_says_beyond_its_own_limits_is_a_bound_too():
    program = FULL.model_copy(update={"hold_limits": [20, 30], "repetition_limit": 2, "deepen_limit": 1, "stretches": [
        Dose(stretch=KNEES, hold_seconds=15, repetitions=1), Dose(stretch="hamstring", hold_seconds=40, repetitions=3), Dose(stretch="spinal-twist"), Dose(stretch="spinal-twist")]})
    assert bounds_of(program, 2) == {
        KNEES: Bounds(Dosage(hold_seconds=15, repetitions=1, deepenings=1), Dosage(hold_seconds=15, repetitions=1, deepenings=0), Dosage(hold_seconds=30, repetitions=2, deepenings=1)),
        "hamstring": Bounds(Dosage(hold_seconds=40, repetitions=3, deepenings=1), Dosage(hold_seconds=20, repetitions=2, deepenings=0), Dosage(hold_seconds=40, repetitions=3, deepenings=1)),
    }


def test_a_remembered_dose_is_brought_within_the_bounds():
    bounds = bounds_of(SHORT, 1)[KNEES]
    wild = session(turn(dosage=Dosage(hold_seconds=90, repetitions=0, deepenings=7)))
    assert standing(bounds, (wild,), KNEES) == Dosage(hold_seconds=30, repetitions=1, deepenings=2)


def test_a_difference_is_what_has_to_be_added_in_the_order_in_which_it_is_told():
    assert list(BASE.differences(Dosage(hold_seconds=15, repetitions=2, deepenings=3))) == [("hold_seconds", -5), ("deepenings", 1)]
    assert list(BASE.differences(BASE.moved("repetitions", 1))) == [("repetitions", 1)]
    assert list(BASE.differences(BASE)) == []


def test_every_reason_and_every_sign_has_its_line():
    assert {f"dose.because-{reason}" for reason in Reason} == {key for key in LINES if key.startswith("dose.because-")}
    assert set(get_args(Sign)) <= {reason.value for reason in Reason}


# --- any history ------------------------------------------------------------------------------------------------

STRETCHES = [KNEES, "spinal-twist", "hamstring", "figure-four"]
COUNTS = st.sampled_from([0, 0, 0, 1, 2, 5])
DOSAGES = st.builds(Dosage, hold_seconds=st.integers(-5, 200), repetitions=st.integers(0, 9), deepenings=st.integers(-1, 9))
"""What a memory may hold: also what no program of ours allows."""
TURNS = st.builds(EarlierStretch, stretch=st.sampled_from(STRETCHES), dosage=st.one_of(st.none(), DOSAGES, st.just(BASE)), pain=COUNTS, stop=COUNTS, ease=COUNTS, too_much=COUNTS,
                  silence=COUNTS, comfortable=st.booleans(), declined=st.booleans())
EASY = st.builds(EarlierStretch, stretch=st.sampled_from(STRETCHES), dosage=st.just(BASE), comfortable=st.just(value=True))
SESSIONS = st.builds(Earlier, days=st.integers(0, 60), pain=COUNTS, stop=COUNTS, turns=st.lists(TURNS, max_size=4))
PASTS = st.one_of(st.lists(SESSIONS, max_size=KEPT), st.lists(st.builds(Earlier, days=st.integers(0, 10), turns=st.lists(EASY, min_size=1, max_size=4)), max_size=KEPT))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Any program that the loader takes."""
    least, most = sorted((draw(st.integers(20, 30)), draw(st.integers(20, 30))))
    limit = draw(st.integers(2, 3))
    doses = [Dose(stretch=name, repetitions=draw(st.integers(2, limit)), hold_seconds=draw(st.integers(least, most))) for name in draw(st.permutations(STRETCHES))]
    return FULL.model_copy(update={"hold_limits": [least, most], "repetition_limit": limit, "deepen_limit": draw(st.integers(0, 3)), "stretches": doses})


def steps_up(proposal: Proposal) -> float:
    """How many small steps it asks more, counted without what it asks less."""
    return sum(by / STEP[what] for what, by in proposal.old.differences(proposal.new) if by > 0)


@settings(max_examples=150, deadline=None)
@given(programs(), PASTS)
def test_no_history_exceeds_the_limits_and_one_session_is_one_small_step(program: Program, past: list[Earlier]) -> None:
    bounds = bounds_of(program, RULES.least_repetitions)
    got = proposals(RULES, bounds, past)
    assert sum(steps_up(proposal) for proposal in got.values()) <= 1
    for stretch, proposal in got.items():
        for dosage in (proposal.old, proposal.new, today(RULES, bounds[stretch], proposal.new)):
            assert program.hold_limits[0] <= dosage.hold_seconds <= program.hold_limits[1]
            assert 1 <= dosage.repetitions <= program.repetition_limit
            assert 0 <= dosage.deepenings <= program.deepen_limit
        assert proposal.old == standing(bounds[stretch], past, stretch)
        assert proposal.up == (steps_up(proposal) > 0)
        if not proposal.up:
            assert below(proposal.new, proposal.old)


BAD = st.sampled_from(["pain", "stop", "ease", "too_much", "silence"])


@settings(max_examples=150, deadline=None)
@given(programs(), PASTS, st.sampled_from(STRETCHES), BAD, st.one_of(st.none(), st.just(BASE)))
def test_an_ease_a_stop_or_a_report_of_pain_never_leads_to_more(program: Program, past: list[Earlier], stretch: str, sign: str, dosage: Dosage | None) -> None:
    """Neither of that stretch nor of another, in the next session."""
    complained = Earlier(days=1, pain=int(sign == "pain"), stop=int(sign == "stop"), turns=[turn(stretch, dosage, **{sign: 1})])
    got = proposals(RULES, bounds_of(program, 1), [*past, complained])
    assert not [proposal for proposal in got.values() if proposal.up or steps_up(proposal)]


@settings(max_examples=100, deadline=None)
@given(programs(), PASTS.filter(bool), st.data())
def test_the_same_history_with_one_more_complaint_never_gives_more_in_the_end(program: Program, past: list[Earlier], data: st.DataObject) -> None:
    """Complaints are added to the last session: whatever they are, no dose is above what it would have been, nor the standing one."""
    index = data.draw(st.integers(0, len(past[-1].turns)))
    sign = data.draw(BAD)
    turns = [one.model_copy(update={sign: getattr(one, sign) + 1}) if number == index else one for number, one in enumerate(past[-1].turns)]
    worse = past[-1].model_copy(update={"turns": turns} | ({"pain": 1} if index == len(past[-1].turns) else {}))
    bounds = bounds_of(program, 1)
    before, after = (proposals(RULES, bounds, history) for history in (past, [*past[:-1], worse]))
    for stretch, limits in bounds.items():
        old = standing(limits, past, stretch)
        with_it, without = (got[stretch].new if stretch in got else old for got in (after, before))
        assert below(with_it, old)
        assert below(with_it, without)


@settings(max_examples=60, deadline=None)
@given(programs(), st.lists(st.tuples(st.booleans(), st.lists(TURNS, max_size=4)), max_size=25))
def test_over_many_sessions_a_dose_climbs_one_step_at_a_time_and_stays_within_the_limits(program: Program, life: list[tuple[bool, list[EarlierStretch]]]) -> None:
    """Whoever agrees to everything, or to nothing: the dose of each session becomes the past of the next."""
    bounds, past = bounds_of(program, 1), list[Earlier]()
    doses = {stretch: limits.own for stretch, limits in bounds.items()}
    for agrees, answers in life:
        got = proposals(RULES, bounds, past[-KEPT:])
        climbed = 0.0
        for stretch, proposal in got.items():
            assert proposal.old == doses[stretch]
            if agrees:
                climbed += steps_up(proposal)
                doses[stretch] = proposal.new
        assert climbed <= 1
        said = {one.stretch: one for one in answers}
        past.append(Earlier(days=2, turns=[(said.get(stretch) or turn(stretch)).model_copy(update={"dosage": dosage}) for stretch, dosage in doses.items()]))
        assert all(below(limits.least, doses[stretch]) and below(doses[stretch], limits.most) for stretch, limits in bounds.items())


@settings(max_examples=60, deadline=None)
@given(programs(), DOSAGES)
def test_asking_for_less_in_a_session_gives_less_or_the_same(program: Program, dosage: Dosage) -> None:
    for bounds in bounds_of(program, 1).values():
        now = bounds.clamp(dosage)
        assert below(today(RULES, bounds, now), now)
        assert today(RULES, bounds, now).repetitions == now.repetitions


# --- the file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new", "key", "what"), [
    ("hold_seconds: 5 ", "hold_seconds: 15 ", "step.hold_seconds", "less than or equal to 5 (found 15)"),
    ("repetitions: 1\n", "repetitions: 2\n", "step.repetitions", "should be 1 (found 2)"),
    ("sessions: 2 ", "sessions: 0 ", "more.sessions", "greater than or equal to 1 (found 0)"),
    ("sessions: 2 ", "session: 2 ", "more.session", "no such key is known; did you mean 'sessions'"),
    ("    - {sign: pain, steps: 4}\n", "", "less", "no rule says what one 'pain' leads to"),
    ("{sign: stop, steps: 2}", "{sign: stops, steps: 2}", "less.rules.1.sign", "'stops'"),
    ("{sign: ease, times: 3, steps: 2}", "{sign: ease, times: 1, steps: 2}", "less", "the rule for 1 times 'ease' never counts"),
    ("    - {sign: ease, times: 3, steps: 2}\n    - {sign: ease, steps: 1}\n", "    - {sign: ease, steps: 1}\n    - {sign: ease, times: 3, steps: 2}\n", "less",
     "the rule for 3 times 'ease' never counts"),
    ("    - {sign: ease, steps: 1}\n", "", "less", "no rule says what one 'ease' leads to"),
    ("    - {sign: stop, steps: 2}\n", "", "less", "no rule says what one 'stop' leads to"),
    ("    - {sign: too-much, steps: 1}\n", "", "less", "no rule says what one 'too-much' leads to"),
    ("    - {sign: silence, steps: 1}\n", "", "less", "no rule says what one 'silence' leads to"),
    ("{sign: pain, steps: 4}", "{sign: pain, steps: 21}", "less.rules.0.steps", "less than or equal to 20 (found 21)"),
    ("{sign: pain, steps: 4}", "{sign: pain, steps: 0}", "less.rules.0.steps", "greater than or equal to 1 (found 0)"),
    ("without_pain: 4", "without_pain: 13", "more.without_pain", "less than or equal to 12 (found 13)"),
    ("order: [hold_seconds, deepenings]", "order: [hold_seconds, repetitions]", "today.order.1", "'hold_seconds' or 'deepenings' (found 'repetitions')"),
    ("  order: [hold_seconds, repetitions, deepenings]", "  order: [seconds]", "more.order.0", "'hold_seconds', 'repetitions' or 'deepenings' (found 'seconds')"),
    ("order: [deepenings, hold_seconds, repetitions]", "order: []", "less.order", "at least 1 item"),
])
def test_a_mistake_in_the_rules_is_one_sentence_with_file_line_and_key(tmp_path: Path, old: str, new: str, key: str, what: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "adaptation.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScriptError) as caught:
        load_rules(path)
    told = [str(problem) for problem in caught.value.problems]
    assert any(f"{path}:" in line and key in line and what in line for line in told), told


def test_rules_survive_the_journal():
    assert Rules.model_validate(RULES.model_dump()) == RULES
    assert isinstance(bounds_of(SHORT, 1)[KNEES], Bounds)
