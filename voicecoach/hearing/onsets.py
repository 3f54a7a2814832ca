"""Where any sound stands out from what is always there: hums, clicks and whistles, for which no speech detector fires.

Pure, and cheap enough to run on every block. Times are samples since the first one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples

CHUNK: Final = 256
"""Samples, 16 ms: as long as a click."""
MEMORY: Final = 3 * RATE // CHUNK
"""Chunks, 3 s, whose levels tell the background."""
FLOOR_SHARE: Final = 20
"""Per cent of those chunks that are taken for background even while somebody makes a sound."""
SILENT: Final = -70.0
"""dBFS: no background counts as quieter than this, or a breath in a muted room would be a sound."""
ONSET: Final = 9.0
"""Decibels above the background, in the whole band or in the upper one, that begin a sound."""
RELEASE: Final = 6.0
"""Decibels above the background below which it may be over."""
HANG: Final = RATE * 32 // 100 // CHUNK
"""Chunks of that in a row, 0.32 s, that end it: two clicks of the tongue stay one sound."""
LONGEST: Final = RATE * 2
"""Samples, 2 s: what lasts longer is talk or a machine. Less than the 2.4 s after which a steady sound becomes background."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch that stood out and is over."""

    start: int
    stop: int
    """One past its last loud chunk; `HANG` chunks of background follow it."""


class Onsets:
    """Follows the level of the background and finds what rises above it."""

    def __init__(self) -> None:
        self._levels: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self._last = np.float32(0)
        self._now = 0
        self._start: int | None = None
        self._loud = 0

    def accept(self, chunk: Samples) -> Sound | None:
        """Take the next `CHUNK` samples; return the sound that is over with them, if there is one."""
        self._now += CHUNK
        levels = self._measure(chunk)
        above = self._above(levels)
        self._levels.append(levels)
        if self._start is None:
            if above >= ONSET:
                self._start, self._loud = self._now - CHUNK, self._now
            return None
        if above >= RELEASE:
            self._loud = self._now
        if self._now - self._loud < HANG * CHUNK:
            return None
        start, self._start = self._start, None
        return Sound(start, self._loud) if self._loud - start <= LONGEST else None

    def _measure(self, chunk: Samples) -> tuple[float, float]:
        """Level in dB of the chunk, and of its differences, in which clicks and whistles stand out from a rumble."""
        steps = np.diff(chunk, prepend=self._last)
        self._last = chunk[-1]
        power = np.mean(np.square(chunk)), np.mean(np.square(steps))
        return max(SILENT, 10 * float(np.log10(power[0] + 1e-12))), max(SILENT, 10 * float(np.log10(power[1] + 1e-12)))

    def _above(self, levels: tuple[float, float]) -> float:
        if not self._levels:
            return 0.0
        floor = np.percentile(np.array(self._levels), FLOOR_SHARE, axis=0)
        return float(np.max(np.array(levels) - floor))


def find(samples: Samples) -> list[Sound]:
    """Every sound of a recording. Half a second of its own background before the first one helps."""
    onsets = Onsets()
    padded = np.pad(samples, (0, (HANG + 2) * CHUNK))
    found = (onsets.accept(padded[at : at + CHUNK]) for at in range(0, len(padded) - CHUNK + 1, CHUNK))
    return [sound for sound in found if sound]
