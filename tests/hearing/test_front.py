"""The front end: what the ears hear while the coach speaks, and what they hear while he does not."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.engines.fakes import BrokenCanceller, ExactCanceller
from voicecoach.hearing.front import CELLS, FADE, PAUSE, TAIL, FrontEnd
from voicecoach.hearing.hypothesis import Hypothesis, Phrase
from voicecoach.vocabulary import Intent

BLOCK = 320
DELAY = 800
"""Samples from the far end to its echo."""


def sound(seconds, seed):
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 0.05).astype(np.float32)


def silence(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


def run(front, microphone, far, block=BLOCK):
    pieces = []
    for at in range(0, len(far), block):
        pieces += front.accept(microphone[at : at + block], far[at : at + block])
    return pieces


def joined(pieces):
    return np.concatenate([piece.samples for piece in pieces])


def edges(pieces):
    """Seconds at which the edges stand."""
    times, at = [], 0
    for piece in pieces:
        if piece.edge:
            times.append(at / RATE)
        at += len(piece.samples)
    return times


def a_line():
    """A second of nothing, a line of a second, a second and a half of nothing; a person all the time."""
    far = np.concatenate((silence(1), sound(1, 1), silence(1.5)))
    echo = np.concatenate((np.zeros(DELAY, np.float32), far))[: len(far)]
    person = sound(3.5, 2)
    return person, echo, far


def test_while_the_coach_is_silent_the_ears_hear_the_microphone_bit_for_bit():
    canceller = ExactCanceller()
    microphone = sound(2, 3)
    pieces = run(FrontEnd(canceller), microphone, silence(2))
    assert (joined(pieces) == microphone).all()
    assert not edges(pieces)
    assert canceller.frames == 0, "nothing is computed"


def test_while_he_speaks_they_hear_what_the_canceller_leaves():
    person, echo, far = a_line()
    out = joined(run(FrontEnd(ExactCanceller(DELAY)), person + echo, far))
    assert len(out) == len(person)
    assert np.abs(out - person).max() < 1e-6
    assert (out[: RATE - FADE] == person[: RATE - FADE]).all()
    assert (out[-RATE // 4 :] == person[-RATE // 4 :]).all()


def test_the_same_sound_comes_out_however_it_is_cut():
    person, echo, far = a_line()
    whole = joined(run(FrontEnd(ExactCanceller(DELAY)), person + echo, far))
    for block in (160, 441, 512, 1000):
        out = joined(run(FrontEnd(ExactCanceller(DELAY)), person + echo, far, block))
        assert np.abs(out - whole[: len(out)]).max() < 1e-6
        assert len(whole) - len(out) < 160


def test_less_than_a_frame_waits():
    front = FrontEnd(ExactCanceller())
    far = sound(1, 1)
    given = taken = 0
    for at in range(0, len(far), 100):
        given += 100
        taken += sum(len(piece.samples) for piece in front.accept(far[at : at + 100], far[at : at + 100]))
        assert given - taken < 160


def test_both_ends_of_a_line_are_edges_and_the_pauses_in_it_are_none():
    far = np.concatenate((silence(1), sound(1, 1), silence(0.2), sound(1, 2), silence(2)))
    for canceller in (None, ExactCanceller()):
        begin, end = edges(run(FrontEnd(canceller), sound(5.2, 3), far))
        assert begin == pytest.approx(1.0, abs=0.02)
        assert end == pytest.approx(3.2 + PAUSE / RATE, abs=0.03)


def test_it_stays_with_the_canceller_until_the_room_is_silent():
    front = FrontEnd(ExactCanceller())
    front.accept(sound(0.02, 1), sound(0.02, 2))
    assert front.sounding
    run(front, sound(TAIL / RATE - 0.02, 1), silence(TAIL / RATE - 0.02))
    assert front.sounding
    front.accept(sound(0.02, 1), silence(0.02))
    assert not front.sounding


def test_without_a_canceller_everything_is_heard():
    person, echo, far = a_line()
    assert (joined(run(FrontEnd(), person + echo, far)) == person + echo).all()


def test_a_canceller_that_fails_is_reported_once_and_no_sample_is_lost():
    person, echo, far = a_line()
    problems = []
    front = FrontEnd(BrokenCanceller(20), failed=problems.append)
    out = joined(run(front, person + echo, far))
    assert [str(problem) for problem in problems] == ["broken: the echo canceller failed; use another one."]
    assert len(out) == len(person)
    assert (out[2 * RATE :] == (person + echo)[2 * RATE :]).all()


def test_the_attenuation_tells_whether_it_knows_the_room():
    _, echo, far = a_line()
    knows, does_not = FrontEnd(ExactCanceller(DELAY)), FrontEnd(ExactCanceller(0, 0.0))
    for front in (knows, does_not):
        assert front.attenuation == 0
        run(front, echo + sound(3.5, 4) * np.float32(0.01), far)
    assert knows.attenuation > 20
    assert abs(does_not.attenuation) < 0.1


# --- the witness ---


def said(start, at, intent=Intent.STOP, *, strict=False):
    """A word that an ear believes to have heard."""
    return Hypothesis("an ear", Phrase(intent.value, intent), False, 0.0, strict, intent.value, start, at)


def a_person(level, start, end):
    """Somebody as loud as `level` between two times, beside the coach of `a_line`."""
    person = sound(3.5, 2) * np.float32(level)
    person[: round(start * RATE)] = 0
    person[round(end * RATE) :] = 0
    return person


def after_a_line(front, person=None, loud=1.0):
    """The front end at the end of the line of `a_line`, `loud` times as loud, with half a second of room after it."""
    _, echo, far = a_line()
    until = round(2.5 * RATE)
    run(front, (echo * np.float32(loud) + (0 if person is None else person))[:until], far[:until] * np.float32(loud))
    return front


def test_it_does_not_vouch_for_what_only_the_coach_can_have_said():
    front = after_a_line(FrontEnd(None, ExactCanceller(DELAY)))
    assert not front.vouches(said(1.5, 2.0))
    assert not front.vouches(said(1.0, 1.4)), "and not for the first word of his line either"
    assert not front.vouches(said(2.0, 2.5)), "nor for what the room keeps of the last"
    assert front.vouches(said(0.9, 1.4)), "that began before the coach did"


def test_it_vouches_for_a_person_who_speaks_over_him():
    front = after_a_line(FrontEnd(None, ExactCanceller(DELAY)), a_person(1.0, 1.5, 1.6))
    assert front.vouches(said(1.55, 1.7))
    assert not front.vouches(said(1.95, 2.0)), "they had been silent for a while"


def test_a_moment_is_nobody():
    """What the canceller leaves flickers; people last."""
    front = after_a_line(FrontEnd(None, ExactCanceller(DELAY)), a_person(1.0, 1.5, 1.5 + (CELLS - 1) * 0.01))
    assert not front.vouches(said(1.45, 1.7))


def test_what_the_witness_may_leave_of_a_loud_coach_is_nobody_unless_the_word_is_beyond_doubt():
    """The coach is at -14 dBFS here: 33 dB less than that is what may be left of him, 14 dB less is somebody."""
    for level, somebody in ((0.09, False), (0.8, True)):
        front = after_a_line(FrontEnd(ExactCanceller(DELAY), ExactCanceller(DELAY)), a_person(level, 1.5, 1.6), loud=4.0)
        assert front.vouches(said(1.5, 1.7)) is somebody
        assert front.vouches(said(1.5, 1.7, strict=True))
        assert front.vouches(said(1.5, 1.7, Intent.YES, strict=True)) is somebody, "only a word that takes force away passes on so little"
    assert not front.vouches(said(1.95, 2.0, strict=True)), "where nobody at all can be told, no word is believed"


def test_where_the_ears_hear_the_coach_whole_no_word_is_beyond_doubt():
    front = after_a_line(FrontEnd(None, ExactCanceller(DELAY)), a_person(0.09, 1.5, 1.6), loud=4.0)
    assert not front.vouches(said(1.5, 1.7, strict=True))


def test_in_his_silence_everybody_is_believed():
    _, echo, far = a_line()
    front = FrontEnd(None, ExactCanceller(DELAY))
    run(front, echo, far)
    assert front.vouches(said(0.3, 0.6))
    assert front.vouches(said(3.2, 3.5))


def test_an_ear_that_is_behind_gets_the_same_answer():
    _, echo, far = a_line()
    front = FrontEnd(None, ExactCanceller(DELAY))
    run(front, echo + a_person(1.0, 1.5, 1.6), far)
    assert front.now == pytest.approx(3.5, abs=0.02)
    assert front.vouches(said(1.55, 1.7))
    assert not front.vouches(said(1.95, 2.0))


def test_without_a_witness_everybody_is_believed():
    assert after_a_line(FrontEnd(ExactCanceller(DELAY))).vouches(said(1.5, 2.0))


def test_a_witness_alone_changes_no_sample():
    person, echo, far = a_line()
    assert (joined(run(FrontEnd(None, ExactCanceller(DELAY)), person + echo, far)) == person + echo).all()


def test_a_witness_that_fails_is_reported_once_and_everybody_is_believed():
    problems = []
    front = after_a_line(FrontEnd(None, BrokenCanceller(10), problems.append))
    assert len(problems) == 1
    assert front.vouches(said(1.5, 2.0))
