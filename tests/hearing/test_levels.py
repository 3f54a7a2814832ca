"""What the level meter says about a microphone."""

from __future__ import annotations

import numpy as np
import pytest

from voicecoach.audio import RATE
from voicecoach.hearing.level_report import CLIPS, Level
from voicecoach.hearing.levels import assess


def decibels(level):
    return 10 ** (level / 20)


def recording(speech=-20.0, noise=-60.0):
    """A second of room, a second and a half of something like speech, and room again; levels in dBFS (RMS)."""
    random = np.random.default_rng(1)
    room = random.standard_normal(4 * RATE) * decibels(noise)
    t = np.arange(RATE * 3 // 2) / RATE
    room[RATE : RATE + len(t)] += np.sqrt(2) * decibels(speech) * np.sin(2 * np.pi * 200 * t)
    return np.clip(room, -1, 1).astype(np.float32)


@pytest.mark.parametrize(("speech", "noise", "level"), [
    (-20, -60, Level.FINE),
    (-40, -60, Level.FINE),
    (-52, -80, Level.QUIET),
    (-27, -38, Level.NOISY),
    (-80, -40, Level.UNHEARD),
    (-80, -60, Level.UNHEARD),
    (6, -60, Level.CLIPS),
])
def test_it_tells_what_is_wrong(speech, noise, level):
    assert assess(recording(speech, noise)).level is level


def test_it_measures_speech_and_noise_in_decibels():
    report = assess(recording(-25, -55))
    assert report.speech == pytest.approx(-25, abs=0.5)
    assert report.noise == pytest.approx(-55, abs=1)
    assert report.clipped == 0


def test_a_few_clipped_samples_are_no_harm_and_many_are():
    loud = recording(-5)
    few, many = loud.copy(), loud.copy()
    many[RATE : RATE + 500] = 1.0
    few[RATE] = 1.0
    assert assess(few).level is Level.FINE
    assert 0 < assess(few).clipped < CLIPS
    assert assess(many).level is Level.CLIPS


@pytest.mark.parametrize("sound", [np.zeros(RATE, np.float32), np.zeros(0, np.float32), np.zeros(7, np.float32)])
def test_exact_silence_is_a_muted_microphone(sound):
    assert assess(sound).level is Level.SILENT


def test_broken_samples_break_nothing():
    sound = recording()
    sound[100:200] = np.nan
    assert assess(sound).level is Level.FINE


@pytest.mark.parametrize("level", list(Level))
def test_every_verdict_is_one_sentence_with_the_figures(level):
    from voicecoach.hearing.level_report import LevelReport  # noqa: PLC0415
    said = str(LevelReport(level, -60, -20, 0))
    assert said.endswith("(speech -20 dBFS, noise -60 dBFS).")
    assert level in (Level.FINE, Level.UNHEARD) or any(remedy in said for remedy in ("turn its level", "switch it on", "nearer"))


def test_the_room_can_be_measured_beforehand():
    """Who speaks without a pause leaves no pauses to measure the room in."""
    steady = recording()[RATE : RATE * 2]
    assert assess(steady).level is Level.UNHEARD
    assert assess(steady, -60).level is Level.FINE
    assert assess(steady, -25).level is Level.UNHEARD
