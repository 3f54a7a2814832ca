"""Whether a microphone is too quiet, too loud or fine, from a few seconds in which somebody speaks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level

FRAME: Final = RATE // 50
"""Samples, 20 ms."""
SILENT: Final = -100.0
"""dBFS: the level of exact silence."""
CLIPPED_AT: Final = 0.99
"""From here on a sample counts as clipped: 16 bits end at 0.99997, and some devices a little below."""
LOUD: Final = 0.5
"""Half of full scale."""
CLIPS: Final = 0.001
"""The share of clipped samples among loud ones that is too much."""
TOO_QUIET: Final = -45.0
"""dBFS of speech below which it is too quiet: docs/decisions/personal-words.md has the curve."""
TOO_NEAR: Final = 10.0
"""Decibels of speech over noise below which more words are lost."""
UNHEARD: Final = 6.0
"""Decibels over the noise below which nobody spoke."""


class Level(Enum):
    """What is wrong with the level, if anything."""

    FINE = "fine"
    SILENT = "silent"
    UNHEARD = "unheard"
    QUIET = "too quiet"
    NOISY = "too noisy"
    CLIPS = "too loud"


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What was measured."""

    level: Level
    noise: float
    """dBFS, of the quietest tenth of the frames."""
    speech: float
    """dBFS, RMS of the frames within 20 dB of the loudest."""
    clipped: float
    """Share of clipped samples among the loud ones, 0 to 1."""

    def __str__(self) -> str:
        """One sentence: how it is, and the remedy."""
        heard = f"speech {self.speech:.0f} dBFS, noise {self.noise:.0f} dBFS"
        return f"{_SENTENCES[self.level]} ({heard})."


_SENTENCES: Final = {
    Level.FINE: "The microphone is fine",
    Level.SILENT: "The microphone gives exact silence: it is muted or not connected; switch it on, or choose another with --microphone",
    Level.UNHEARD: "Nothing louder than the room was heard: speak while it listens, or turn the microphone up",
    Level.QUIET: "The microphone is too quiet: turn its level up in the system's sound settings, or put it nearer",
    Level.NOISY: "The room is too loud for the microphone: put it nearer to you, or switch off what makes noise",
    Level.CLIPS: "The microphone is too loud and clips: turn its level down in the system's sound settings",
}


def assess(samples: Samples) -> LevelReport:
    """Judge a recording of some seconds at 16 kHz in which somebody spoke for a part of the time."""
    sound = np.nan_to_num(np.asarray(samples, np.float32))
    count = len(sound) // FRAME
    frames = np.square(sound[: count * FRAME].reshape(count, FRAME)).mean(axis=1) if count else np.zeros(1, np.float32)
    noise, speech = _decibels(float(np.percentile(frames, 10)) ** 0.5), _decibels(active_level(sound))
    size = np.abs(sound)
    loud = int(np.count_nonzero(size >= LOUD))
    clipped = np.count_nonzero(size >= CLIPPED_AT) / loud if loud else 0.0
    return LevelReport(_judge(noise, speech, clipped), noise, speech, clipped)


def _judge(noise: float, speech: float, clipped: float) -> Level:
    if speech <= SILENT:
        return Level.SILENT
    if clipped > CLIPS:
        return Level.CLIPS
    if speech - noise < UNHEARD:
        return Level.UNHEARD
    if speech < TOO_QUIET:
        return Level.QUIET
    return Level.NOISY if speech - noise < TOO_NEAR else Level.FINE


def _decibels(level: float) -> float:
    return max(SILENT, 20 * float(np.log10(level))) if level > 0 else SILENT
