"""The front end: what the ears hear while the coach speaks, and what they hear while he does not."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.engines.fakes import BrokenCanceller, ExactCanceller
from voicecoach.hearing.front import FADE, PAUSE, TAIL, FrontEnd

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
    assert (out[-RATE // 2 :] == person[-RATE // 2 :]).all()


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


def at_the_end_of_a_line(front, microphone, far):
    """The front end at the last moment of the line of `a_line`."""
    run(front, microphone[: 2 * RATE], far[: 2 * RATE])
    return front


def test_it_does_not_vouch_for_what_only_the_coach_can_have_said():
    _, echo, far = a_line()
    front = at_the_end_of_a_line(FrontEnd(None, ExactCanceller(DELAY)), echo, far)
    assert not front.vouches(0.5)
    assert front.vouches(1.0), "that began before the coach did"


def test_it_vouches_for_a_person_who_speaks_over_him():
    person, echo, far = a_line()
    person[: round(1.5 * RATE)] = 0
    person[round(1.6 * RATE) :] = 0
    front = at_the_end_of_a_line(FrontEnd(None, ExactCanceller(DELAY)), person + echo, far)
    assert front.vouches(0.4)
    assert not front.vouches(0.05)


def test_in_his_silence_everybody_is_believed():
    _, echo, far = a_line()
    front = FrontEnd(None, ExactCanceller(DELAY))
    run(front, echo, far)
    assert front.vouches(0.0)


def test_without_a_witness_everybody_is_believed():
    _, echo, far = a_line()
    assert at_the_end_of_a_line(FrontEnd(ExactCanceller(DELAY)), echo, far).vouches(0.0)


def test_a_witness_alone_changes_no_sample():
    person, echo, far = a_line()
    assert (joined(run(FrontEnd(None, ExactCanceller(DELAY)), person + echo, far)) == person + echo).all()


def test_a_witness_that_fails_is_reported_once_and_everybody_is_believed():
    _, echo, far = a_line()
    problems = []
    front = at_the_end_of_a_line(FrontEnd(None, BrokenCanceller(10), problems.append), echo, far)
    assert len(problems) == 1
    assert front.vouches(0.0)
