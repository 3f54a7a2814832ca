"""Whether a microphone is too quiet, too loud or fine, from a few seconds in which somebody speaks. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples, active_level
from voicecoach.hearing.level_report import SILENT, LevelReport, judge

FRAME: Final = RATE // 50
"""Samples, 20 ms."""
CLIPPED_AT: Final = 0.99
"""From here on a sample counts as clipped: 16 bits end at 0.99997, and some devices a little below."""
LOUD: Final = 0.5
"""Half of full scale."""


def assess(samples: Samples, noise: float | None = None) -> LevelReport:
    """Judge a recording of some seconds at 16 kHz in which somebody spoke for a part of the time.

    `noise` is the level of the room in dBFS if it was measured while nobody spoke; else it is taken from the pauses.
    """
    sound = np.nan_to_num(np.asarray(samples, np.float32), posinf=1.0, neginf=-1.0)
    count = len(sound) // FRAME
    frames = np.square(sound[: count * FRAME].reshape(count, FRAME)).mean(axis=1) if count else np.zeros(1, np.float32)
    pauses, speech = _decibels(float(np.percentile(frames, 10)) ** 0.5), _decibels(active_level(sound))
    noise = pauses if noise is None else noise
    size = np.abs(sound)
    loud = int(np.count_nonzero(size >= LOUD))
    clipped = np.count_nonzero(size >= CLIPPED_AT) / loud if loud else 0.0
    return LevelReport(judge(noise, speech, clipped), noise, speech, clipped)


def _decibels(level: float) -> float:
    return max(SILENT, 20 * float(np.log10(level))) if level > 0 else SILENT
