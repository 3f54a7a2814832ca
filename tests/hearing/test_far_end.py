"""The far end on the microphone's clock: bursts, drift, hushes, devices that begin late, and never later than its echo."""

from __future__ import annotations

import random

import numpy as np
import pytest

from voicecoach.audio import RATE, Pcm
from voicecoach.hearing.far_end import MARGIN, FarEnd, Pace

BLOCK = 0.02
LATENCY = 0.1
"""Seconds that the imagined devices buffer, each."""


class House:
    """A speaker and a microphone whose callbacks come late by chance, and the true time of everything."""

    def __init__(self, *, drift=0.0, jitter=0.0, rate=RATE, microphone_first=0.0, seed=1):
        self.far = FarEnd()
        self.chance = random.Random(seed)  # noqa: S311
        self.drift, self.jitter, self.rate = drift, jitter, rate
        self.begin = microphone_first

    def events(self, seconds):
        """Callbacks of both in the order of their times."""
        late = lambda: self.chance.random() ** 4 * self.jitter  # noqa: E731
        events, last = [], 0.0
        for n in range(round(seconds / BLOCK)):
            last = max(last, n * BLOCK * (1 + self.drift) + late())
            events.append((last, "speaker", n))
        last = 0.0
        for n in range(round((seconds - self.begin) / BLOCK)):
            last = max(last, self.begin + (n + 1) * BLOCK + late())
            events.append((last, "microphone", n))
        return sorted(events)

    def lags(self, lines, seconds):
        """For each line (a click at a time of the speaker's clock), how much earlier the far end has it than its echo."""
        size = round(BLOCK * self.rate)
        played = np.zeros(round(seconds * self.rate), np.float32)
        for at in lines:
            played[round(at * self.rate) : round(at * self.rate) + 20] = 1.0
        taken = []
        for now, who, n in self.events(seconds):
            if who == "speaker":
                self.far.played(Pcm(played[n * size : (n + 1) * size], self.rate), now)
            else:
                taken.append(self.far.take(round(BLOCK * RATE), now - BLOCK))
        out = np.concatenate(taken)
        starts = np.flatnonzero((out > 0.5) & (np.concatenate(([0], out[:-1])) <= 0.5)) / RATE
        # A sample that is given at t is heard LATENCY later, and the microphone tells it LATENCY after that.
        echoes = [at * (1 + self.drift) + 2 * LATENCY - self.begin for at in lines]
        assert len(starts) == len(echoes)
        return [echo - start for echo, start in zip(echoes, starts, strict=True)]


LINES = [1.0 + 3 * n for n in range(20)]
EXPECTED = 2 * LATENCY - MARGIN / RATE


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_punctual_callbacks_give_one_constant_lag(rate):
    lags = House(rate=rate).lags(LINES, 62)
    assert max(lags) - min(lags) < 0.001
    assert lags[0] == pytest.approx(EXPECTED, abs=0.005)


def test_bursts_do_not_move_it():
    lags = House(jitter=0.04).lags(LINES, 62)
    assert max(lags[1:]) - min(lags[1:]) < 0.006
    assert min(lags) > 0, "the far end comes before its echo"


@pytest.mark.parametrize("drift", [1e-4, -1e-4])
def test_a_hundred_millionths_of_drift_never_add_up(drift):
    lines = [1.0 + 5 * n for n in range(120)]
    lags = House(drift=drift, jitter=0.01).lags(lines, 602)
    assert max(lags) - min(lags) < 0.015, "60 ms would have come together in ten minutes"
    assert min(lags) > 0


def test_a_microphone_that_begins_later_changes_nothing():
    lags = House(microphone_first=0.7).lags(LINES, 62)
    assert lags[3] == pytest.approx(EXPECTED, abs=0.01)


def test_a_speaker_that_is_opened_anew_is_found_again():
    far = FarEnd()
    size = round(BLOCK * RATE)
    click = np.concatenate((np.ones(20, np.float32), np.zeros(size - 20, np.float32)))
    out = []
    for n in range(500):
        now = n * BLOCK
        if n < 100 or n >= 250:
            far.played(Pcm(click if n in {50, 300} else np.zeros(size, np.float32), RATE), now)
        out.append(far.take(size, now))
    at = np.flatnonzero(np.concatenate(out) > 0.5)
    assert at[0] == 50 * size + MARGIN
    assert at[20] == 300 * size + MARGIN


def test_nothing_played_is_silence():
    assert not FarEnd().take(320, 5.0).any()


def test_a_pace_takes_the_most_punctual_of_ten_seconds():
    pace = Pace()
    pace.place(1.0, 0.05)
    assert pace.place(1.0, 1.02) == pytest.approx(1.02)
    assert pace.place(1.0, 2.2) == pytest.approx(2.02)
