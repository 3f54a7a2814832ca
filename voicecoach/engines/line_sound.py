"""What every voice does to a line that it has rendered: one rate, one loudness, and no silence at the ends."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicecoach.audio import Pcm, Samples, active_level, resample

VOICE_RATE: Final = 22_050
"""Samples a second of every rendered line; what espeak speaks at."""

SPEECH_LEVEL: Final = 0.1
"""RMS of the speaking part of every line: -20 dBFS, so that all lines, voices and systems sound equally loud.

It leaves 6 dB for `Say.volume`, since espeak's peaks lie 11-14 dB above its RMS."""

PEAK: Final = 0.9
"""No sample of a rendered line exceeds this; a voice with sharper peaks comes out softer instead of clipped."""

EDGE: Final = 0.05
"""Seconds of near-silence kept before and after a line."""

NEAR_SILENCE: Final = 10 ** (-50 / 20)
"""Of the loudest frame of a line: less is silence. And of full scale: a line that never exceeds it was not rendered."""


def finished(samples: Samples, rate: int) -> Pcm:
    """A rendered line as the coach speaks it: at `VOICE_RATE`, trimmed and levelled."""
    return Pcm(levelled(trimmed(resample(samples, rate, VOICE_RATE))), VOICE_RATE)


def trimmed(samples: Samples, rate: int = VOICE_RATE) -> Samples:
    """`samples` without the silence at both ends, but for `EDGE` seconds.

    Silence is a frame of 10 ms that lies 50 dB below the loudest one.
    """
    frame = rate // 100
    count = -(-len(samples) // frame)
    padded = np.pad(samples, (0, count * frame - len(samples)))
    loudness = np.sqrt(np.square(padded.reshape(count, frame)).mean(axis=1))
    loud = np.flatnonzero(loudness > loudness.max() * NEAR_SILENCE)
    edge = round(EDGE * rate)
    return samples[max(0, loud[0] * frame - edge): (loud[-1] + 1) * frame + edge]


def levelled(samples: Samples, rate: int = VOICE_RATE) -> Samples:
    """`samples` with their speaking part at `SPEECH_LEVEL`, or less where `PEAK` forbids it."""
    gain = min(SPEECH_LEVEL / active_level(samples, rate), PEAK / float(np.abs(samples).max()))
    return np.asarray(samples * gain, np.float32)
