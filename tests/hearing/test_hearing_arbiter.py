from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecoach.engines.fakes import TypedRecogniser
from voicecoach.hearing.arbiter import MEMORY, PATIENCE, SAME_UTTERANCE, Arbiter
from voicecoach.hearing.hypothesis import Hypothesis, Phrase
from voicecoach.hearing.risk import LOADING, RELEASE, WEIGHED
from voicecoach.hearing.shout import ShoutEar
from voicecoach.vocabulary import Dictated, Evidence, Heard, Intent, Unclear

ROUTINE = sorted(set(Intent) - RELEASE - WEIGHED, key=lambda i: i.value)
by_value = {"key": lambda i: i.value}


def hyp(intent: Intent | None, at: float = 1.0, ear: str = "a", start: float | None = None, *, final: bool = True,
        strict: bool = True) -> Hypothesis:
    phrase = Phrase(intent.value, intent, slot="hip" if intent is Intent.PLACE else "") if intent else None
    return Hypothesis(ear, phrase, final, -0.1, strict, "text", at - 0.5 if start is None else start, at)


def played(arbiter: Arbiter, *hypotheses: Hypothesis, until: float = 20.0):
    """Hand each hypothesis over at its own time, wake the arbiter at its deadlines; (time, event) of all that comes."""
    events = []
    for h in sorted(hypotheses, key=lambda h: h.at):
        while (deadline := arbiter.deadline) is not None and deadline <= h.at:
            events += [(deadline, e) for e in arbiter.due(deadline)]
        events += [(h.at, e) for e in arbiter.merge([h], h.at)]
    while (deadline := arbiter.deadline) is not None and deadline <= until:
        events += [(deadline, e) for e in arbiter.due(deadline)]
    return events


def intents(events) -> list[Intent | None]:
    return [e.intent if isinstance(e, Heard) else None for _, e in events]


# --- the sets ---


def test_the_sets_lose_no_word_unseen():
    assert {Intent.STOP, Intent.EASE, Intent.PAIN} == RELEASE
    assert {Intent.MORE, Intent.READY, Intent.CONTINUE, Intent.WARM} == LOADING
    assert LOADING | {Intent.YES, Intent.NO} == WEIGHED


def test_no_intent_is_both_release_and_loading():
    assert not RELEASE & WEIGHED
    assert LOADING < WEIGHED


# --- one ear ---


@pytest.mark.parametrize("intent", sorted(RELEASE, **by_value))
@pytest.mark.parametrize("final", [True, False])
def test_a_release_word_passes_at_once_on_any_evidence(intent, final):
    for ears in (1, 2, 3):
        [(at, event)] = played(Arbiter(ears), hyp(intent, final=final, strict=False))
        assert at == 1.0
        assert event.intent is intent
        assert event.evidence is (Evidence.FINAL if final else Evidence.PARTIAL)


@pytest.mark.parametrize("intent", sorted(set(Intent) - RELEASE, **by_value))
@pytest.mark.parametrize("strict", [True, False])
def test_one_ear_waits_for_nobody(intent, strict):
    [(at, event)] = played(Arbiter(), hyp(intent, strict=strict))
    assert at == 1.0
    assert event.evidence is (Evidence.STRONG if strict else Evidence.FINAL)


@pytest.mark.parametrize("intent", sorted(set(Intent) - RELEASE, **by_value))
def test_only_release_words_pass_in_passing(intent):
    assert played(Arbiter(), hyp(intent, final=False)) == []


def test_an_event_carries_what_the_ear_said():
    [(_, event)] = played(Arbiter(), hyp(Intent.PLACE))
    assert event == Heard(Intent.PLACE, Evidence.STRONG, "place", "hip", -0.1, "a")


def test_speech_that_is_no_phrase_is_unclear():
    assert played(Arbiter(), hyp(None)) == [(1.0, Unclear("text", "a"))]


def test_where_dictation_was_asked_for_it_is_told_with_the_nearest_person():
    anna = Phrase("anna", Intent.PERSON, "2")
    assert played(Arbiter(), replace(hyp(None), dictation=True)) == [(1.0, Dictated("text", "", "a"))]
    assert played(Arbiter(), replace(hyp(None), dictation=True, near=anna)) == [(1.0, Dictated("text", "2", "a"))]


@pytest.mark.parametrize("other", [Intent.STOP, Intent.NO, Intent.PERSON])
def test_nothing_is_dictated_of_an_utterance_in_which_another_ear_has_found_a_phrase(other):
    events = played(Arbiter(2), replace(hyp(None), dictation=True), hyp(other, 1.1, ear="b"))
    assert not any(isinstance(event, Dictated) for _, event in events)


