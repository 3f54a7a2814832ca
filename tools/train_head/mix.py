"""Windows of sound as the ear meets them: a word or talk, a room, people and noise around it, and where the window cuts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level, resample

Random = np.random.Generator

LENGTHS: Final = (1.5, 0.48, 0.64, 0.8, 0.96, 1.12, 1.28, 1.44, 1.76, 2.08, 2.56)
"""Seconds. Running speech is heard in windows of 1.5 s; a word alone in growing ones, and at its end in one piece."""
LENGTH_SHARES: Final = (0.56, 0.04, 0.05, 0.06, 0.06, 0.05, 0.04, 0.04, 0.04, 0.03, 0.03)
BEGINNINGS: Final = 0.13
"""Share of the windows that end soon after somebody began to talk: there half a word was taken for "stop"."""
BEGINNING_LENGTHS: Final = LENGTHS[1:9]
COLOUR: Final = 5.0
"""dB; how far a microphone may raise or lower a part of the spectrum."""
INSIDE: Final = 0.7
"""So much of a word lies inside the window at least; what is cut further is in no class and left out."""
SPLITTABLE: Final = RATE * 3 // 4
"""Samples; longer words and phrases are cut only where they do not fit."""
QUIET: Final = 10 ** (-70 / 20)
TALKERS: Final = ((1, 0.12), (2, 0.14), (3, 0.19), (4, 0.35), (5, 0.20))
"""How many people babble, and how often."""
BABBLE, BABBLE_AND_KITCHEN, KITCHEN, PINK, BACKGROUND = range(5)
NOISES: Final = (0.55, 0.10, 0.20, 0.07, 0.08)
"""Shares of the five kinds of noise."""


@dataclass(frozen=True)
class Bank:
    """What sounds are mixed from; every sound is cut to what is audible in it."""

    stops: Sequence[Samples]
    rendered_stops: Sequence[Samples]
    words: Sequence[Samples]
    word_shares: Sequence[float]
    rendered_words: Sequence[Samples]
    talk: Sequence[Samples]
    """Sentences of real people."""
    rendered_talk: Sequence[Samples]
    kitchen: Samples
    background: Sequence[Samples]


@dataclass(frozen=True)
class Mixed:
    """One window."""

    sound: Samples
    is_stop: bool
    group: int
    """For a second, auxiliary target: 0 stop, 1 + i the i-th word of the bank, then rendered word, talk, no speech in front, a beginning."""


def trimmed(sound: Samples, depth: float = 30.0, margin: float = 0.02) -> Samples:
    """The part of `sound` between its first and last 10 ms less than `depth` dB below the loudest, and a little around it."""
    frame = RATE // 100
    power = np.square(sound[: len(sound) // frame * frame].reshape(-1, frame)).mean(axis=1)
    power = np.convolve(power, np.ones(3) / 3, "same")
    loud = np.flatnonzero(power >= power.max() * 10 ** (-depth / 10))
    edge = int(margin * RATE)
    return sound[max(0, loud[0] * frame - edge) : (loud[-1] + 1) * frame + edge]


def level(sound: Samples, to: float = 0.05) -> Samples:
    """`sound` with its speech at the RMS `to`."""
    return np.asarray(sound * (to / max(active_level(sound), 1e-5)), np.float32)


def speed(rng: Random, sound: Samples) -> Samples:
    """Up to a seventh slower or faster, the pitch with it."""
    return resample(sound, RATE, round(RATE / rng.uniform(0.86, 1.16)))


def coloured(rng: Random, sound: Samples) -> Samples:
    """By another microphone: a smooth curve over the logarithm of the frequency, up to `COLOUR` dB either way at its five corners."""
    corners = np.geomspace(100, RATE / 2, 5)
    gains = np.interp(np.log(np.fft.rfftfreq(len(sound), 1 / RATE) + 1), np.log(corners), rng.uniform(-COLOUR, COLOUR, len(corners)))
    return np.asarray(np.fft.irfft(np.fft.rfft(sound) * 10 ** (gains / 20), len(sound)), np.float32)


def reverberant(rng: Random, sound: Samples) -> Samples:
    """In a room: noise that decays by 60 dB in 0.2-0.6 s behind the direct sound, 0-12 dB below it."""
    decay = rng.uniform(0.2, 0.6)
    length = int(decay * RATE)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[: RATE // 500] = 0
    tail *= 10 ** (-rng.uniform(0, 12) / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1
    size = 1 << (len(sound) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound) + length // 3]
    return np.asarray(wet, np.float32)


def piece(rng: Random, sound: Samples, length: int) -> Samples:
    """`length` samples from any place of `sound`, which begins anew where it ends."""
    return np.take(sound, np.arange(length) + rng.integers(len(sound)), mode="wrap")


def sentence(rng: Random, bank: Bank, real: float) -> Samples:
    """Somebody's sentence; a share `real` of them are real people's."""
    pool = bank.talk if rng.random() < real else bank.rendered_talk
    return pool[rng.integers(len(pool))]


def babble(rng: Random, bank: Bank, length: int, talkers: int | None = None) -> Samples:
    """People who talk over each other, each as loud as the others within 3 dB."""
    counts, shares = zip(*TALKERS, strict=True)
    total = np.zeros(length, np.float32)
    for _ in range(talkers or rng.choice(counts, p=shares)):
        voice = speed(rng, piece(rng, sentence(rng, bank, 0.8), int(length * 1.15)))[:length]
        total += level(np.resize(voice, length)) * 10 ** (rng.uniform(-3, 3) / 20)
    return reverberant(rng, total)[:length] if rng.random() < 0.3 else total  # noqa: PLR2004 - a share


def noise(rng: Random, bank: Bank, length: int) -> Samples:
    """What may be around a person, at RMS 1."""
    kind = rng.choice(len(NOISES), p=NOISES)
    if kind == PINK:
        spectrum = np.fft.rfft(rng.standard_normal(length)) / np.maximum(1, np.arange(length // 2 + 1)) ** rng.uniform(0, 0.7)
        sound = np.fft.irfft(spectrum, length)
    elif kind == BACKGROUND:
        sound = piece(rng, bank.background[rng.integers(len(bank.background))], length)
    elif kind == KITCHEN:
        sound = piece(rng, bank.kitchen, length)
    else:
        sound = babble(rng, bank, length)
        if kind == BABBLE_AND_KITCHEN:
            sound = unit(sound) + unit(piece(rng, bank.kitchen, length)) * 10 ** (rng.uniform(-12, 3) / 20)
    return unit(sound)


def unit(sound: Samples) -> Samples:
    """`sound` at RMS 1."""
    return np.asarray(sound / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-6), np.float32)


def talk(rng: Random, bank: Bank, length: int) -> Samples:
    """A piece of somebody's sentence."""
    return level(piece(rng, sentence(rng, bank, 0.6), length))


