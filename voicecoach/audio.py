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

RATES = (4_000, 768_000)
"""Samples a second that a recording may have: half of a telephone's, and the most that a sound card can."""

LONGEST = 4 * 3600.0
"""Seconds of the longest recording that is read: a session takes one hour."""

_BLOCK = 1 << 18
_BEYOND = 8.0
"""Float recordings may be louder than 1; what is louder than this is a mistake."""

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
    try:
        there = path.is_file()
    except (OSError, ValueError):  # a name that can be none of a file
        there = False
    if not there:
        raise AudioFileError(f"{path}: no such file; give the path of a recording (WAV, FLAC, OGG or AIFF).")
    try:
        mono, found = _mono(path)
    except (soundfile.SoundFileError, OSError, ValueError, MemoryError) as error:
        why = str(getattr(error, "error_string", "") or getattr(error, "strerror", "") or error or "it is too large").rstrip(".")
        raise AudioFileError(f"{path}: not a sound file that can be read ({why}); "
                             "give a WAV, FLAC, OGG or AIFF recording.") from error
    samples = resample(mono, found, rate)
    if not len(samples):
        raise AudioFileError(f"{path}: the recording is empty; record it again.")
    return samples


def _mono(path: Path) -> tuple[Samples, int]:
    """A recording as it is, but for its channels, and its rate. A header may promise anything, so what is there counts.

    Raises:
        ValueError: its rate or length is none of a recording of speech.
    """
    blocks: list[Samples] = []
    with soundfile.SoundFile(path) as file:
        if not RATES[0] <= file.samplerate <= RATES[1]:
            raise ValueError(f"{file.samplerate} samples a second, and not {RATES[0]} to {RATES[1]}")
        most = round(LONGEST * file.samplerate)
        while sum(map(len, blocks)) <= most and len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            # What is no number is silence, and what is beyond all bounds is as loud as can be.
            blocks.append(np.clip(np.nan_to_num(block, posinf=1.0, neginf=-1.0), -_BEYOND, _BEYOND).mean(axis=1, dtype=np.float32))
        if sum(map(len, blocks)) > most:
            raise ValueError(f"it is longer than {LONGEST / 3600:g} hours")
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32), int(file.samplerate)


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
