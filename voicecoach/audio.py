"""Sound as arrays: reading any recording, resampling, levels. No device and no engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from voicecoach.errors import AudioFileError

RATE = 16_000
"""Samples a second of everything that is heard; what the recognisers and the voice activity detector expect."""

Samples = npt.NDArray[np.float32]
"""Mono, float32, nominally in [-1, 1], shape (n,)."""

LOUDEST = 0.98
"""No gain raises a peak above this."""


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """Rendered speech: what a Voice makes and a Speaker plays."""

    samples: Samples
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """Playing time."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> Pcm:
        """The same sound at another sample rate."""
        if rate == self.rate:
            return self
        return Pcm(resample(self.samples, self.rate, rate), rate)

    def amplified(self, gain: float) -> Pcm:
        """The same sound `gain` times as loud, a linear factor; softer than that where a peak would rise above `LOUDEST`."""
        peak = float(np.abs(self.samples).max(initial=0.0))
        if gain > 1.0 and peak:
            gain = min(gain, max(1.0, LOUDEST / peak))
        return self if gain == 1.0 else Pcm(self.samples * np.float32(gain), self.rate)


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """`samples` at `rate` Hz, converted to `to` Hz."""
    if rate == to:
        return samples
    return np.asarray(soxr.resample(samples, rate, to), np.float32)


def read(path: Path, rate: int = RATE) -> Samples:
    """A recording of any common format, rate and number of channels, as mono samples at `rate` Hz.

    Raises:
        AudioFileError: there is no such file, it is no sound file, or it holds no sound.
    """
    if not path.is_file():
        raise AudioFileError(f"{path}: no such file; give the path of a recording (WAV, FLAC, OGG or AIFF).")
    try:
        frames, found = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{path}: not a sound file that can be read ({error.error_string.rstrip('.')}); "
                             "give a WAV, FLAC, OGG or AIFF recording.") from error
    mono = np.nan_to_num(frames.mean(axis=1, dtype=np.float32), copy=False)
    if not len(mono):
        raise AudioFileError(f"{path}: the recording is empty; record it again.")
    return resample(mono, found, rate)


def write(path: Path, samples: npt.NDArray[np.float32], rate: int = RATE) -> None:
    """Write 16-bit WAV; `samples` has shape (n,) or (n, channels), and what lies outside [-1, 1] is clipped."""
    soundfile.write(path, np.clip(samples, -1.0, 1.0), rate, subtype="PCM_16")


def active_level(samples: Samples, rate: int = RATE) -> float:
    """RMS of the part that holds speech: 20 ms frames within 20 dB of the loudest one. 0 for silence."""
    frame = rate // 50
    count = len(samples) // frame
    if not count:
        return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    power = np.square(samples[: count * frame].reshape(count, frame)).mean(axis=1)
    if not power.max() > 0:
        return 0.0
    return float(np.sqrt(power[power >= power.max() * 0.01].mean()))
