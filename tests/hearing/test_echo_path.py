"""The way of the coach's voice back into the microphone."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.rehearsal.room import EchoPath

NOISE = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)


def level(sound):
    return 10 * np.log10(np.mean(np.square(sound)))


@pytest.mark.parametrize("ringing", [0.0, 0.3])
@pytest.mark.parametrize("loss", [20.0, 0.0, -10.0])
def test_the_echo_is_quieter_by_the_loss(loss, ringing):
    echo = EchoPath(loss, 0.1, ringing).through(NOISE)
    assert level(echo[RATE:]) == pytest.approx(level(NOISE) - loss, abs=0.5)


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.2])
def test_it_comes_after_the_delay(delay):
    echo = EchoPath(0.0, delay, 0.3).through(NOISE)
    first = round(delay * RATE)
    assert not np.abs(echo[:first]).max(initial=0) > 1e-5
    assert abs(echo[first]) > 1e-3


def test_blocks_give_the_same_as_the_whole_and_the_room_rings_on():
    whole = EchoPath(6.0, 0.1, 0.3).through(np.pad(NOISE, (0, RATE)))
    path = EchoPath(6.0, 0.1, 0.3)
    parts = [path.through(part) for part in np.split(NOISE, 125)] + [path.through(np.zeros(256, np.float32)) for _ in range(62)]
    joined = np.concatenate(parts)
    assert np.abs(joined - whole[: len(joined)]).max() < 1e-5
    assert joined[2 * RATE + 3000 :].any()