def test_the_same_ear_may_say_the_same_again():
    assert intents(played(Arbiter(), hyp(Intent.MORE, 1.0), hyp(Intent.MORE, 1.8))) == [Intent.MORE] * 2
    assert intents(played(Arbiter(), hyp(Intent.STOP, 1.0), hyp(Intent.STOP, 1.3))) == [Intent.STOP] * 2


def test_nobody_waits_for_an_ear_that_reports_release_words_alone():
    for ears, wait in (([TypedRecogniser()], 0.0), ([TypedRecogniser(), ShoutEar()], 0.0), ([TypedRecogniser(), ShoutEar(), TypedRecogniser()], PATIENCE)):
        [(at, _)] = played(Arbiter.between(ears), hyp(Intent.MORE))
        assert at == pytest.approx(1.0 + wait)


# --- two ears ---


@pytest.mark.parametrize("intent", sorted(WEIGHED, **by_value))
def test_a_weighed_word_waits_and_is_strong_when_nobody_contradicts(intent):
    [(at, event)] = played(Arbiter(2), hyp(intent))
    assert at == pytest.approx(1.0 + PATIENCE)
    assert event.evidence is Evidence.STRONG


@pytest.mark.parametrize("intent", sorted(WEIGHED, **by_value))
@pytest.mark.parametrize("other", [None, *ROUTINE[:2], *sorted(WEIGHED, **by_value)])
@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("delay", [-0.3, 0.0, PATIENCE - 0.05])
def test_a_weighed_word_is_never_strong_against_another_ear(intent, other, final, delay):
    if other is intent:
        return
    events = played(Arbiter(2), hyp(intent), hyp(other, 1.0 + delay, "b", 0.4, final=final))
    assert all(e.evidence is not Evidence.STRONG for _, e in events if isinstance(e, Heard) and e.intent is intent)
    assert sum(e is not None for _, e in events) == 1, "one utterance is one event"


def test_what_the_same_ear_hears_next_contradicts_nothing():
    events = played(Arbiter(2), hyp(Intent.MORE, 1.0), hyp(Intent.YES, 1.3, start=0.9))
    assert [(e.intent, e.evidence) for _, e in events] == [(Intent.MORE, Evidence.STRONG), (Intent.YES, Evidence.STRONG)]


def test_a_contradiction_of_another_time_does_not_count():
    [(_, event)] = [e for e in played(Arbiter(2), hyp(Intent.NO, 1.0, "b"), hyp(Intent.MORE, 3.0))
                    if e[1].intent is Intent.MORE]
    assert event.evidence is Evidence.STRONG


@pytest.mark.parametrize(("start", "at"), [(1.1, 1.3), (1.0, 1.3), (0.1, 0.5)])
def test_nor_does_what_another_ear_heard_just_after_it_or_just_before(start, at):
    events = played(Arbiter(2), hyp(Intent.MORE, 1.0), hyp(Intent.NO, at, "b", start))
    assert {(e.intent, e.evidence) for _, e in events} == {(Intent.MORE, Evidence.STRONG), (Intent.NO, Evidence.STRONG)}


def test_what_the_other_ear_thought_before_it_changed_its_mind_does_not_count():
    events = played(Arbiter(2), hyp(Intent.NO, 0.8, "b", 0.4, final=False), hyp(Intent.MORE, 1.0),
                    hyp(Intent.MORE, 1.2, "b", 0.4, final=False))
    assert [e.evidence for _, e in events] == [Evidence.STRONG]


def test_a_second_ear_lends_its_strictness():
    [(_, event)] = played(Arbiter(2), hyp(Intent.MORE, strict=False), hyp(Intent.MORE, 1.2, "b"))
    assert event.evidence is Evidence.STRONG
    [(_, event)] = played(Arbiter(2), hyp(Intent.MORE, strict=False), hyp(Intent.MORE, 1.2, "b", strict=False))
    assert event.evidence is Evidence.FINAL


@pytest.mark.parametrize("intent", list(Intent))
def test_two_ears_that_agree_are_one_event(intent):
    events = played(Arbiter(2), hyp(intent, 1.0), hyp(intent, 1.0 + SAME_UTTERANCE, "b", 0.5))
    assert intents(events) == [intent]
    events = played(Arbiter(2), hyp(intent, 1.0), hyp(intent, 1.0 + SAME_UTTERANCE, "b"))
    assert intents(events) == [intent]
    events = played(Arbiter(2), hyp(intent, 1.0), hyp(intent, 1.5 + SAME_UTTERANCE, "b", 0.5))
    assert intents(events) == [intent], "late, but a reading of the same time"


@pytest.mark.parametrize("intent", list(Intent))
def test_a_second_ear_is_heard_again_after_the_utterance(intent):
    events = played(Arbiter(2), hyp(intent, 1.0), hyp(intent, 1.1 + SAME_UTTERANCE, "b"))
    assert intents(events) == [intent, intent]


