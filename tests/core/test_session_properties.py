"""What holds for every session, whatever happens in it and whenever: histories drawn by hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from timeline import FULL, SCRIPT, SHORT, Entry, Timeline

from voicecoach.core.phases import FORCE, LATCHED, Phase
from voicecoach.core.question import ANSWERS
from voicecoach.core.session import Session
from voicecoach.hearing.hypothesis import Grammar
from voicecoach.hearing.risk import RELEASE
from voicecoach.language.line_keys import relieves, urges
from voicecoach.vocabulary import (
    Alive,
    Chime,
    Command,
    Dictated,
    Earcon,
    Event,
    Evidence,
    Finish,
    Heard,
    Hush,
    Intent,
    LineFinished,
    LineStarted,
    Lost,
    Party,
    Say,
    Source,
    Started,
    TimePassed,
    Unclear,
)

many = settings(max_examples=50, deadline=None)
OPEN = [phase for phase in Phase if phase is not Phase.DONE]
PLACES = st.sampled_from(["", "lower-back", "hip", "knee", "radiating", "nowhere"])
HEARD = st.builds(Heard, st.sampled_from(Intent), st.sampled_from(Evidence), slot=PLACES, ear=st.sampled_from(["", "keyboard"]))
UTTERANCES = st.integers(0, 80)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    HEARD, st.builds(Unclear), st.builds(Dictated, st.just("Maria"), st.sampled_from(["", "1", "other"])), st.builds(Started), st.builds(TimePassed), st.builds(LineStarted, UTTERANCES), st.builds(LineFinished, UTTERANCES),
    st.builds(Alive, st.sampled_from(Source)), st.builds(Lost, st.sampled_from(Source)),
)


# --- histories --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wait:
    """Time passes; the coach speaks, the ears are alive."""

    seconds: float


@dataclass(frozen=True)
class Sleep:
    """The machine stands still, then wakes; a negative time is a clock that was put back."""

    seconds: float


@dataclass(frozen=True)
class Fitting:
    """Somebody says one of the words that make sense now, perhaps once the coach has finished."""

    index: int
    evidence: Evidence
    after_the_line: bool


@dataclass(frozen=True)
class Early:
    """Somebody answers while the coach asks, `seconds` after the line that sounds has begun."""

    intent: Intent
    seconds: float


Deed = Wait | Sleep | Fitting | Early | Event
WAITS = st.builds(Wait, st.one_of(st.floats(0, 2), st.floats(2, 60)))
FITTING = st.builds(Fitting, st.integers(0, 200), st.sampled_from([Evidence.STRONG, Evidence.STRONG, Evidence.FINAL, Evidence.PARTIAL]), st.booleans())
SLEEPS = st.builds(Sleep, st.floats(-100, 5000))
EARLY = st.builds(Early, st.sampled_from([Intent.NO, Intent.NO, Intent.YES]), st.floats(0, 4))
USUAL = st.one_of(WAITS, FITTING, FITTING, HEARD, EARLY)
ODD = st.one_of(WAITS, FITTING, HEARD, EVENTS, SLEEPS)
HISTORIES = st.one_of(st.lists(USUAL, max_size=25), st.lists(ODD, max_size=15))


def play(timeline: Timeline, history: list[Deed]) -> Timeline:
    """Let `history` happen on `timeline`."""
    for deed in history:
        match deed:
            case Wait(seconds):
                timeline.run(seconds)
            case Sleep(seconds):
                timeline.now += seconds
                timeline.event(TimePassed())
            case Fitting(index, evidence, after_the_line):
                if after_the_line:
                    timeline.quiet()
                phrases = timeline.grammar.phrases
                phrase = phrases[index % len(phrases)]
                timeline.event(Heard(phrase.intent, evidence, phrase.text, phrase.slot))
            case Early(intent, seconds):
                timeline.begin_of_line()
                timeline.run(seconds)
                timeline.hear(intent)
            case _:
                timeline.event(deed)
    return timeline


def lived(program: object, phase: Phase, history: list[Deed], earcons: str) -> Timeline:
    """A session that was led to `phase`, and what then happened to it."""
    return play(Timeline(program, earcons=earcons).to(phase, warm=True), history)


PROGRAMS = st.sampled_from([SHORT, FULL])
LIVES = st.builds(lived, PROGRAMS, st.sampled_from(Phase), HISTORIES, st.sampled_from(["all", "few", "none"]))


# --- stop -------------------------------------------------------------------------------------------------------


@many
@given(LIVES, st.sampled_from(Evidence))
def test_any_history_then_stop_is_hush_the_safety_line_and_released(life: Timeline, evidence: Evidence) -> None:
    over, done = life.session.outcome is not None, life.phase is Phase.DONE
    # By hand: what the coach himself may have said, while nobody is pushed, is the guard's one exception (test_safety).
    commands = life.event(Heard(Intent.STOP, evidence, ear="keyboard"))
    if over:
        assert commands == []
        return
    hush, say = commands[:2]
    assert hush == Hush()
    assert isinstance(say, Say)
    assert (say.key, say.safety, say.to) == ("safety.stop", True, Party.PARTNER)
    assert life.phase is (Phase.DONE if done else Phase.RELEASED)


@many
@given(LIVES)
def test_any_history_then_pain_ends_the_session_with_advice(life: Timeline) -> None:
    if life.session.outcome:
        return
    commands = life.hear(Intent.PAIN, Evidence.PARTIAL)
    assert commands[0] == Hush()
    assert isinstance(commands[1], Say)
    assert commands[1].key == "safety.pain"
    assert life.phase is Phase.DONE
    life.run()
    assert life.session.outcome is not None
    assert life.said[-1].startswith("goodbye.")


LESS = [(Intent.PLACE, "knee"), (Intent.PLACE, "neck"), (Intent.PLACE, "radiating"), (Intent.OTHER_SIDE, ""), (Intent.GO_BACK, ""), (Intent.MEANT_NO, ""), (Intent.NORMAL, "")]
"""What somebody says under force who does not like it, beside the release words."""


@settings(max_examples=100, deadline=None)
@given(st.builds(lived, PROGRAMS, st.sampled_from(sorted(FORCE, key=lambda phase: phase.value)), HISTORIES, st.just("none")), st.sampled_from(LESS))
def test_any_history_under_force_then_a_word_against_it_is_hush_and_relief(life: Timeline, word: tuple[Intent, str]) -> None:
    pushed = life.session.outcome is None and life.phase in FORCE and life.grammar.name != "position"
    commands = life.event(Heard(word[0], Evidence.FINAL, slot=word[1], ear="keyboard"))
    said = [command.key for command in commands if isinstance(command, Say)]
    assert not any(urges(key) for key in said)
    if pushed:
        assert commands[0] == Hush()
        assert relieves(said[0])


# --- laws -------------------------------------------------------------------------------------------------------


def out_of_a_latched_phase_only_a_continue_and_a_yes_lead_back_and_never_to_force(life: Timeline) -> None:
    for index, entry in enumerate(life.log):
        if entry.before in LATCHED and entry.after not in {*LATCHED, Phase.DONE}:
            assert isinstance(entry.event, Heard)
            assert (entry.event.intent, entry.event.evidence) == (Intent.YES, Evidence.STRONG)
            assert entry.after in {Phase.SCREEN, Phase.WARM_UP, Phase.NEXT}
            earlier = [e.event for e in life.log[:index] if isinstance(e.event, Heard) and e.event.intent is Intent.CONTINUE]
            assert earlier
            assert earlier[-1].evidence is Evidence.STRONG


def force_grows_only_directly_after_a_clear_word(life: Timeline) -> None:
    for entry in life.log:
        for key in entry.says:
            if urges(key):
                assert isinstance(entry.event, Heard)
                assert entry.event.evidence is Evidence.STRONG
                assert entry.event.intent is (Intent.MORE if key == "force.deeper" else Intent.READY)


def the_rule_about_stop_is_spoken_to_its_end_before_the_first_force(life: Timeline) -> None:
    spoken, numbers = False, {say.utterance: say.key for say in life.says}
    waiting: set[int] = set()
    for entry in life.log:
        if isinstance(entry.event, LineFinished) and entry.event.utterance in waiting:
            spoken = True
        for command in entry.commands:
            if isinstance(command, Hush):
                waiting.clear()
            elif isinstance(command, Say) and numbers[command.utterance] == "rule.stop":
                waiting.add(command.utterance)
        assert spoken or not any(urges(key) for key in entry.says)


def deepening_has_its_limit_in_each_repetition_and_none_comes_after_an_ease(life: Timeline) -> None:
    deepened, eased = 0, False
    for say in life.says:
        if say.key.endswith(".approach_partner"):
            deepened, eased = 0, False
        elif say.key.startswith("safety.ease"):
            eased = True
        elif say.key == "force.deeper":
            deepened += 1
            assert deepened <= FULL.deepen_limit
            assert not eased


def every_line_for_one_person_begins_with_that_persons_name(life: Timeline) -> None:
    for say in life.says:
        if say.to is not Party.BOTH:
            assert say.text.lower().startswith(life.session.names[say.to.value] + ",")


def no_earcon_sounds_before_or_within_words_that_take_force_away(life: Timeline) -> None:
    """Played one after the other, as they are ordered, everything after a hush or a release begins with the words."""
    for entry in life.log:
        chimes = [index for index, command in enumerate(entry.commands) if isinstance(command, Chime)]
        relief = [index for index, command in enumerate(entry.commands) if isinstance(command, Say) and relieves(command.key)]
        if not chimes or not relief or chimes[0] > relief[0]:
            continue
        # The one exception: the clock's own end of a hold, which nobody has called for.
        assert isinstance(entry.event, TimePassed)
        assert entry.commands[:2] == [Hush(), Chime(Earcon.END)]
        assert entry.says[0] == "hold.end"
        assert relief[0] > chimes[0] == chimes[-1]


def a_release_is_answered_by_words_first_and_then_by_at_most_one_earcon(life: Timeline) -> None:
    for entry in life.log:
        sounding = [command for command in entry.commands if isinstance(command, Say | Chime)]
        if any(isinstance(command, Say) and command.safety for command in sounding):
            assert isinstance(sounding[0], Say)
            assert sounding[0].safety
            assert [command.earcon for command in sounding if isinstance(command, Chime)] in ([], [Earcon.RELEASE])


def started(life: Timeline, key: str, after: int, before: int) -> float | None:
    """When the line `key` first began to sound between two entries of the log."""
    numbers = {say.utterance for say in life.says if say.key == key}
    return next((e.now for e in life.log[after:before] if isinstance(e.event, LineStarted) and e.event.utterance in numbers), None)


def early(entry: Entry) -> bool:
    """Whether an answer that was kept counted now: nothing else makes the coach speak at the end of a line."""
    return isinstance(entry.event, LineFinished) and bool(set(entry.says) - {"talk.pardon"})


ASKED = [key for question in SCRIPT.questions for key in (f"question.{question.id}.ask", f"question.{question.id}.follow_up")]


def no_question_of_the_screening_is_passed_by_a_word_from_before_its_first_second(life: Timeline) -> None:
    log, asking, since = life.log, "", 0
    for index, entry in enumerate(log):
        asks = next((key for key in entry.says if key in ASKED), "")
        passed = asking and (ASKED.index(asks) > ASKED.index(asking) if asks else "screen.clear" in entry.says)
        # A "yes" that leads to the follow-up passes nobody: that asks more.
        if passed and not asks.endswith("follow_up"):
            said = log[: index + 1] if isinstance(entry.event, Heard) else log[:index]
            word = [e for e in said if isinstance(e.event, Heard) and e.event.intent in {Intent.NO, Intent.YES} and e.event.evidence is Evidence.STRONG][-1]
            begin = started(life, asking, since, index)
            assert begin is not None
            assert word.now - begin >= 1.0
        if asks and asks != asking:
            asking, since = asks, index


def no_early_answer_survives_a_release_a_pause_or_a_change_of_phase(life: Timeline) -> None:
    for index, entry in enumerate(life.log):
        if early(entry):
            words = [i for i in range(index) if isinstance(life.log[i].event, Heard) and life.log[i].event.intent in ANSWERS]
            between = life.log[words[-1] : index]
            assert {e.before for e in between} | {e.after for e in between} == {entry.before}
            assert not [e for e in between if isinstance(e.event, Heard) and e.event.intent in {*RELEASE, Intent.PAUSE} and e.event.evidence is Evidence.STRONG]


def under_force_no_answer_is_kept(life: Timeline) -> None:
    assert not [entry for entry in life.log if early(entry) and entry.before in FORCE]


NEARER: dict[Phase, set[Phase]] = {
    Phase.WHO: {Phase.WHO}, Phase.SCREEN: {Phase.SCREEN}, Phase.WARM_UP: {Phase.WARM_UP, *LATCHED}, Phase.NEXT: {Phase.WARM_UP, Phase.NEXT, *LATCHED},
    Phase.STRETCH: {Phase.WARM_UP, Phase.STRETCH, *LATCHED}, Phase.HOLD: {Phase.STRETCH, Phase.HOLD, Phase.CHECK_IN}, Phase.CHECK_IN: {Phase.CHECK_IN},
    Phase.TURN: {Phase.TURN}, Phase.RELEASED: {Phase.RELEASED}, Phase.PAUSED: {Phase.PAUSED}, Phase.DONE: {Phase.DONE},
}
"""Where "go back" and "I meant no" may lead: never nearer to force."""


def taking_back_never_leads_nearer_to_force(life: Timeline) -> None:
    for entry in life.log:
        if isinstance(entry.event, Heard) and entry.event.intent in {Intent.GO_BACK, Intent.MEANT_NO}:
            # By the way they may find that nobody can be heard, or that a line is overdue.
            assert entry.after in NEARER[entry.before] | {Phase.RELEASED, Phase.DONE}
            assert not any(urges(key) for key in entry.says)


LAWS = [
    taking_back_never_leads_nearer_to_force,
    no_earcon_sounds_before_or_within_words_that_take_force_away,
    a_release_is_answered_by_words_first_and_then_by_at_most_one_earcon,
    no_question_of_the_screening_is_passed_by_a_word_from_before_its_first_second,
    no_early_answer_survives_a_release_a_pause_or_a_change_of_phase,
    under_force_no_answer_is_kept,
    out_of_a_latched_phase_only_a_continue_and_a_yes_lead_back_and_never_to_force,
    force_grows_only_directly_after_a_clear_word,
    the_rule_about_stop_is_spoken_to_its_end_before_the_first_force,
    deepening_has_its_limit_in_each_repetition_and_none_comes_after_an_ease,
    every_line_for_one_person_begins_with_that_persons_name,
]


@settings(max_examples=150, deadline=None)
@given(LIVES)
def test_the_laws_hold_in_every_history(life: Timeline) -> None:
    for law in LAWS:
        law(life)


# --- force ------------------------------------------------------------------------------------------------------


@many
@given(PROGRAMS, st.sampled_from([Phase.STRETCH, Phase.HOLD]), st.floats(0, 60))
def test_silence_under_force_always_leads_out_of_it(program: object, phase: Phase, seconds: float) -> None:
    life = Timeline(program).to(phase, warm=True)
    life.run(seconds)
    life.run(60)
    assert life.phase not in {Phase.STRETCH, Phase.HOLD}
    assert not any(urges(key) for key in life.said[life.said.index("hold.begin") if phase is Phase.HOLD else -1 :])


# --- screening and warm-up --------------------------------------------------------------------------------------


@many
@given(st.lists(st.one_of(WAITS, FITTING, HEARD, EARLY), max_size=60))
def test_nobody_passes_the_screening_without_as_many_clear_answers_as_questions(history: list[Deed]) -> None:
    life = play(Timeline(), history)
    clear = [e for e in life.log if isinstance(e.event, Heard) and e.event.evidence is Evidence.STRONG and e.event.intent in {Intent.NO, Intent.YES}]
    if any(e.after is Phase.WARM_UP for e in life.log):
        assert len(clear) >= len(SCRIPT.questions)
    for law in LAWS:
        law(life)


VAGUE = st.one_of(WAITS, st.builds(Unclear), st.builds(TimePassed), HEARD.filter(lambda h: h.evidence < Evidence.STRONG and h.intent not in {Intent.YES, Intent.UNSURE}))


@many
@given(st.integers(0, len(SCRIPT.questions) - 1), st.lists(VAGUE, max_size=30))
def test_silence_muttering_and_weak_words_never_pass_a_question(answered: int, history: list[Deed]) -> None:
    life = Timeline()
    for _ in range(answered):
        life.answer(Intent.NO)
    asked = {key for key in life.said if key.startswith("question.") and key.endswith(".ask")}
    play(life, history)
    assert {key for key in life.said if key.startswith("question.") and key.endswith(".ask")} == asked
    assert life.phase in {Phase.SCREEN, Phase.RELEASED, Phase.PAUSED, Phase.DONE}


@many
@given(st.lists(st.one_of(WAITS, FITTING, HEARD, SLEEPS), max_size=20))
def test_a_warm_up_is_whole_or_its_shortening_was_confirmed(history: list[Deed]) -> None:
    life = play(Timeline().to(Phase.WARM_UP), history)
    moved, last = 0.0, life.log[0].now
    for entry in life.log:
        if entry.before is Phase.WARM_UP:
            moved += min(max(entry.now - last, 0.0), 1.6)
        last = max(last, entry.now)
        if (entry.before, entry.after) == (Phase.WARM_UP, Phase.NEXT):
            confirmed = isinstance(entry.event, Heard) and (entry.event.intent, entry.event.evidence) == (Intent.YES, Evidence.STRONG)
            assert confirmed or moved >= SHORT.warm_up_minutes * 60 - 0.01


# --- the contract of handle and deadline ------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(PROGRAMS, st.lists(st.tuples(st.floats(-50, 300), EVENTS), max_size=40))
def test_any_events_at_any_times_are_taken_and_the_same_ones_give_the_same_commands(program: object, events: list[tuple[float, Event]]) -> None:
    twins = Session(SCRIPT, program), Session(SCRIPT, program)
    answers: tuple[list[list[Command]], list[list[Command]]] = ([], [])
    for session, given_ in zip(twins, answers, strict=True):
        now = 0.0
        for step, event in [(0.0, Started()), *events]:
            now += step
            given_.append(session.handle(event, now))
    assert answers[0] == answers[1]
    assert twins[0].deadline == twins[1].deadline


@many
@given(LIVES)
def test_a_call_at_the_deadline_always_moves_it_until_the_session_is_over(life: Timeline) -> None:
    for _ in range(300):
        deadline = life.session.deadline
        if deadline is None:
            break
        life.session.handle(TimePassed(), deadline)
        moved = life.session.deadline
        assert moved is None or moved > deadline
    assert life.session.outcome is not None


@many
@given(LIVES, st.lists(EVENTS, min_size=1, max_size=10))
def test_done_is_final(life: Timeline, events: list[Event]) -> None:
    life.to_the_end()
    outcome = life.session.outcome
    assert life.finish == Finish(outcome)
    assert all(life.event(event) == [] for event in events)
    assert (life.session.outcome, life.session.deadline, life.phase) == (outcome, None, Phase.DONE)
    assert sum(isinstance(c, Finish) for e in life.log for c in e.commands) == 1


ALL_WORDS = replace(SCRIPT, grammars=MappingProxyType({
    name: Grammar(name, tuple(phrase for other in SCRIPT.grammars.values() for phrase in other.phrases)) for name in SCRIPT.grammars}))
"""A translator may let every word be understood everywhere."""


@many
@example(Phase.RELEASED, [Heard(Intent.GO_BACK, Evidence.STRONG)])
@example(Phase.PAUSED, [Heard(Intent.MEANT_NO, Evidence.STRONG)])
@given(st.sampled_from(Phase), HISTORIES)
def test_a_script_that_understands_every_word_everywhere_does_no_harm(phase: Phase, history: list[Deed]) -> None:
    life = play(Timeline(session=Session(ALL_WORDS, SHORT)).to(phase, warm=True), history)
    assert (life.session.outcome is None) == (life.finish is None)


@pytest.mark.parametrize("evidence", [Evidence.PARTIAL, Evidence.FINAL])
def test_loading_words_need_the_strongest_evidence(evidence: Evidence) -> None:
    life = Timeline().to(Phase.HOLD)
    life.quiet()
    assert "force.deeper" not in [c.key for c in life.hear(Intent.MORE, evidence) if isinstance(c, Say)]
