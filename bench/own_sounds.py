"""Imagined people's own sounds, for measuring personal words: hums, whistles, clicks, calls, slurred and foreign words.

A person of a kind has habits (pitch, length, tempo, voice) drawn from a seed; each sample of theirs varies around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from voicecoach.audio import RATE, Samples, resample
from voicecoach.engines.pyttsx3_voice import Pyttsx3Voice

Random = np.random.Generator
Make = Callable[[Random, Random], Samples]
"""A sound from the person's habits (the same sequence each time) and from this sample's chance."""

QUIET = 0.5
"""Seconds before each sound; after it the ear needs its endpoint."""


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE), dtype=np.float32) / RATE


def _faded(sound: Samples, seconds: float = 0.03) -> Samples:
    count = min(int(seconds * RATE), len(sound) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    sound = sound.copy()
    sound[:count] *= ramp
    sound[len(sound) - count :] *= ramp[::-1]
    return sound


def _voiced(pitch: Samples, formants: list[tuple[float, float]], tilt: float = 1.0) -> Samples:
    """Harmonics of a moving pitch, shaped by formants (Hz, gain)."""
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    out = np.zeros_like(phase)
    for k in range(1, 30):
        frequency = pitch * k
        gain = sum(g * np.exp(-(((frequency - f) / 120) ** 2)) for f, g in formants) + 0.02
        out += np.where(frequency < RATE / 2.2, gain * np.sin(k * phase) / k**tilt, 0)
    return out.astype(np.float32)


def hum(habit: Random, chance: Random) -> Samples:
    """A closed-mouth hum of nearly one pitch."""
    pitch, length = habit.uniform(90, 230), habit.uniform(0.4, 0.9)
    t = _time(length * chance.uniform(0.8, 1.2))
    line = pitch * chance.uniform(0.9, 1.12) * (1 + 0.03 * np.sin(2 * np.pi * 4 * t + chance.uniform(0, 6)))
    return _faded(_voiced(line, [(250, 1.0), (900, 0.05)]), 0.06)


def whistle(habit: Random, chance: Random) -> Samples:
    """A whistle that glides up or down."""
    pitch, length, glide = habit.uniform(1000, 2200), habit.uniform(0.3, 0.7), habit.choice([-0.3, 0.0, 0.3])
    t = _time(length * chance.uniform(0.8, 1.2))
    line = pitch * chance.uniform(0.9, 1.12) * (1 + glide * t / t[-1])
    breath = chance.standard_normal(len(t)).astype(np.float32) * 0.03
    return _faded(np.sin(2 * np.pi * np.cumsum(line) / RATE).astype(np.float32) + breath)


def clicks(habit: Random, chance: Random) -> Samples:
    """Two or three clicks of the tongue."""
    count, gap, tone = int(habit.integers(2, 4)), habit.uniform(0.14, 0.26), habit.uniform(900, 2600)
    gap, tone = gap * chance.uniform(0.85, 1.15), tone * chance.uniform(0.9, 1.1)
    out = np.zeros(int((gap * count + 0.05) * RATE), np.float32)
    t = _time(0.04)
    for k in range(count):
        at = int((gap * k + chance.uniform(0, 0.015)) * RATE)
        burst = np.exp(-t * 180) * (np.sin(2 * np.pi * tone * t) + 0.4 * chance.standard_normal(len(t)))
        out[at : at + len(t)] += burst * chance.uniform(0.7, 1.0)
    return out


def call(habit: Random, chance: Random) -> Samples:
    """An open vowel on a falling pitch, as somebody calls who cannot form words."""
    pitch, length, first = habit.uniform(110, 280), habit.uniform(0.35, 0.8), habit.uniform(450, 800)
    t = _time(length * chance.uniform(0.8, 1.25))
    line = pitch * chance.uniform(0.88, 1.12) * (1.15 - 0.4 * t / t[-1])
    return _faded(_voiced(line, [(first, 1.0), (first + 550, 0.6), (2600, 0.2)], 0.7), 0.04)


def two_grunts(habit: Random, chance: Random) -> Samples:
    """"Uh-uh": two short grunts."""
    pitch, gap = habit.uniform(90, 200), habit.uniform(0.08, 0.18)
    pieces = []
    for part in range(2):
        t = _time(habit.uniform(0.12, 0.2) * chance.uniform(0.85, 1.2))
        line = np.full(len(t), pitch * chance.uniform(0.92, 1.08) * (1.0, 0.85)[part], np.float32)
        pieces += [_faded(_voiced(line, [(600, 1.0), (1200, 0.5)], 0.8), 0.02), np.zeros(int(gap * chance.uniform(0.8, 1.2) * RATE), np.float32)]
    return np.concatenate(pieces[:-1])


@cache
def _voice(name: str) -> Pyttsx3Voice:
    return Pyttsx3Voice(name)


def _spoken(voice: str, text: str, speed: float, pitch: float) -> Samples:
    sound = _voice(voice).render(text, round(speed, 2)).at(RATE).samples
    return resample(sound, int(RATE * pitch), RATE)


def foreign(habit: Random, chance: Random) -> Samples:
    """A word of another language."""
    voice, text = [("de", "halt"), ("fr", "arrête"), ("pl", "przestań"), ("tr", "yeter"), ("it", "basta"), ("ko", "그만")][int(habit.integers(6))]
    return _spoken(voice, text, chance.uniform(0.8, 1.15), habit.uniform(0.85, 1.15) * chance.uniform(0.93, 1.07))


def slurred(habit: Random, chance: Random) -> Samples:
    """A word of slow, dull, blurred speech: stretched, without its highs, its sounds run together."""
    voice = str(habit.choice(["en-us", "en-gb+f4", "en-gb-scotland", "en-us+m3"]))
    text = str(habit.choice(["stop", "let go", "no more", "stop it"]))
    sound = _spoken(voice, text, chance.uniform(0.45, 0.6), habit.uniform(0.85, 1.1) * chance.uniform(0.94, 1.06))
    width = int(habit.integers(8, 14))
    dull = np.convolve(sound, np.hanning(width) / np.hanning(width).sum(), "same")
    tail = np.exp(-np.arange(int(0.09 * RATE)) / (0.03 * RATE)) * chance.standard_normal(int(0.09 * RATE))
    blurred = np.convolve(dull, tail, "full")
    return _faded((0.5 * dull / np.abs(dull).max() + 0.5 * blurred[: len(dull)] / np.abs(blurred).max()).astype(np.float32))


KINDS: dict[str, Make] = {"hum": hum, "whistle": whistle, "clicks": clicks, "call": call, "two grunts": two_grunts,
                          "foreign word": foreign, "slurred word": slurred}


def samples(kind: str, person: int, count: int, first: int = 0) -> Iterator[Samples]:
    """`count` samples of one person, peak 0.4, with silence before."""
    for number in range(first, first + count):
        sound = KINDS[kind](np.random.default_rng([7, person]), np.random.default_rng([11, person, number]))
        yield np.pad(sound / np.abs(sound).max() * np.float32(0.4), (int(QUIET * RATE), 0))