@pytest.mark.parametrize("release", sorted(RELEASE, **by_value))
@pytest.mark.parametrize("other", [None, *sorted(set(Intent) - RELEASE, **by_value)])
@pytest.mark.parametrize("first", ["release", "other"])
def test_a_release_word_is_never_delayed_and_silences_the_rest_of_its_utterance(release, other, first):
    stop = hyp(release, 1.0 if first == "release" else 1.2, "a", 0.5, final=False)
    more = hyp(other, 1.2 if first == "release" else 1.0, "b", 0.5)
    events = played(Arbiter(2), stop, more)
    assert (stop.at, release) in [(at, e.intent) for at, e in events if isinstance(e, Heard)]
    if other is None or other in WEIGHED or first == "release":
        assert intents(events) == [release]


def test_two_release_words_of_one_utterance_both_pass():
    events = played(Arbiter(2), hyp(Intent.STOP, 1.0), hyp(Intent.PAIN, 1.3, "b", 0.5))
    assert intents(events) == [Intent.STOP, Intent.PAIN]


def test_a_routine_word_passes_at_once_and_the_other_ears_reading_is_dropped():
    events = played(Arbiter(2), hyp(Intent.REPEAT, 1.0), hyp(Intent.MORE, 1.2, "b", 0.5))
    assert [(at, e.intent) for at, e in events] == [(1.0, Intent.REPEAT)]


def test_unclear_gives_way_to_an_ear_that_understood():
    events = played(Arbiter(2), hyp(None, 1.0), hyp(Intent.REPEAT, 1.3, "b", 0.5))
    assert intents(events) == [Intent.REPEAT]
    events = played(Arbiter(2), hyp(None, 1.0), hyp(Intent.MORE, 1.3, "b", 0.5))
    assert intents(events) == [Intent.MORE], "also to one that still waits to be certain"
    events = played(Arbiter(2), hyp(None, 1.0), hyp(None, 1.3, "b", 0.5))
    assert events == [(pytest.approx(1.0 + PATIENCE), Unclear("text", "a"))]


def test_the_order_within_one_call_does_not_matter():
    several = [hyp(Intent.MORE, 1.0), hyp(None, 1.1, "b", 0.5), hyp(Intent.YES, 1.2, "c", 0.6)]
    outcomes = {tuple(Arbiter(3).merge(order, 2.0)) for order in permutations(several)}
    assert len(outcomes) == 1


# --- whatever comes ---

anything = st.builds(
    lambda intent, gap, ear, length, final, strict: (intent, gap, ear, length, final, strict),
    st.sampled_from([None, *Intent]), st.floats(0, 2), st.sampled_from("abc"), st.floats(0.05, 3), st.booleans(),
    st.booleans())


def history(draws) -> list[Hypothesis]:
    now, out = 0.0, []
    for intent, gap, ear, length, final, strict in draws:
        now += gap
        out.append(hyp(intent, now, ear, max(0.0, now - length), final=final, strict=strict))
    return out


@given(st.lists(anything, max_size=25))
def test_after_any_history_the_laws_hold(draws):
    hypotheses = history(draws)
    events = played(Arbiter(3), *hypotheses, until=1e9)
    waits = {}
    for at, event in events:
        if not isinstance(event, Heard):
            continue
        sources = [h for h in hypotheses if h.ear == event.ear and h.phrase and h.phrase.intent is event.intent and h.at <= at + 1e-9]
        assert sources, "nothing is heard that no ear reported"
        waits[event.intent] = min(at - h.at for h in sources)
        assert waits[event.intent] <= PATIENCE + 1e-6
        if event.intent in RELEASE:
            assert any(h.at == at for h in sources)
        else:
            assert any(h.final for h in sources)
        if event.evidence is Evidence.STRONG:
            assert any(h.strict for h in hypotheses if h.phrase and h.phrase.intent is event.intent)


@given(st.lists(anything, max_size=12))
def test_a_stop_after_any_history_is_heard_unless_another_ear_has_just_reported_it(draws):
    hypotheses = history(draws)
    end = hypotheses[-1].at + 1.6 if hypotheses else 1.6
    arbiter = Arbiter(3)
    played(arbiter, *hypotheses, until=0)
    stop = hyp(Intent.STOP, end, "a", end - 0.05, final=False, strict=False)
    assert any(isinstance(e, Heard) and e.intent is Intent.STOP for e in arbiter.merge([stop], end))


def test_memory_is_bounded():
    arbiter = Arbiter(2)
    for second in range(1000):
        arbiter.merge([hyp(Intent.REPEAT, float(second), "ab"[second % 2])], float(second))
    assert len(arbiter._readings) <= MEMORY + 1  # noqa: SLF001 - a leak shows nowhere else
    assert len(arbiter._reported) <= MEMORY + 1  # noqa: SLF001 - the same
