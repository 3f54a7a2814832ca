"""What can be said of a microphone's level, once it is measured: the bars, the verdict, the sentence. Pure, no arrays."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

SILENT: Final = -100.0
"""dBFS: the level of exact silence."""
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


def judge(noise: float, speech: float, clipped: float) -> Level:
    """The verdict on `noise` and `speech` in dBFS and the share of `clipped` samples among the loud ones."""
    if speech <= SILENT:
        return Level.SILENT
    if clipped > CLIPS:
        return Level.CLIPS
    if speech - noise < UNHEARD:
        return Level.UNHEARD
    if speech < TOO_QUIET:
        return Level.QUIET
    return Level.NOISY if speech - noise < TOO_NEAR else Level.FINE