def beginning(rng: Random, bank: Bank, length: int) -> Samples:
    """Silence, then what somebody begins to say: the first 0.2 s of it at least, all that fits at most.

    Every other one begins where a sentence does; the rest in a dip inside it, as after a short pause.
    """
    begun = sentence(rng, bank, 0.5)
    if rng.random() < 0.5:  # noqa: PLR2004 - a share
        begun = begun[dip(begun, int(rng.integers(max(1, len(begun) - length)))):]
    said = speed(rng, begun[: length * 6 // 5])[: int(rng.uniform(0.2 * RATE, length - 0.08 * RATE))]
    return np.concatenate((np.zeros(length - len(said), np.float32), level(said)))


def dip(sound: Samples, after: int) -> int:
    """The quietest 20 ms in the 0.4 s from `after` on, as a place in `sound`."""
    frame = RATE // 50
    stretch = sound[after : after + RATE * 2 // 5]
    if len(stretch) < frame:
        return after
    power = np.square(stretch[: len(stretch) // frame * frame].reshape(-1, frame)).mean(axis=1)
    return after + int(power.argmin()) * frame


def foreground(rng: Random, bank: Bank, length: int) -> tuple[Samples, bool, int]:
    """A word, talk or silence in a window of `length` samples; whether it is "stop"; its group."""
    kind, other = rng.random(), 1 + len(bank.words)
    if kind < 0.43:  # noqa: PLR2004 - shares, here and below
        pool = bank.stops if rng.random() < 0.72 else bank.rendered_stops  # noqa: PLR2004
        word = pool[rng.integers(len(pool))]
        if pool is not bank.stops and len(word) > length * 0.9:  # cut short, "please stop" may be "please"
            word = bank.stops[rng.integers(len(bank.stops))]
        return placed(rng, bank, word, length), True, 0
    if kind < 0.64:  # noqa: PLR2004
        index = int(rng.choice(len(bank.words), p=bank.word_shares))
        return placed(rng, bank, bank.words[index], length), False, 1 + index
    if kind < 0.72:  # noqa: PLR2004
        index = int(rng.integers(len(bank.rendered_words)))
        return placed(rng, bank, bank.rendered_words[index], length), False, other
    if kind < 0.90:  # noqa: PLR2004
        return talk(rng, bank, length), False, other + 1
    return np.zeros(length, np.float32), False, other + 2


def placed(rng: Random, bank: Bank, word: Samples, length: int) -> Samples:
    """`word` somewhere in a window: whole if it fits, in one of five cases cut at an edge; at times with talk around it."""
    word = level(speed(rng, word))
    if rng.random() < 0.4:  # noqa: PLR2004 - a share
        word = level(coloured(rng, word))
    if rng.random() < 0.3:  # noqa: PLR2004 - a share
        word = reverberant(rng, word)
    slack = int((1 - INSIDE) * len(word)) if (rng.random() < 0.2 and len(word) < SPLITTABLE) or len(word) >= length else 0  # noqa: PLR2004 - a share
    if len(word) - slack > length:
        word = word[: length + slack]
    at = int(rng.integers(-slack, max(length - len(word) + slack, 1 - slack) + 1))
    total = np.zeros(length, np.float32)
    first, last = max(0, at), min(length, at + len(word))
    total[first:last] = word[first - at : last - at]
    gap = int(rng.uniform(0.05, 0.5) * RATE)
    if rng.random() < 0.25 and first > gap + RATE // 10:  # noqa: PLR2004 - a share
        total[: first - gap] += talk(rng, bank, first - gap) * 10 ** (rng.uniform(-8, 3) / 20)
    if rng.random() < 0.15 and length - last > gap + RATE // 10:  # noqa: PLR2004 - a share
        total[last + gap :] += talk(rng, bank, length - last - gap) * 10 ** (rng.uniform(-8, 3) / 20)
    return total


def mix(rng: Random, bank: Bank) -> Mixed:
    """One window. Speech is -1 to 19 dB above what is around it in six of seven, and anywhere between far and too near."""
    if rng.random() < BEGINNINGS:
        length = int(rng.choice(BEGINNING_LENGTHS) * RATE)
        sound, is_stop, group = beginning(rng, bank, length), False, 4 + len(bank.words)
    else:
        length = int(rng.choice(LENGTHS, p=LENGTH_SHARES) * RATE)
        sound, is_stop, group = foreground(rng, bank, length)
    if rng.random() < 0.85:  # noqa: PLR2004 - a share
        sound = sound + noise(rng, bank, length) * 0.05 * 10 ** (-rng.uniform(-1, 19) / 20)
    sound = sound + rng.standard_normal(length) * QUIET * 10 ** rng.uniform(-0.5, 1)
    gain = rng.normal(0, 6) if rng.random() < 0.75 else rng.uniform(-30, 12)  # noqa: PLR2004 - a share
    return Mixed(np.clip(sound * 10 ** (gain / 20), -1, 1).astype(np.float32), is_stop, group)
